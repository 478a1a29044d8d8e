/**
 * Waiting for the disk, without the lock. SQLite would wait inside COMMIT: every other process that wants to write would
 * wait with it. So a commit is written into the WAL without waiting (`synchronous = NORMAL`), which takes a tenth of a
 * millisecond and then lets others write; the file is synced after it, and nobody is told of the commit before that.
 * Whatever was committed before it, by whichever process, is durable with it, as the WAL is one file in order.
 *
 * A disk that is slow is waited for by a thread, beside the event loop. One that answers at once is not: handing it over
 * costs more than it takes (an eighth of what a token by client credentials costs).
 *
 * What is read may be a commit that is not durable yet. If the machine then loses its power nobody has been told that
 * it was written; whoever wrote something because of it has waited for both.
 *
 * A disk that fails is told of once to each opened file (Linux), and counts as written what it could not write. So:
 * - Each process has the WAL open for as long as the database: what any of them was refused, each of them is when it
 *   syncs next. One whose sync went well while another's failed was told right: what it had waited for is there.
 * - Whoever was refused has all of it moved into the database, and the WAL cut off, before anything else is written, by
 *   itself within a second. Writing the same once more into the WAL is not enough: ext4 goes on taking room that it
 *   could not fill for empty.
 * - What failed before a process opened the file nobody tells it. So it does the same before it writes first; but where
 *   somebody reads all the while, as a backup does, it goes on without, and tries again.
 * - A commit that was refused is in the WAL all the same, and is read. Who has asked for it was told that nobody knows.
 *
 * Left is what two faults can do that come within that second: what another process was told may be lost with the power
 * where a device has failed to empty its cache, which is told to nobody else; and what is moved from behind a hole in the
 * WAL may be half of a transaction when the power goes before all of it has been.
 */
import { closeSync, fdatasync, fdatasyncSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';

/** From then on SQLite does not wait at a commit; it does at a checkpoint, so that the file is never damaged. */
export const WITHOUT_WAITING = 'PRAGMA synchronous = NORMAL';

export interface Disk {
  /** Resolves when all that was committed so far is durable. */
  sync(): Promise<void>;
  close(): void;
}

/** Milliseconds that the event loop waits for a disk each time. */
const shortWait = 0.5;

/** Of the time, how much is spent at most on finding out whether a slow disk has become a fast one. */
const shareOfTrying = 0.01;

export interface Waiting {
  /** Makes everything in the process wait. */
  here(file: number): void;
  beside(file: number): Promise<void>;
  /** Milliseconds. */
  clock(): number;
}

const ofTheSystem: Waiting = {
  here: fdatasyncSync,
  beside: promisify(fdatasync),
  clock: () => performance.now(),
};

/** The WAL is there when the database has been read, and stays while it is open. */
export function walOf(
  db: Pick<DatabaseSync, 'location'>,
  { here, beside, clock }: Waiting = ofTheSystem,
): Disk {
  let file: number | undefined = openWal(db);
  let isSlowUntil = -Infinity;
  return {
    async sync() {
      if (file === undefined) throw new Error('The WAL is closed.');
      const start = clock();
      if (start < isSlowUntil) return beside(file);
      try {
        here(file);
      } finally {
        const end = clock();
        if (end - start > shortWait) isSlowUntil = end + (end - start) / shareOfTrying;
      }
    },
    close() {
      // SQLite has no locks on this file, which closing it here would free; those of the database are elsewhere.
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function openWal(db: Pick<DatabaseSync, 'location'>): number {
  // As SQLite names it: beside the file that a link leads to.
  const path = `${db.location()}-wal`;
  const file = openSync(path, 'r+');
  syncFolder(dirname(path));
  return file;
}

/** A new file is lost with its name. Where a folder can't be synced (Windows), it need not be. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const file = openSync(folder, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
