/** Putting another database in the place of the store, so that nothing of the old one is lost. */
import { existsSync } from 'node:fs';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isBusy, isSqliteError, whenFree } from './busy.ts';
import { stampOf, syncFile } from './copy.ts';

/** What SQLite keeps beside a database. Left alone, it would take an old one's for the new one's. */
export const SIDECARS = ['-wal', '-shm', '-journal'] as const;

/** Answers where the old one is now: it is named after `why`. `now`: milliseconds since the epoch. */
export async function replaceStore(
  path: string,
  copy: string,
  now: number,
  why: 'restore' | 'upgrade',
): Promise<string | undefined> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await fold(copy);
  syncFile(copy);
  const aside = `${path}.before-${why}-${stampOf(now)}`;
  if (existsSync(aside)) throw new Error(`${aside} is there already.`);
  await foldOld(path);
  const moved = await moveAll(path, aside);
  try {
    await place(copy, path);
  } catch (error) {
    await moveAll(aside, path);
    throw error;
  }
  syncFile(path);
  return moved ? aside : undefined;
}

/** Everything into the one file. Refused while anybody else has it open. */
async function fold(path: string): Promise<void> {
  using db = new DatabaseSync(path, { timeout: 0 });
  await whenFree(() => db.exec('PRAGMA journal_mode = DELETE'), 1_000);
  if (existsSync(`${path}-wal`)) throw new Error(`${path}-wal could not be moved into ${path}.`);
}

/** A damaged one is moved as it is, with what is beside it. */
async function foldOld(path: string): Promise<void> {
  // SQLite would throw away the WAL of a file that it cannot read as a database.
  if (!existsSync(path) || !(await isDatabase(path))) return;
  try {
    await fold(path);
  } catch (error) {
    const reason = error instanceof Error && error.cause ? error.cause : error;
    if (isBusy(reason)) {
      throw new Error(
        `${path} is in use by another process. Wait until it has ended, and try again.`,
        { cause: error },
      );
    }
    if (!isSqliteError(reason)) throw error;
  }
}

async function isDatabase(path: string): Promise<boolean> {
  const magic = 'SQLite format 3\0';
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(magic.length), 0);
  return buffer.toString('latin1', 0, bytesRead) === magic;
}

/** Answers whether there was anything. */
async function moveAll(from: string, to: string): Promise<boolean> {
  const there = ['', ...SIDECARS].filter((end) => existsSync(from + end));
  for (const end of there) await rename(from + end, to + end);
  return there.length > 0;
}

/** Not `rename`: a store that somebody has made meanwhile would be gone. */
async function place(copy: string, path: string): Promise<void> {
  try {
    await link(copy, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Where there are no links (some network file systems), it has to be renamed.
    if (code === 'EEXIST' || existsSync(path)) throw error;
    await rename(copy, path);
    return;
  }
  await rm(copy);
}
