/** From an older schema to a newer one: a copy first, once, and all of it or nothing. */
import assert from 'node:assert/strict';
import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { schemaVersion } from '../../src/storage/sqlite/schema.ts';
import { lockForServing } from '../../src/storage/sqlite/serve-lock.ts';
import { openSqliteStore, type SqliteParts } from '../../src/storage/sqlite/store.ts';
import { upgrades } from '../../src/storage/sqlite/upgrade.ts';
import type { Store } from '../../src/storage/store.ts';
import { notes } from './kinds.ts';
import { plan } from './upgrade-plan.ts';

describe('an older schema', () => {
  const now = () => Date.UTC(2026, 10, 23, 10, 15);
  let folder: string;
  let path: string;
  const children: ChildProcess[] = [];

  const open = (parts: Partial<SqliteParts> = {}): Promise<Store> =>
    openSqliteStore(path, [notes], { now, ...parts });
  const use = async (opening: Promise<Store>, work: (store: Store) => Promise<unknown>) => {
    const store = await opening;
    await work(store).finally(() => store.close());
  };
  const raw = (at: string, sql: string): Record<string, unknown>[] => {
    using db = new DatabaseSync(at);
    return db.prepare(sql).all();
  };
  const version = (at = path): unknown => raw(at, 'PRAGMA user_version')[0]?.['user_version'];
  const copies = (): string[] => readdirSync(folder).filter((name) => name.includes('before'));
  const copy = (): string => join(folder, 'latchkey.db.before-v3-20261123T101500000Z');

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-upgrade-'));
    path = join(folder, 'latchkey.db');
    await use(open(), (store) => store.insert(notes, 'a', { text: 'old' }));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  test('is upgraded step by step, and kept as it was', async () => {
    await use(open({ plan }), async (store) => {
      assert.deepEqual(await store.get(notes, 'a'), { text: 'old!?' });
    });
    assert.equal(version(), 3);
    assert.deepEqual(
      copies().map((name) => join(folder, name)),
      [copy()],
    );
    assert.equal(statSync(copy()).mode & 0o777, 0o600);
    assert.equal(version(copy()), 1);
    assert.deepEqual(
      raw(copy(), 'SELECT doc FROM k_notes').map((row) => row['doc']),
      ['{"text":"old"}'],
    );
  });

  test('is upgraded from where it is', async () => {
    raw(path, 'PRAGMA user_version = 2');
    await use(open({ plan }), async (store) => {
      assert.deepEqual(await store.get(notes, 'a'), { text: 'old?' });
    });
  });

  test('that is of this version, or new, is not copied', async () => {
    await use(open({ plan }), async () => {});
    rmSync(copy());
    await use(open({ plan }), async () => {});
    path = join(folder, 'new.db');
    await use(open({ plan }), async () => {});
    assert.equal(version(), 3);
    assert.deepEqual(copies(), []);
  });

  test('stays as it is when a step fails, with the copy', async () => {
    const broken = { to: 3, run: () => assert.fail('broken step') };
    const failing = { ...plan, upgrades: [...plan.upgrades.slice(0, 1), broken] };
    await assert.rejects(open({ plan: failing }), /broken step/);
    assert.equal(version(), 1);
    assert.equal(copies().length, 1);
    await use(open(), async (store) => {
      assert.deepEqual(await store.get(notes, 'a'), { text: 'old' });
    });
  });

  test('stays as it is when the copy cannot be made', async () => {
    raw(path, `VACUUM INTO '${copy()}'`);
    await assert.rejects(
      open({ plan }),
      /was not upgraded, as the copy .* could not be made: EEXIST/,
    );
    assert.equal(version(), 1);
    assert.deepEqual(
      raw(path, 'SELECT doc FROM k_notes').map((row) => row['doc']),
      ['{"text":"old"}'],
    );
  });

  test('stays as it is when the disk is full', { skip: process.platform === 'win32' }, async () => {
    const text = 'x'.repeat(300_000);
    await use(open(), async (store) => {
      for (const id of ['b', 'c', 'd', 'e', 'f', 'g', 'h']) await store.insert(notes, id, { text });
    });
    // Files of this process may not grow beyond 1 MB.
    const limited = 'ulimit -f 1000; ulimit -c 0; exec "$0" "$@"';
    const upgrader = new URL('upgrader.ts', import.meta.url).pathname;
    const ran = spawnSync('bash', ['-c', limited, process.execPath, upgrader, path, 'at once']);
    assert.notEqual(ran.status, 0);
    assert.match(String(ran.stderr), /was not upgraded, as the copy .* could not be made/);
    assert.equal(version(), 1);
    assert.deepEqual(copies(), []);
  });

  test('is not upgraded by a command while a server runs', async () => {
    const lock = lockForServing(path);
    await assert.rejects(open({ plan, mayBeServed: true }), /a server is running on it\. Stop/);
    assert.equal(version(), 1);
    await use(open({ plan }), async () => {});
    assert.equal(version(), 3);
    lock.release();
  });

  test('is copied and upgraded once by many processes at once', async () => {
    const started = Array.from({ length: 4 }, () => {
      const child = fork(new URL('upgrader.ts', import.meta.url), [path], { stdio: 'inherit' });
      children.push(child);
      return child;
    });
    await Promise.all(started.map((child) => once(child, 'message')));
    const answers = started.map((child) => once(child, 'message'));
    const ended = started.map((child) => once(child, 'exit'));
    for (const child of started) child.send('go');
    for (const [said] of await Promise.all(answers)) assert.deepEqual(said, { text: 'old!?' });
    await Promise.all(ended);
    assert.equal(copies().length, 1);
    assert.equal(version(), 3);
  });

  test('newer than what is known is refused, and not copied', async () => {
    await use(open({ plan }), async () => {});
    rmSync(copy());
    await assert.rejects(open(), /newer version \(its schema is 3, this version knows 1\)/);
    assert.deepEqual(copies(), []);
  });
});

test('the upgrades lead to the schema, one by one', () => {
  assert.deepEqual(
    upgrades.map(({ to }) => to),
    Array.from({ length: schemaVersion - 1 }, (_, n) => n + 2),
  );
});
