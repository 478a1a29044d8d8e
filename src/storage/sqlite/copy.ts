/**
 * A consistent copy of a database that is in use, in a file for this user alone. Blocks the event
 * loop until it is done: for the command line and for opening, never for a process that serves.
 */
import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { INCREMENTAL } from './room.ts';

/** Throws, and leaves nothing behind, when the copy cannot be made or is not whole. */
export function copyDatabase(source: string, target: string): void {
  // SQLite takes a file that is there and empty; making one itself, it would make it for everybody.
  closeSync(openSync(target, 'wx', 0o600));
  try {
    using db = new DatabaseSync(source, { timeout: 0 });
    // For the copy. Where it is so already this would write, and wait for whoever has the lock: an upgrade for itself.
    if (db.prepare('PRAGMA auto_vacuum').get()?.['auto_vacuum'] === 0)
      db.exec(`PRAGMA auto_vacuum = ${INCREMENTAL}`);
    // Of all that was deleted nothing goes along, unlike in a copy of the pages.
    db.prepare('VACUUM INTO ?').run(target);
    requireWhole(target);
    syncFile(target);
  } catch (error) {
    rmSync(target, { force: true });
    throw error;
  }
}

/** Goes through the whole file. */
export function requireWhole(path: string): void {
  using db = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  const [first] = db.prepare('PRAGMA integrity_check(1)').all();
  const found = String(first?.['integrity_check']);
  if (found !== 'ok') throw new Error(`The database is damaged: ${found}.`);
}

/** For files that SQLite has not open: closing one that it has would free its locks. */
export function syncFile(path: string): void {
  for (const entry of [path, dirname(path)]) {
    const file = openSync(entry, 'r');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
}

/** `20261123T101500123Z`, for the names of files that are kept. `now`: milliseconds since the epoch. */
export function stampOf(now: number): string {
  return new Date(now).toISOString().replaceAll(/[-:.]/gu, '');
}
