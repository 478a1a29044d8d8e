/**
 * Room in the file that nothing uses any more is given back to the disk, a slice at a time. Some is kept: what
 * was swept is soon written again, and a file that shrinks and grows all the time costs more than it saves.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Rest } from '../store.ts';
import type { Batches } from './batches.ts';
import { whenFree } from './busy.ts';

/** `auto_vacuum`: pages can be moved to the front, and the file be cut, while it is in use. */
export const INCREMENTAL = 2;

/** Pages that one batch moves. */
const slice = 100;
/** Pages that stay free: so many, or a tenth of the file. */
const LEAST_FREE = 256;
const FREE_PART = 0.1;

export interface Room {
  /** Bytes of the file, without its WAL. */
  bytes: number;
  /** Bytes of it that nothing uses. */
  free: number;
  /** Does the file give them back by itself? One that an older version made does not. */
  givesBack: boolean;
}

export function roomOf(db: DatabaseSync): Room {
  const size = pragma(db, 'page_size');
  return {
    bytes: size * pragma(db, 'page_count'),
    free: size * pragma(db, 'freelist_count'),
    givesBack: pragma(db, 'auto_vacuum') === INCREMENTAL,
  };
}

/** Called after a sweep. `goOn`: `false` at closing. */
export async function giveBack(
  db: DatabaseSync,
  batches: Batches,
  { rest, goOn }: { rest: Rest | undefined; goOn(): boolean },
): Promise<void> {
  while (goOn() && (await whenFree(() => isRoomy(db)))) {
    // Not a statement that is run once: each of its steps moves one page.
    await batches.add(() => db.exec(`PRAGMA incremental_vacuum(${slice})`));
    await rest?.(0);
  }
}

function isRoomy(db: DatabaseSync): boolean {
  if (pragma(db, 'auto_vacuum') !== INCREMENTAL) return false;
  const kept = Math.max(LEAST_FREE, FREE_PART * pragma(db, 'page_count'));
  return pragma(db, 'freelist_count') > kept + slice;
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
