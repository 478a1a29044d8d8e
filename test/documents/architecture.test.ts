/** docs/architecture.md tells what a sign-in writes, and where what is stored: compared with a real one. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { DIRECTION } from '../../check/architecture/directions.ts';
import { processCollection } from '../../src/records/keys/process.ts';
import { sweepingCollection } from '../../src/server/sweep-lease.ts';
import { notedCollection } from '../../src/records/installation/noted.ts';
import { rolloutCollection } from '../../src/records/lists/rollout.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { Visitor, startPolicyServer, type PolicyServer } from '../support/policy.ts';

const page = await readFile('docs/architecture.md', 'utf8');

let server: PolicyServer;
before(async () => {
  server = await startPolicyServer();
});
after(() => server.stop());

const OWN = new Set(
  [rolloutCollection, processCollection, notedCollection, sweepingCollection].map(
    ({ name }) => name,
  ),
);

/** The documents of every collection, as text. */
async function documents(): Promise<Map<string, string>> {
  await server.settle();
  const found = new Map<string, string>();
  for (const collection of COLLECTIONS) {
    // What is counted is counted when a minute is over, and each process reports, and asks whose turn it is to look
    // for what was left behind, every two seconds, whatever was done.
    if (OWN.has(collection.name)) continue;
    const { items } = await server.store.scan(collection, { limit: 1000 });
    for (const { id, value } of items) found.set(`${collection.name} ${id}`, JSON.stringify(value));
  }
  return found;
}

/** Names of the collections in which an act has written. */
async function writtenBy(act: () => Promise<unknown>): Promise<string[]> {
  const was = await documents();
  await act();
  const is = await documents();
  const changed = [...new Set([...was.keys(), ...is.keys()])].filter(
    (key) => was.get(key) !== is.get(key),
  );
  return [...new Set(changed.map((key) => key.split(' ')[0] ?? ''))].toSorted();
}

/** The rows of the table under a heading: each cell as text. */
function rowsUnder(heading: string): string[][] {
  const [, after_ = ''] = page.split(`## ${heading}\n`);
  const [section = ''] = after_.split('\n## ');
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const wordsIn = (cell = ''): string[] =>
  [...cell.matchAll(/`([^`]+)`/gu)].map(([, word = '']) => word);

describe('the page of the architecture', () => {
  it('tells what each step of a sign-in writes', async () => {
    const webmail = await server.addClient();
    const alice = await server.addPerson({}, { totp: true });
    const visitor = new Visitor(server, webmail);
    const steps = [
      () => visitor.start(),
      () => visitor.password(alice),
      () => visitor.totp(alice, { trust: 'yes' }),
      () => visitor.tokens(),
    ];
    const told = rowsUnder('One sign-in as data').map(([, , written]) => wordsIn(written));
    assert.equal(told.length, steps.length);
    for (const [at, step] of steps.entries()) assert.deepEqual(await writtenBy(step), told[at]);
  });

  it('names every collection, and what its ids are', () => {
    const told = rowsUnder('Where what is stored').flatMap(([names, key]) =>
      wordsIn(names).map((name) => `${name} ${key}`),
    );
    const kept = COLLECTIONS.map(({ name, key }) => `${name} ${key}`);
    assert.deepEqual(told.toSorted(), kept.toSorted());
  });

  it('draws every folder, and no arrow that leads up', () => {
    const [, drawing = ''] = /```mermaid\n([^`]+)```/u.exec(page) ?? [];
    const lines = drawing
      .replaceAll(/\["[^"]*"\]/gu, '')
      .trim()
      .split('\n')
      .slice(1);
    const place = (name: string): number => DIRECTION.findIndex((one) => one === name);
    const drawn = new Set<string>();
    for (const line of lines) {
      const groups = line.split('-->').map((group) => group.split('&').map((name) => name.trim()));
      for (const name of groups.flat()) drawn.add(name);
      for (const [at, group] of groups.entries())
        for (const from of group)
          for (const to of groups[at + 1] ?? [])
            assert.ok(place(from) < place(to), `${from} --> ${to}`);
    }
    assert.deepEqual([...drawn].toSorted(), [...DIRECTION].toSorted());
  });
});
