/** Opens the file: its durability, and whether it is one that this version may use. */
import type { DatabaseSync } from 'node:sqlite';
import type { Collection } from '../store.ts';
import { whenFree } from './busy.ts';
import { connect, explained } from './connect.ts';
import { INCREMENTAL } from './room.ts';
import { isOurs, prepareSchema, refuseForeign, transaction } from './schema.ts';
import { upgrade, type Upgrading } from './upgrade.ts';
import { WITHOUT_WAITING } from './disk/wal-sync.ts';

/**
 * FULL waits for the disk at every commit, `fullfsync` makes macOS do so too: until the file is ready, and at a
 * checkpoint; then whoever writes waits by itself (disk/wal-sync.ts). A long read stops the
 * WAL from being reused; `journal_size_limit` gives the space back afterwards.
 */
const settings = `
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA cache_size = -16384;
  PRAGMA journal_size_limit = 67108864;
`;

/** `made`: was there nothing in it? */
export async function openDatabase(
  path: string,
  collections: readonly Collection<any>[],
  patience: number,
  upgrading: Upgrading,
): Promise<{ db: DatabaseSync; made: boolean }> {
  const { version } = upgrading.plan;
  const db = connect(path);
  try {
    const check = (): void => transaction(db, 'BEGIN', () => refuseForeign(db, path, version));
    await whenFree(check, patience);
    await whenFree(() => giveRoomBack(db), patience);
    await whenFree(() => useWal(db, path), patience);
    db.exec(settings);
    await upgrade(db, path, upgrading);
    const prepare = (): boolean => prepareSchema(db, path, collections, version);
    const made = await whenFree(prepare, patience);
    db.exec(WITHOUT_WAITING);
    return { db, made };
  } catch (error) {
    db.close();
    throw explained(path, error);
  }
}

/** Before anything is in it: afterwards it means nothing (latchkey upgrade makes the file anew). */
function giveRoomBack(db: DatabaseSync): void {
  if (!isOurs(db)) db.exec(`PRAGMA auto_vacuum = ${INCREMENTAL}`);
}

function useWal(db: DatabaseSync, path: string): void {
  const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  if (mode === 'wal') return;
  throw new Error(`${path} is on a file system without shared memory, which SQLite's WAL needs.`);
}
