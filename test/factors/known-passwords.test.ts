/** The lists of known passwords: what is in them, and how little they take. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { dictionary } from '@zxcvbn-ts/language-common';
import { openWords, packWords } from '../../src/factors/known-passwords/fingerprints.ts';
import { knownPasswords, LISTS } from '../../src/factors/known-passwords.ts';

const words = (count: number, before = ''): string[] =>
  Array.from({ length: count }, (_, at) => `${before}${at}`);

describe('a set of fingerprints', () => {
  it('has what was put into it and nothing else, whatever the order', () => {
    const set = openWords(packWords(words(20_000)));
    assert.equal(set.size, 20_000);
    assert.ok(words(20_000).every((word) => set.has(word)));
    assert.deepEqual(
      words(20_000, 'no ').filter((word) => set.has(word)),
      [],
    );
    assert.deepEqual(packWords(words(500).toReversed()), packWords([...words(500), '7']));
  });

  it('of nothing has nothing', () => {
    const set = openWords(packWords([]));
    assert.equal(set.size, 0);
    assert.ok(!set.has(''));
  });

  it('that is cut off, or none at all, is not opened', () => {
    const packed = packWords(words(100));
    for (const bytes of [Buffer.alloc(0), packed.subarray(0, -1), packed.subarray(3)])
      assert.throws(() => openWords(bytes), /no set of fingerprints/u);
  });
});

describe('the lists', () => {
  it('hold every common password, and hundreds of thousands out of breaches', async () => {
    const { common, breached } = await knownPasswords()();
    const all = dictionary['passwords-common'].map(String);
    assert.equal(common.size, all.length);
    assert.ok(all.every((word) => common.has(word)));
    assert.ok(breached.size > 400_000, String(breached.size));
  });

  it('are small, and read once, when they are first asked for', async () => {
    const files = Object.values(LISTS).map((path) => readFile(path));
    const bytes = (await Promise.all(files)).reduce((sum, { length }) => sum + length, 0);
    assert.ok(bytes < 2_000_000, String(bytes));
    const lists = knownPasswords();
    assert.equal(await lists(), await lists());
  });
});
