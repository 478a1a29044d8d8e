/** Who may write to a store, and how long that is believed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { Lease } from '../../src/storage/indexes/lease.ts';
import { Lives, removeUser, userCollection, usersOf } from '../../src/storage/indexes/users.ts';
import { readState, stateCollection } from '../../src/storage/indexes/state.ts';
import { spoils } from '../../src/storage/indexes/declared.ts';
import { openStore } from '../../src/storage/open.ts';
import { notes } from './kinds.ts';

describe('a lease', () => {
  it('lapses by the clock that has gone further: the machine slept, or was set', () => {
    let now = 1_000_000;
    const lease = new Lease(1_000, () => now);
    assert.equal(lease.isValid, false);
    lease.renew(lease.moment());
    assert.equal(lease.isValid, true);
    now = 1_000_900;
    assert.equal(lease.isValid, true);
    now = 1_001_500;
    assert.equal(lease.isValid, false);
    now = 900_000;
    assert.equal(lease.isValid, false, 'a clock that was set back tells nothing');
    lease.renew(lease.moment());
    assert.equal(lease.isValid, true);
    lease.end();
    assert.equal(lease.isValid, false);
  });
});

describe('a process lives', () => {
  it('as long as it says something new, whatever anybody’s clock is', () => {
    let now = 0;
    const lives = new Lives(1_000, () => now);
    assert.equal(lives.isLiving('a', 1), true, 'seen for the first time');
    now = 900;
    assert.equal(lives.isLiving('a', 1), true);
    assert.equal(lives.isLiving('a', 2), true);
    now = 1_800;
    assert.equal(lives.isLiving('a', 2), true, 'it said something new 900 ms ago');
    now = 2_000;
    assert.equal(lives.isLiving('a', 2), false);
    assert.equal(lives.isLiving('a', 3), true, 'it had stood still');
    assert.equal(lives.isLiving('b', 3), true, 'another one');
  });

  it('though the clock of whoever looks is set', () => {
    mock.timers.enable({ apis: ['Date'], now: 0 });
    const lives = new Lives(1_000);
    lives.isLiving('a', 1);
    mock.timers.setTime(86_400_000);
    assert.equal(lives.isLiving('a', 1), true);
    mock.timers.reset();
  });
});

describe('a version spoils', () => {
  it('the indexes that it does not declare of what it writes, and of nothing else', () => {
    const declared = { notes: ['owner'] };
    assert.equal(spoils(declared, 'notes.owner'), false);
    assert.equal(spoils(declared, 'notes.size'), true);
    assert.equal(spoils(declared, 'others.size'), false, 'it does not know them');
    assert.equal(spoils(declared, 'constructor.size'), false);
  });
});

describe('who uses a store', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'latchkey-users-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is known from the first write on, and until it is closed', async () => {
    const options = { engine: 'sqlite', path: join(folder, 'latchkey.db') } as const;
    const parts = { now: Date.now, version: '1.2.3' };
    const store = await openStore(options, [notes], parts);
    const users = async () => (await usersOf(store.engine)).map(({ value }) => value);
    await store.get(notes, 'a');
    await store.find(notes, { index: 'owner', equals: 'ann' });
    assert.deepEqual(await users(), [], 'who reads writes nothing');
    await store.insert(notes, 'a', { text: '' });
    const [user, ...others] = await users();
    assert.deepEqual([user?.pid, user?.version, others], [process.pid, '1.2.3', []]);
    assert.deepEqual(user?.declared, { notes: ['owner', 'size'] });
    const other = await openStore(options, [notes], parts);
    await other.close();
    assert.equal((await users()).length, 1);
    await store.close();
    const again = await openStore(options, [], parts);
    assert.deepEqual(await usersOf(again.engine), []);
    await again.close();
  });

  it('who was taken for gone does not come back by a sign of life: what is spoiled is said anew', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const options = { engine: 'sqlite', path: join(folder, 'latchkey.db') } as const;
    const store = await openStore(options, [notes], { now: Date.now });
    await store.insert(notes, 'a', { text: '' });
    const seen = await usersOf(store.engine);
    const nextBeat = async (): Promise<void> => {
      mock.timers.tick(5_000);
      await store.ping();
    };
    await nextBeat();
    for (const one of seen) await removeUser(store.engine, one);
    const [user] = await usersOf(store.engine);
    assert.equal(user?.value.beat, 2, 'it has said something since it was looked at');
    await store.engine.delete(userCollection, user.id);
    await nextBeat();
    assert.deepEqual(await usersOf(store.engine), []);
    await store.engine.update(stateCollection, 'indexes', (state) => ({
      put: { ready: [...(state?.ready ?? []), 'notes.colour'], filling: {} },
      result: undefined,
    }));
    await store.insert(notes, 'b', { text: '' });
    assert.equal((await usersOf(store.engine)).length, 1);
    assert.doesNotMatch(String((await readState(store.engine))?.ready), /colour/u);
    mock.timers.reset();
    await store.close();
  });

  it('a value is kept as it was when it was handed over, though the first write waits', async () => {
    const options = { engine: 'sqlite', path: join(folder, 'latchkey.db') } as const;
    const store = await openStore(options, [notes], { now: Date.now });
    const note = { text: 'before' };
    const inserted = store.insert(notes, 'a', note);
    note.text = 'after';
    const read = store.update(notes, 'a', (found) => ({ result: found?.text }));
    assert.deepEqual([await inserted, await read], [true, 'before']);
    await store.close();
  });
});
