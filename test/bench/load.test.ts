/** What is loaded for growth is what the product itself would have written. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { affordable, load } from '../../bench/load.ts';
import { startProduct, type RunningProduct, type Site } from '../../bench/product.ts';
import { progressBar, state } from '../../src/text/progress-bar.ts';
import { signInUsers, targetOf, type Target } from '../../bench/target.ts';
import { modelCollections } from '../../src/records/stored-model.ts';
import { sessionCollection } from '../../src/records/session.ts';
import type { Collection, Store } from '../../src/storage/store.ts';

let site: Site;
let product: RunningProduct;
let target: Target;
before(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-load-test-'));
  site = { folder, people: 256, mongodb: undefined, started: [] };
  product = await startProduct('sqlite', { engine: 'sqlite', workers: 1 }, site);
  target = await targetOf('sqlite', product);
  site.started.push(target);
  await signInUsers(target, target.ready.people.slice(0, 2));
});
after(async () => {
  for (const one of site.started.toReversed()) await one.stop();
  await rm(site.folder, { recursive: true });
});

const KINDS: [name: string, kind: Collection<any> | undefined][] = [
  ['sessions', sessionCollection],
  ['grants', modelCollections['Grant']],
  ['access tokens', modelCollections['AccessToken']],
  ['refresh tokens', modelCollections['RefreshToken']],
];

async function counts(store: Store): Promise<Record<string, number>> {
  const counted = KINDS.map(async ([name, kind]) => {
    assert.ok(kind);
    const { items } = await store.scan(kind, { limit: 1000 });
    for (const { expiresAt } of items) assert.ok(expiresAt && expiresAt > Date.now());
    return [name, items.length] as const;
  });
  return Object.fromEntries(await Promise.all(counted));
}

test('the store has as many sessions and tokens as were asked for, each with what it rests on', async () => {
  const lines: string[] = [];
  const out = { write: (text: string) => lines.push(text) };
  const bar = progressBar(out, 'loading', 'documents', () => 0);
  const { people } = target.ready;
  const stop = new AbortController().signal;
  await product.withStore(async (parts) => {
    const loaded = await load(parts, { count: 100, people, keep: 6, stop }, bar);
    assert.equal(loaded.count, 100);
    assert.equal(loaded.documents, 18 * 7);
    assert.equal(loaded.browsers.length, 6);
    assert.equal(new Set(loaded.browsers.map(({ sub }) => sub)).size, 6);
    assert.deepEqual(await counts(parts.store), {
      sessions: 20,
      grants: 40,
      'access tokens': 40,
      'refresh tokens': 40,
    });
  });
  assert.match(lines.join(''), /^loading \[#+\] {2}100 % {2}126 of 126 /u);
});

describe('how far it is', () => {
  test('is said in numbers', () => {
    const text = state(250_000, 1_000_000, 10_000, 'documents');
    assert.match(text, /^\[#{8}-{22}\] {2}25 % {2}250,000 of 1,000,000 {2}25,000 documents\/s/u);
    assert.match(text, / {2}30 s left$/u);
  });

  test('moves on a terminal, and is a line now and then elsewhere', () => {
    for (const [isTTY, expected] of [
      [true, ['\r', '\r', '\n']],
      [false, ['\n']],
    ] as const) {
      let now = 0;
      const marks: string[] = [];
      const write = (text: string): void => void marks.push(text.replaceAll(/[^\r\n]/gu, ''));
      const bar = progressBar({ write, isTTY }, 'loading', 'documents', () => now);
      for (now of [100, 300, 350]) bar.at(now, 400);
      bar.at(400, 400);
      bar.end();
      assert.deepEqual(marks, expected);
    }
  });
});

test('what a slow engine would need too long for becomes less by powers of ten', () => {
  assert.equal(affordable(1_000_000, 1_200_000), 1_000_000);
  assert.equal(affordable(1_000_000, 900_000), 100_000);
  assert.equal(affordable(1_000_000, 1_500), 1_000);
});
