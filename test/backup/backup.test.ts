/** What a backup leaves behind when it is broken off, and the store's place when it is being taken. */
import assert from 'node:assert/strict';
import {
  existsSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
  mkdtempSync,
  rmSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { claimCollection } from '../../src/records/person.ts';
import { makeBackup, type BackupParts } from '../../src/backup/backup.ts';
import { unpackBackup } from '../../src/backup/restore.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { openVault, readVault } from '../../src/secrets/keyring.ts';
import { openStore, storeFile } from '../../src/storage/open.ts';

describe('backups', () => {
  let folder: string;
  let path: string;
  let file: string;
  let parts: BackupParts;
  const now = () => Date.now();

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-backup-'));
    path = join(folder, 'data', 'latchkey.db');
    file = join(folder, 'a.backup');
    const keys = { keyFile: join(folder, 'latchkey.key') };
    await inStore(async (store) => {
      await openVault({ ...keys, mayMake: true }, store);
      for (let n = 0; n < 20; n += 1)
        await store.put(claimCollection, `${n}`, {
          person: randomBytes(9_000).toString('hex'),
          at: n,
        });
    });
    const vault = await readVault(keys);
    const store = storeFile({ engine: 'sqlite', path });
    const whole = { collections: COLLECTIONS, findDamaged: async () => [] };
    parts = { store, keys, vault, now, stop: new AbortController().signal, ...whole };
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function inStore<T>(work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>) {
    const store = await openStore({ engine: 'sqlite', path }, COLLECTIONS, { now });
    return work(store).finally(() => store.close());
  }
  const everything = (): string[] => [...readdirSync(folder), ...readdirSync(join(path, '..'))];
  /** Stops at the nth time that the time is asked for, or that the signal is. */
  const stoppedAt = (nth: number): BackupParts => {
    const stop = new AbortController();
    let asked = 0;
    const count = (): number => {
      if ((asked += 1) === nth) stop.abort();
      return Date.now();
    };
    return { ...parts, now: count, stop: stop.signal };
  };

  it('broken off anywhere, leaves nothing behind', async () => {
    const before = everything();
    for (const nth of [1, 2, 3]) {
      await assert.rejects(makeBackup(stoppedAt(nth), file, { force: false }), /abort/iu);
      assert.deepEqual(everything(), before, `${nth}`);
    }
  });

  it('broken off, keep what they were to replace', async () => {
    await makeBackup(parts, file, { force: false });
    const before = readFileSync(file);
    await assert.rejects(makeBackup(stoppedAt(3), file, { force: true }), /abort/iu);
    assert.ok(readFileSync(file).equals(before));
  });

  it('remove what one that was killed has left, a day later', async () => {
    const [old, recent] = [`${path}.temporary-aa`, `${path}.temporary-bb-wal`];
    for (const name of [old, recent]) writeFileSync(name, '');
    utimesSync(old, new Date(0), new Date(Date.now() - 90_000_000));
    await makeBackup(parts, file, { force: false });
    assert.deepEqual([existsSync(old), existsSync(recent)], [false, true]);
  });

  it('are not restored when preparing fails, and the store stays', async () => {
    await makeBackup(parts, file, { force: false });
    const before = everything();
    await using unpacked = await unpackBackup(parts, file);
    const broken = unpacked.install(COLLECTIONS, () => Promise.reject(new Error('broken off')));
    await assert.rejects(broken, /broken off/u);
    await unpacked[Symbol.asyncDispose]();
    assert.deepEqual(everything(), before);
    await inStore(async (store) => assert.ok(await store.get(claimCollection, '19')));
  });

  it('of backups that were restored are new ones', async () => {
    const first = await makeBackup(parts, file, { force: false });
    {
      await using unpacked = await unpackBackup(parts, file);
      assert.deepEqual(unpacked.contents, first.contents);
      await unpacked.install(COLLECTIONS, async () => {});
    }
    const later = { ...parts, now: () => Date.now() + 60_000 };
    const second = await makeBackup(later, join(folder, 'b.backup'), { force: false });
    assert.ok((second.contents.madeAt ?? 0) > (first.contents.madeAt ?? 0) + 50_000);
    assert.deepEqual(second.contents.documents, first.contents.documents);
  });

  it('of a store that is not there are refused, and make none', async () => {
    const store = storeFile({ engine: 'sqlite', path: join(folder, 'data', 'none.db') });
    await assert.rejects(makeBackup({ ...parts, store }, file, { force: false }), /no store at/u);
    assert.ok(!everything().includes('none.db'));
  });
});
