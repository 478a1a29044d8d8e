/** The store as a file that is copied, looked at and put in another one's place: for backups. */
import { closeSync, existsSync, openSync, readSync, realpathSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { userCollection } from '../indexes/users.ts';
import type { Collection, Store } from '../store.ts';
import { whenFree } from './busy.ts';
import { copyDatabase, requireWhole } from './copy.ts';
import { replaceStore, SIDECARS } from './replace.ts';
import { roomOf, type Room } from './room.ts';
import { isOurs, refuseForeign, tableName, versionOf } from './schema.ts';
import { openSqliteStore } from './store.ts';

/** What is in a copy. */
export interface Contents {
  /** When it was made, milliseconds since the epoch; undefined where nothing says so. */
  madeAt: number | undefined;
  schema: number;
  /** The number of documents of each collection, expired ones included. */
  documents: Readonly<Record<string, number>>;
}

/** The file of a store, and copies of it. A copy is a database on its own, without files beside it. */
export interface StoreFile {
  /** Without links in it. */
  readonly path: string;
  /** Is there a store, or anything left of one? */
  isThere(): boolean;
  /** A name beside the file for a copy that is there for a while; left-overs of that kind are removed. */
  temporary(now: number): Promise<string>;
  /** Removes a copy and whatever is beside it. */
  remove(copy: string): Promise<void>;
  /** Copies the store while others write. Blocks the event loop. `now`: milliseconds since the epoch. */
  copyTo(copy: string, now: number): Promise<Contents>;
  /** Goes through the whole copy; throws when it is damaged, foreign or of a newer schema. `name` is told. */
  inspect(copy: string, name: string): Contents;
  /** Opens a copy as a store, to read and change it. */
  open(copy: string, collections: readonly Collection<any>[], now: () => number): Promise<Store>;
  /**
   * Puts a copy, which nobody has open, in the place of the store. Nobody may serve it (`lockStore`).
   * A store that is there is moved aside; answers where to.
   */
  replaceBy(copy: string, now: number): Promise<string | undefined>;
  /** Puts a copy in the place of the store that has no free room. Nobody may serve it; answers where the old one is. */
  makeAnew(now: number): Promise<string>;
  /** How much of the file is used. */
  room(): Room;
  /** Does it look like a database? A ruined one is left as it is, with all that is beside it. Nobody has it open here. */
  isReadable(): boolean;
}

/** Milliseconds after which a temporary copy is one that a killed process has left. */
const leftOver = 86_400_000;

export function sqliteFile(configured: string): StoreFile {
  const path = realPath(configured);
  const prefix = `${path}.temporary-`;
  return {
    path,
    isThere: () => ['', ...SIDECARS].some((end) => existsSync(path + end)),
    async temporary(now) {
      await removeLeftOvers(prefix, now);
      return `${prefix}${randomBytes(6).toString('hex')}`;
    },
    remove: removeCopy,
    copyTo: (copy, now) => copyStore(path, copy, now),
    inspect,
    open: (copy, collections, now) => openSqliteStore(copy, collections, { now, copyFirst: false }),
    async replaceBy(copy, now) {
      dropMark(copy);
      return replaceStore(path, copy, now, 'restore');
    },
    async makeAnew(now) {
      const copy = await this.temporary(now);
      try {
        await copyAlone(path, copy);
        return String(await replaceStore(path, copy, now, 'upgrade'));
      } finally {
        await removeCopy(copy);
      }
    },
    room() {
      using db = new DatabaseSync(path, { timeout: 0 });
      return roomOf(db);
    },
    isReadable: () => isReadable(path),
  };
}

/** What every database begins with. */
const MAGIC = 'SQLite format 3\0';

/** SQLite itself would write beside it. Nobody has it open in this process, whose locks on it would be lost (connect.ts). */
function isReadable(path: string): boolean {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(MAGIC.length);
      return readSync(file, bytes) === bytes.length && bytes.toString('latin1') === MAGIC;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

function realPath(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const folder = dirname(path);
  return existsSync(folder) ? join(realpathSync(folder), basename(path)) : path;
}

async function copyStore(path: string, copy: string, now: number): Promise<Contents> {
  if (!existsSync(path)) throw new Error(`There is no store at ${path} yet.`);
  await whenFree(() => {
    {
      using db = new DatabaseSync(path, { readOnly: false, timeout: 0 });
      refuseForeign(db, path);
      if (!isOurs(db)) throw new Error(`There is nothing in ${path} yet.`);
    }
    copyDatabase(path, copy);
  });
  mark(copy, now);
  return contentsOf(copy);
}

/** Nobody writes meanwhile: what a command wrote would be in the old file alone. */
async function copyAlone(path: string, copy: string): Promise<void> {
  using db = new DatabaseSync(path, { timeout: 0 });
  await whenFree(() => db.exec('BEGIN IMMEDIATE'));
  refuseForeign(db, path);
  copyDatabase(path, copy);
}

/** So that whoever restores it is told how old it is. */
function mark(copy: string, now: number): void {
  using db = new DatabaseSync(copy);
  db.exec('DROP TABLE IF EXISTS snapshot; CREATE TABLE snapshot (made_at INTEGER NOT NULL)');
  // Nobody uses the copy, and nobody is to wait for those who use what it was made of.
  if (isThere(db, tableName(userCollection))) db.exec(`DELETE FROM ${tableName(userCollection)}`);
  db.prepare('INSERT INTO snapshot (made_at) VALUES (?)').run(now);
}

function isThere(db: DatabaseSync, table: string): boolean {
  const sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?";
  return db.prepare(sql).get(table.replaceAll('"', '')) !== undefined;
}

function dropMark(copy: string): void {
  using db = new DatabaseSync(copy);
  db.exec('DROP TABLE IF EXISTS snapshot');
}

function inspect(copy: string, name: string): Contents {
  {
    using db = new DatabaseSync(copy, { readOnly: true });
    refuseForeign(db, name);
    if (!isOurs(db)) throw new Error(`${name} has no store in it.`);
  }
  requireWhole(copy);
  return contentsOf(copy);
}

function contentsOf(copy: string): Contents {
  using db = new DatabaseSync(copy, { readOnly: true });
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map((row) => String(row['name']));
  const count = (table: string): number =>
    Number(db.prepare(`SELECT count(*) AS n FROM "${table}"`).get()?.['n']);
  const collections = tables.filter((table) => /^k_[a-z_]+$/u.test(table));
  const madeAt = tables.includes('snapshot')
    ? Number(db.prepare('SELECT made_at FROM snapshot').get()?.['made_at'])
    : undefined;
  const documents = Object.fromEntries(collections.map((table) => [table.slice(2), count(table)]));
  return { madeAt, schema: versionOf(db), documents };
}

async function removeCopy(copy: string): Promise<void> {
  await Promise.all(['', ...SIDECARS].map((end) => rm(copy + end, { force: true })));
}

/** What a process that was killed has left. */
async function removeLeftOvers(prefix: string, now: number): Promise<void> {
  const folder = dirname(prefix);
  if (!existsSync(folder)) return;
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if (!file.startsWith(prefix)) continue;
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Infinity }));
    if (mtimeMs + leftOver < now) await rm(file, { force: true });
  }
}
