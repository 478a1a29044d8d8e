/** `latchkey upgrade` and indexes that another version does not declare. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { groupCollection } from '../../src/records/group.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Collection, Store } from '../../src/storage/store.ts';
import { useInstallation } from '../support/command-line.ts';

const latchkey = useInstallation(() => latchkey.ok(['org', 'add', 'acme']));

describe('latchkey upgrade, of indexes', () => {
  const opened: Store[] = [];
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  /** As a version that declares others for groups has it open, and has written. */
  const another = async (indexes: Collection<any>['indexes'], version: string): Promise<Store> => {
    const group = { ...groupCollection, indexes } as Collection<any>;
    const kinds = COLLECTIONS.map((kind) => (kind.name === group.name ? group : kind));
    const store = await openStore(latchkey.store, kinds, { now: Date.now, version });
    opened.push(store);
    await store.put(group, 'none', { organisation: 'none', name: 'none' });
    await store.delete(group, 'none');
    return store;
  };
  const check = async () => {
    const { stdout } = await latchkey.ok(['upgrade', '--check']);
    const { json } = await latchkey.ok(['upgrade', '--check', '--json']);
    return { stdout, json };
  };

  it('says which are new, what they take, and who does not know them yet; then fills them', async () => {
    await latchkey.ok(['group', 'add', 'acme/staff']);
    const older = await another({}, '0.0.9');
    const { stdout, json } = await check();
    assert.match(stdout, /New in this version.*: group\.\w+ \(\d+\)/u);
    assert.match(stdout, /about 1 s, and 0\.\d MB/u);
    assert.match(
      stdout,
      new RegExp(`process ${process.pid}, version 0\\.0\\.9, seen \\d+ s ago`, 'u'),
    );
    const missing = json['missing_indexes'] as { name: string; documents: number }[];
    assert.ok(missing.some(({ name }) => name === 'group.organisation'));
    assert.match((await latchkey.ok(['group', 'list'])).stdout, /staff/u, 'it is found meanwhile');
    await latchkey.ok(['upgrade']);
    assert.equal(((await check()).json['missing_indexes'] as unknown[]).length, missing.length);
    await older.close();
    const { stdout: done } = await latchkey.ok(['upgrade']);
    assert.match(done, /Nothing to do: .* is up to date \(.*every index is used\)/u);
    assert.match((await latchkey.ok(['group', 'list'])).stdout, /staff/u);
  });

  it('keeps those that this version does not need, until it is told that no other comes back', async () => {
    const newer = await another({ ...groupCollection.indexes, extra: () => 1 }, '9.9.9');
    const { stdout, json } = await check();
    assert.match(stdout, /Not needed by this version: group\.extra\./u);
    assert.deepEqual(json['unused_indexes'], ['group.extra']);
    assert.equal(
      json['admits_older'],
      false,
      'a new store, and a file, admit none that drop unseen',
    );
    const { stderr } = await latchkey.refused(['upgrade', '--finish'], 1);
    assert.match(stderr, new RegExp(`needs what would be dropped: .*process ${process.pid}`, 'u'));
    await newer.close();
    assert.match(
      (await latchkey.ok(['upgrade', '--finish'])).stdout,
      /Dropped 1 .*: group\.extra/u,
    );
    assert.match((await latchkey.ok(['upgrade', '--finish'])).stdout, /Nothing to do/u);
    assert.deepEqual((await check()).json['unused_indexes'], []);
    await latchkey.refused(['upgrade', '--finish', '--check'], 2);
  });
});
