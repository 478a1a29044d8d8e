import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadTexts } from '../../src/text/catalogue.ts';

const CATALOGUE = fileURLToPath(new URL('../../views/texts', import.meta.url));

describe('the catalogue', () => {
  const texts = loadTexts(CATALOGUE);
  const wait = (seconds: number) => texts.text('en', 'problem.wait', { seconds });

  it('has the same keys in every language', () => {
    assert.deepEqual(texts.keys('zh-Hant').toSorted(), texts.keys('en').toSorted());
  });

  it('says how long to wait as people would', () => {
    assert.match(wait(1), /Wait 1 second,/u);
    assert.match(wait(30), /Wait 30 seconds,/u);
    assert.match(wait(120), /Wait 2 minutes,/u);
    assert.match(wait(3600), /Wait 60 minutes,/u);
  });

  it('writes dates in words', () => {
    const date = Date.UTC(2026, 4, 3, 12);
    assert.match(texts.text('en', 'problem.code-old-entry', { date }), /May 3, 2026/u);
    assert.match(texts.text('zh-Hant', 'problem.code-old-entry', { date }), /2026年5月3日/u);
  });

  it('fails on an unknown key or language, and on a value that is missing', () => {
    assert.throws(
      () => texts.text('en', 'problem.no-such', {}),
      /no text "problem\.no-such" in "en"/u,
    );
    assert.throws(() => texts.text('fr', 'problem.required', {}), /in "fr"/u);
    assert.throws(() => texts.text('en', 'problem.client-taken', {}), /id/u);
    assert.equal(texts.has('en', 'problem.required'), true);
    assert.equal(texts.has('en', 'problem'), false);
  });
});

describe('a folder of texts', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-texts-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const write = async (yaml: string): Promise<void> => {
    await writeFile(join(folder, 'en.yaml'), yaml);
    await writeFile(join(folder, 'zh-Hant.yaml'), 'a: b');
  };

  it('ends a sentence with one full stop, whatever the name before it ends with', async () => {
    await write("page:\n  title: '{name}. Told by {by}.'");
    const told = (name: string, by: string) =>
      loadTexts(folder).text('en', 'page.title', { name, by });
    assert.equal(told('Sam Jr.', 'Ada'), 'Sam Jr. Told by Ada.');
    assert.equal(told('Ada', 'Prof. $& Dr.'), 'Ada. Told by Prof. $& Dr.');
    // What ends otherwise, or in dots that are meant, is as it was.
    assert.equal(told('Wait...', '.'), 'Wait.... Told by ..');
  });

  it('takes what looks like markup as text', async () => {
    await write("page:\n  title: '<b>{name}</b>'");
    assert.equal(loadTexts(folder).text('en', 'page.title', { name: 'A' }), '<b>A</b>');
  });

  it('refuses a malformed message where it is wanted, with its key', async () => {
    await write("page:\n  title: '{name'");
    const texts = loadTexts(folder);
    assert.throws(
      () => texts.text('en', 'page.title', {}),
      /"page\.title" in "en" is not an ICU message/u,
    );
  });

  it('is refused when a leaf is no text', async () => {
    await write('page:\n  title: [1]');
    assert.throws(() => loadTexts(folder).keys('en'), /"page\.title" is neither a text nor a map/u);
  });
});
