/** The contract on SQLite, and what is this engine's own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { StoreParts } from '../../src/storage/options.ts';
import { openStore } from '../../src/storage/open.ts';
import { openDatabase } from '../../src/storage/sqlite/database.ts';
import { openSqliteStore } from '../../src/storage/sqlite/store.ts';
import { presentPlan } from '../../src/storage/sqlite/upgrade.ts';
import { collection, type Collection, type Store } from '../../src/storage/store.ts';
import { storageContract } from './contract.ts';
import { numbers, type Opened } from './contract/setting.ts';
import { hashed, notes, type Note } from './kinds.ts';

async function openNew(kinds: readonly Collection<any>[], parts: StoreParts): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-store-'));
  const options = { engine: 'sqlite' as const, path: join(folder, 'data', 'latchkey.db') };
  const open = () => openStore(options, kinds, parts);
  let store = await open();
  return {
    store,
    options,
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async remove() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

storageContract('sqlite', openNew);

describe('SQLite engine', () => {
  let folder: string;
  let path: string;
  const now = () => 1_800_000_000_000;
  const open = (kinds: readonly Collection<any>[] = [notes], at = path): Promise<Store> =>
    openStore({ engine: 'sqlite', path: at }, kinds, { now });
  const used = async (
    kinds: readonly Collection<any>[],
    use: (store: Store) => Promise<unknown>,
  ) => {
    const store = await open(kinds);
    await use(store).finally(() => store.close());
  };
  const raw = (sql: string): unknown[] => {
    const db = new DatabaseSync(path);
    try {
      return db.prepare(sql).all();
    } finally {
      db.close();
    }
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-sqlite-'));
    path = join(folder, 'new', 'data', 'latchkey.db');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  describe('the file', () => {
    test('gives room back to the disk after a sweep, a slice at a time, and keeps some', async () => {
      let time = now();
      const parts = { now: () => time };
      const store = await openStore({ engine: 'sqlite', path }, [notes], parts);
      const text = 'x'.repeat(3_000);
      const expiresAt = time + 1;
      await Promise.all(
        numbers(4_000).map((n) =>
          store.insert(notes, `${n}`, { text }, n < 10 ? {} : { expiresAt }),
        ),
      );
      time += 2;
      let rests = 0;
      assert.equal(await store.sweep(Infinity, async () => void (rests += 1)), 3_990);
      assert.ok(rests > 60, `${rests} rests`);
      assert.equal((await store.scan(notes)).items.length, 10);
      await store.close();
      const { size } = statSync(path);
      assert.ok(size > 1e6 && size < 3e6, `${size}`);
      assert.deepEqual(
        { ...(raw('PRAGMA integrity_check')[0] as object) },
        { integrity_check: 'ok' },
      );
    });

    test('is for its user alone', async () => {
      await used([notes], async (store) => {
        await store.insert(notes, 'a', { text: '' });
        assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
        for (const name of readdirSync(dirname(path))) {
          assert.equal(statSync(join(dirname(path), name)).mode & 0o777, 0o600, name);
        }
      });
    });

    test('leaves nothing beside it when closed', async () => {
      await used([notes], (store) => store.insert(notes, 'a', { text: '' }));
      assert.deepEqual(readdirSync(dirname(path)), ['latchkey.db']);
    });

    test('waits for the disk at a checkpoint, and leaves the commits to whoever writes', async () => {
      const { db, made } = await openDatabase(path, [notes], 1_000, {
        plan: presentPlan,
        now,
        copyFirst: true,
        mayBeServed: false,
      });
      assert.equal(made, true);
      assert.equal(db.prepare('PRAGMA synchronous').get()?.['synchronous'], 1);
      assert.equal(db.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'wal');
      db.close();
    });

    test('tells of a commit when the disk has it', async () => {
      await used([notes], async (store) => {
        const other = new DatabaseSync(path);
        const count = other.prepare('SELECT count(*) AS n FROM k_notes');
        let told = false;
        const inserted = store.insert(notes, 'a', { text: '' }).finally(() => (told = true));
        while (count.get()?.['n'] === 0) await new Promise((resolve) => setImmediate(resolve));
        assert.ok(told || process.getActiveResourcesInfo().includes('FSReqCallback'));
        await inserted;
        other.close();
      });
    });

    test('keeps hashes as 32 bytes', async () => {
      const id = Buffer.alloc(32, 7).toString('base64url');
      await used([hashed], (store) => store.insert(hashed, id, { text: '' }));
      assert.deepEqual(raw('SELECT length(id) AS n, typeof(id) AS t FROM k_hashed'), [
        Object.assign(Object.create(null), { n: 32, t: 'blob' }),
      ]);
    });

    test('that is no database is refused', async () => {
      mkdirSync(dirname(path), { recursive: true });
      for (const content of ['hello', 'x'.repeat(10_000)]) {
        writeFileSync(path, content);
        await assert.rejects(open(), /latchkey\.db is not a SQLite database/);
      }
    });

    test('of another program is refused, and left as it was', async () => {
      mkdirSync(dirname(path), { recursive: true });
      raw('CREATE TABLE theirs (x)');
      await assert.rejects(open(), /database of another program/);
      assert.deepEqual(readdirSync(dirname(path)), ['latchkey.db']);
      assert.equal(raw('SELECT name FROM sqlite_schema').length, 1);
    });

    test('of a newer version is refused', async () => {
      await used([notes], (store) => store.insert(notes, 'a', { text: '' }));
      raw('PRAGMA user_version = 99');
      await assert.rejects(open(), /newer version.* 99/);
    });

    test('that cannot be opened is named', async () => {
      mkdirSync(path, { recursive: true });
      await assert.rejects(open(), /latchkey\.db cannot be opened as a database/);
      writeFileSync(join(folder, 'file'), '');
      await assert.rejects(open([notes], join(folder, 'file', 'x.db')), /x\.db cannot be opened/);
    });

    test('opened by many at once is made once', async () => {
      const stores = await Promise.all(numbers(5).map(() => open()));
      const inserted = await Promise.all(stores.map((s) => s.insert(notes, 'a', { text: '' })));
      assert.equal(inserted.filter(Boolean).length, 1);
      await Promise.all(stores.map((store) => store.close()));
    });
  });

  describe('declarations', () => {
    const plain = collection<Note>('notes');
    const bySize = collection<Note>('notes', { indexes: { size: (note) => note.size } });
    const sized = async (store: Store): Promise<string[]> =>
      (await store.find(bySize, { index: 'size' })).items.map((item) => item.id);

    test('an index that is added later holds what was there before', async () => {
      await used([plain], async (store) => {
        const insert = (n: number) => store.insert(plain, `${n}`, { text: '', size: -n });
        await Promise.all(numbers(2_500).map(insert));
        await store.insert(plain, 'without', { text: '' });
      });
      await used([bySize], async (store) => {
        const { items } = await store.find(bySize, { index: 'size', limit: 3_000 });
        assert.equal(items.length, 2_500);
        assert.equal(items[0]?.id, '2499');
      });
    });

    test('an index that was gone for a while is whole again', async () => {
      await used([bySize], async (store) => {
        await store.insert(bySize, 'removed', { text: '', size: 1 });
        await store.insert(bySize, 'moved', { text: '', size: 2 });
      });
      await used([plain], async (store) => {
        await store.put(plain, 'removed', { text: '' });
        await store.put(plain, 'moved', { text: '', size: 9 });
        await store.put(plain, 'added', { text: '', size: 3 });
      });
      await used([bySize], async (store) => {
        assert.deepEqual(await sized(store), ['added', 'moved']);
      });
    });

    test('another form of id is refused', async () => {
      await used([notes], (store) => store.insert(notes, 'a', { text: '' }));
      await assert.rejects(open([collection('notes', { key: 'hash' })]), /ids of "notes"/);
    });

    test('names that cannot be are refused', async () => {
      await assert.rejects(open([collection('No"')]), /no name for a collection/);
      await assert.rejects(open([collection('twice'), collection('twice')]), /declared twice/);
      await assert.rejects(
        open([collection('a', { indexes: { 'x"': () => 1 } })]),
        /name for an index/,
      );
      const twins = collection('a', { indexes: { at: () => 1, AT: () => 1 } });
      await assert.rejects(open([twins]), /upper and lower case/);
      assert.equal(existsSync(path), false);
    });
  });

  describe('other processes', () => {
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const writer = (): DatabaseSync => {
      const db = new DatabaseSync(path);
      db.exec('BEGIN IMMEDIATE');
      return db;
    };

    test('a write waits for another writer without holding up anything', async () => {
      await used([notes], async (store) => {
        await store.insert(notes, 'before', { text: '' });
        const other = writer();
        let done = false;
        const inserted = store.insert(notes, 'a', { text: '' }).finally(() => (done = true));
        const started = performance.now();
        for (let n = 0; n < 100; n++) {
          await turn();
          assert.ok(await store.get(notes, 'before'));
        }
        assert.ok(performance.now() - started < 2_000);
        assert.equal(done, false);
        other.exec('COMMIT');
        assert.equal(await inserted, true);
        other.close();
      });
    });

    test('a write that waited too long is refused, and the store goes on', async () => {
      await open().then((store) => store.close());
      let retries = 0;
      const onRetry = () => void (retries += 1);
      const store = await openSqliteStore(path, [notes], { now, patience: 500, onRetry });
      const other = writer();
      const refused = { name: 'StoreUnavailable', message: /locked/ };
      const refusals = [store.insert(notes, 'a', { text: '' }), store.ping()];
      for (const write of refusals) await assert.rejects(write, refused);
      assert.ok(retries > 0);
      await assert.rejects(openSqliteStore(path, [notes], { now, patience: 60 }), /locked/);
      other.close();
      assert.equal(await store.insert(notes, 'a', { text: '' }), true);
      await store.ping();
      await store.close();
    });

    test('opening waits for one that has the file to itself', async () => {
      await used([notes], (store) => store.insert(notes, 'a', { text: 'x' }));
      const other = new DatabaseSync(path);
      other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
      const opening = open();
      await turn();
      other.close();
      const store = await opening;
      assert.deepEqual(await store.get(notes, 'a'), { text: 'x' });
      await store.close();
    });
  });

  describe('a disk that is full', { skip: process.platform === 'win32' }, () => {
    test('refuses the batch, keeps what was promised, and goes on where there is room', async () => {
      await open().then((store) => store.close());
      const helper = new URL('fill-up.ts', import.meta.url).pathname;
      // Files of this process may not grow beyond 2 MB.
      const limited = 'ulimit -f 2000; ulimit -c 0; exec "$0" "$@"';
      const child = spawn('bash', ['-c', limited, process.execPath, helper, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      assert.deepEqual(await once(child, 'close'), [0, null]);
      const { kept, refused } = JSON.parse(output) as { kept: string[]; refused: string[] };
      assert.ok(kept.length > 0);
      assert.ok(refused.includes('small, and in the same batch'));
      await used([notes], async (store) => {
        const { items } = await store.scan(notes, { limit: 100_000 });
        assert.deepEqual(items.map((item) => item.id).toSorted(), kept.toSorted());
        assert.equal(await store.insert(notes, refused[0]!, { text: '' }), true);
      });
      assert.deepEqual(
        { ...(raw('PRAGMA integrity_check')[0] as object) },
        { integrity_check: 'ok' },
      );
    });
  });

  test('a copy of the file and its WAL, as a crash leaves them, holds every promised write', async () => {
    await used([notes], async (store) => {
      await Promise.all(numbers(300).map((n) => store.insert(notes, `${n}`, { text: '' })));
      const copy = join(folder, 'copy.db');
      for (const end of ['', '-wal']) copyFileSync(path + end, copy + end);
      const crashed = await open([notes], copy);
      assert.equal((await crashed.scan(notes, { limit: 1_000 })).items.length, 300);
      await crashed.close();
    });
  });

  test('sweeping goes through a long table in slices', async () => {
    const clock = { now: 0 };
    const store = await openStore({ engine: 'sqlite', path }, [notes], { now: () => clock.now });
    const insert = (n: number) =>
      store.insert(notes, `${n}`, { text: '' }, { expiresAt: n % 2 === 0 ? 10 : 20 });
    await Promise.all(numbers(5_000).map(insert));
    clock.now = 10;
    assert.equal(await store.sweep(2_000), 2_000);
    assert.equal(await store.sweep(2_000), 500);
    clock.now = 20;
    const sweeping = store.sweep();
    await store.close();
    assert.ok((await sweeping) < 2_500);
  });
});
