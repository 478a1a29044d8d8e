/** Opens the file: its rights, its durability, and whether it is one that this version may use. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Kind } from '../store.ts';
import { isSqliteError, primaryCode, whenFree } from './busy.ts';
import { prepareSchema, refuseForeign, transaction } from './schema.ts';

/**
 * FULL waits for the disk at every commit, `fullfsync` makes macOS do so too. A long read stops the
 * WAL from being reused; `journal_size_limit` gives the space back afterwards.
 */
const settings = `
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA cache_size = -16384;
  PRAGMA journal_size_limit = 67108864;
`;

export async function openDatabase(
  path: string,
  kinds: readonly Kind<any>[],
  patience: number,
): Promise<DatabaseSync> {
  const db = connect(path);
  try {
    await whenFree(() => transaction(db, 'BEGIN', () => refuseForeign(db, path)), patience);
    await whenFree(() => useWal(db, path), patience);
    db.exec(settings);
    await whenFree(() => prepareSchema(db, path, kinds), patience);
    return db;
  } catch (error) {
    db.close();
    throw explained(path, error);
  }
}

/** Opens a file, making it and its folder for this user alone when they are not there. */
export function connect(path: string): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    makeFile(path);
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw explained(path, error);
  }
}

/**
 * Only ever makes a new file. Opening and closing a database that is in use in this process, other
 * than through SQLite, would drop SQLite's locks on it (POSIX frees them at any close) and ruin it.
 */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

function useWal(db: DatabaseSync, path: string): void {
  const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  if (mode === 'wal') return;
  throw new Error(`${path} is on a file system without shared memory, which SQLite's WAL needs.`);
}

function explained(path: string, error: unknown): unknown {
  const cause = error instanceof Error && isSqliteError(error.cause) ? error.cause : error;
  if (isSqliteError(cause) && primaryCode(cause) === 26) {
    return new Error(`${path} is not a SQLite database.`, { cause });
  }
  if (isSqliteError(cause) || (cause instanceof Error && 'syscall' in cause)) {
    return new Error(`${path} cannot be opened as a database: ${cause.message}.`, { cause });
  }
  return error;
}
