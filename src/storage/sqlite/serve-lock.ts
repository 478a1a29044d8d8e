/**
 * Keeps a second server away from the file. The lock is SQLite's own on an empty database beside it:
 * the kernel frees it when the process ends, however it ends. The command line does not take it.
 */
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { isBusy } from './busy.ts';
import { connect } from './connect.ts';

export interface ServeLock {
  release(): void;
}

/** Throws when a server, of this process or another, serves the database at `path` already. */
export function lockForServing(path: string): ServeLock {
  const db = connect(`${realPath(path)}.lock`);
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (!isBusy(error)) throw error;
    throw new Error(
      `Another server is serving ${path} already. Stop it before starting this one.`,
      {
        cause: error,
      },
    );
  }
  return heldBy(db);
}

/** One file has one lock, whatever links lead to it. */
function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return join(realpathSync(dirname(path)), basename(path));
}

function heldBy(db: DatabaseSync): ServeLock {
  const release = (): void => {
    process.off('exit', release);
    if (db.isOpen) db.close();
  };
  // The listener also keeps the connection from being collected, which would free the lock.
  process.on('exit', release);
  return { release };
}
