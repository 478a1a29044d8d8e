/** Group commit: who is told when, and what a disk that fails does. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Batches } from '../../src/storage/sqlite/batches.ts';
import { walOf, WITHOUT_WAITING } from '../../src/storage/sqlite/disk/wal-sync.ts';
import { StoreUnavailable } from '../../src/storage/store.ts';

/** Milliseconds: longer than a machine is busy with other things. */
const SOON = 60_000;

let folder: string;
let path: string;
let db: DatabaseSync;
let other: DatabaseSync;
/** Syncs that are under way, the first one first; each is ended by hand. */
let syncs: PromiseWithResolvers<void>[];
let batches: Batches;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-batches-'));
  path = join(folder, 'a.db');
  db = new DatabaseSync(path, { timeout: 0 });
  db.exec(`PRAGMA journal_mode = WAL; ${WITHOUT_WAITING}; CREATE TABLE t (n INTEGER)`);
  other = new DatabaseSync(path, { timeout: 0 });
  syncs = [];
  batches = new Batches(db, { disk });
});
const disk = {
  sync(): Promise<void> {
    syncs.push(Promise.withResolvers());
    return syncs.at(-1)?.promise ?? assert.fail();
  },
};
afterEach(() => {
  for (const one of [db, other]) if (one.isOpen) one.close();
  rmSync(folder, { recursive: true });
});

const insert = (n: number) => batches.add(() => db.prepare('INSERT INTO t VALUES (?)').run(n));
const there = (): unknown[] =>
  other
    .prepare('SELECT n FROM t ORDER BY n')
    .all()
    .map(({ n }) => n);

/** Bytes of the WAL: 4152 where nothing but one commit is in it. */
const walSize = (): number => statSync(`${path}-wal`).size;
const ONE_COMMIT = 32 + 24 + 4096;

/** Until so many syncs have been begun. */
async function begun(count: number): Promise<void> {
  for (const until = performance.now() + SOON; syncs.length < count; await nextTurn())
    assert.ok(performance.now() < until, `${syncs.length} of ${count} syncs`);
}

/** Has it been told yet? */
function watched(write: Promise<unknown>) {
  const state = { told: false, write };
  const tell = (): void => void (state.told = true);
  write.then(tell, tell);
  return state;
}

describe('a commit', () => {
  it('is told when the disk has it, and keeps nobody from writing until then', async () => {
    const first = watched(insert(1));
    await begun(1);
    assert.deepEqual(there(), [1], 'it is committed');
    other.exec('INSERT INTO t VALUES (2)');
    for (let turns = 0; turns < 10; turns += 1) await nextTurn();
    assert.equal(first.told, false);
    syncs[0]?.resolve();
    await first.write;
  });

  it('has in the next one all that was asked for while it was on its way', async () => {
    const first = insert(1);
    await begun(1);
    const more = [2, 3, 4].map(insert);
    for (let turns = 0; turns < 10; turns += 1) await nextTurn();
    assert.deepEqual(there(), [1]);
    syncs[0]?.resolve();
    await first;
    await begun(2);
    assert.deepEqual(there(), [1, 2, 3, 4]);
    syncs[1]?.resolve();
    await Promise.all(more);
    assert.equal(syncs.length, 2);
  });

  it('that changed nothing is waited for too: what it saw may not be durable yet', async () => {
    const nothing = watched(batches.add(() => 'seen'));
    await begun(1);
    assert.equal(nothing.told, false);
    syncs[0]?.resolve();
    assert.equal(await nothing.write, 'seen');
  });

  it('tells of a write that threw when the others are durable', async () => {
    const [wrong, right] = [
      watched(
        batches.add(() => {
          throw new Error('not so');
        }),
      ),
      watched(insert(1)),
    ];
    await begun(1);
    assert.deepEqual([wrong.told, right.told], [false, false]);
    syncs[0]?.resolve();
    await assert.rejects(wrong.write, /not so/u);
    await right.write;
  });

  it('is waited for by whoever closes', async () => {
    const first = insert(1);
    await begun(1);
    const idle = watched(batches.idle());
    await nextTurn();
    assert.equal(idle.told, false);
    syncs[0]?.resolve();
    await Promise.all([first, idle.write]);
  });
});

describe('a disk that fails', () => {
  const failed = (): void => syncs.at(-1)?.reject(new Error('EIO'));

  it('refuses the commit, and everything until all has been moved into the database', async () => {
    batches = new Batches(db, { disk, patience: 0 });
    const first = insert(1);
    await begun(1);
    failed();
    await assert.rejects(first, StoreUnavailable);
    // Somebody reads what is in the WAL alone: it can't be moved from under them.
    other.exec('BEGIN');
    there();
    await assert.rejects(insert(2), { name: 'StoreUnavailable', message: /disk/u });
    other.exec('COMMIT');
    const third = insert(3);
    await begun(2);
    syncs[1]?.resolve();
    await third;
    assert.deepEqual(there(), [1, 3]);
    assert.equal(walSize(), ONE_COMMIT);
  });

  it('waits for whoever reads, for as long as for another writer', async () => {
    const first = insert(1);
    await begun(1);
    failed();
    await assert.rejects(first);
    other.exec('BEGIN');
    there();
    const second = insert(2);
    for (let turns = 0; turns < 20; turns += 1) await nextTurn();
    other.exec('COMMIT');
    await begun(2);
    syncs[1]?.resolve();
    await second;
    assert.deepEqual(there(), [1, 2]);
  });

  it('has all of it moved before each next commit, until a sync is good', async () => {
    for (const [at, n] of [1, 2, 3].entries()) {
      const refused = insert(n);
      await begun(at + 1);
      assert.equal(walSize() === ONE_COMMIT, at > 0);
      failed();
      await assert.rejects(refused, { name: 'StoreUnavailable', message: /disk/u });
    }
    const good = [insert(4)];
    await begun(4);
    syncs[3]?.resolve();
    await good[0];
    good.push(insert(5));
    await begun(5);
    syncs[4]?.resolve();
    await good[1];
    assert.equal(walSize(), ONE_COMMIT + 24 + 4096, 'since then it is sure');
  });

  it('is tried again by itself, as others may write behind what it has not taken', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const first = insert(1);
      await begun(1);
      failed();
      await assert.rejects(first);
      mock.timers.tick(1_000);
      await begun(2);
      assert.equal(walSize(), 0);
      failed();
      await batches.idle();
      await nextTurn();
      mock.timers.tick(1_000);
      await begun(3);
      syncs[2]?.resolve();
      await batches.idle();
      mock.timers.tick(10_000);
      for (let turns = 0; turns < 10; turns += 1) await nextTurn();
      assert.equal(syncs.length, 3, 'it is sure');
    } finally {
      mock.timers.reset();
    }
  });

  it('may have failed before a process came, which nobody tells it', async () => {
    other.exec('INSERT INTO t VALUES (1)');
    batches = new Batches(db, { disk, cameLate: true });
    const second = insert(2);
    await begun(1);
    assert.equal(walSize(), ONE_COMMIT, 'what was there is in the database');
    syncs[0]?.resolve();
    await second;
    const third = insert(3);
    await begun(2);
    syncs[1]?.resolve();
    await third;
    assert.ok(walSize() > ONE_COMMIT, 'once');
    assert.deepEqual(there(), [1, 2, 3]);
  });

  it('keeps nobody who came later from writing while somebody reads', async () => {
    other.exec('INSERT INTO t VALUES (1); BEGIN');
    there();
    batches = new Batches(db, { disk, cameLate: true });
    const second = insert(2);
    await begun(1);
    syncs[0]?.resolve();
    await second;
    assert.ok(walSize() > ONE_COMMIT);
    other.exec('COMMIT');
    assert.deepEqual(there(), [1, 2]);
  });
});

describe('the WAL on the disk', () => {
  it('is synced beside the database that a link leads to', async () => {
    const link = join(folder, 'link.db');
    symlinkSync(path, link);
    assert.ok(readlinkSync(link));
    const linked = new DatabaseSync(link);
    linked.exec('INSERT INTO t VALUES (1)');
    const wal = walOf(linked);
    await wal.sync();
    await wal.sync();
    wal.close();
    linked.close();
    assert.equal(existsSync(`${link}-wal`), false);
  });

  it('is waited for at once while the disk is quick, and beside the event loop while it is slow', async () => {
    let now = 0;
    let takes = 0.2;
    const waited: string[] = [];
    const here = () => {
      waited.push('here');
      now += takes;
    };
    const beside = async () => void waited.push('beside');
    const wal = walOf(db, { here, beside, clock: () => now });
    const sync = async (times: number) => {
      waited.length = 0;
      for (let n = 0; n < times; n += 1) await wal.sync();
      return waited;
    };
    db.exec('INSERT INTO t VALUES (1)');
    assert.deepEqual(await sync(3), ['here', 'here', 'here']);
    takes = 20;
    assert.deepEqual(await sync(3), ['here', 'beside', 'beside']);
    // Finding out once more costs a hundredth of the time.
    now += 1_999;
    assert.deepEqual(await sync(1), ['beside']);
    now += 1;
    takes = 0.3;
    assert.deepEqual(await sync(2), ['here', 'here']);
    wal.close();
  });

  it('is told as failed, whichever way it was waited for', async () => {
    let isSlow = false;
    const fails = () => {
      throw new Error('EIO');
    };
    const wal = walOf(db, {
      here: () => (isSlow ? undefined : fails()),
      beside: async () => fails(),
      clock: () => (isSlow ? performance.now() * 1_000 : 0),
    });
    db.exec('INSERT INTO t VALUES (1)');
    await assert.rejects(wal.sync(), /EIO/u);
    isSlow = true;
    await wal.sync();
    await assert.rejects(wal.sync(), /EIO/u);
    wal.close();
  });

  it('frees no lock of the database when it is let go', async () => {
    const wal = walOf(db);
    db.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
    await wal.sync();
    wal.close();
    assert.throws(() => other.exec('INSERT INTO t VALUES (2)'), /locked/u);
    db.exec('COMMIT');
    other.exec('INSERT INTO t VALUES (2)');
    assert.deepEqual(there(), [1, 2]);
  });
});
