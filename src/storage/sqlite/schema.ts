/**
 * The tables: one for each kind, narrow, with a short integer key of its own (`row`), as random keys
 * and secondary indexes are what inserting costs. There is no index on `expires`; sweep.ts says why.
 */
import type { DatabaseSync } from 'node:sqlite';
import { indexValue } from '../document.ts';
import type { Collection } from '../store.ts';

/** Raise it when tables change in a way that older versions cannot work with, and list how in upgrade.ts. */
export const schemaVersion = 1;

/** Marks the file as one of Latchkey's ("LtKy"). */
const applicationId = 0x4c744b79;

/** Rows that a new index is filled for at a time. */
const backfillSlice = 1_000;

export const tableName = (kind: Collection<any>): string => `"k_${kind.name}"`;
export const columnName = (index: string): string => `"ix_${index}"`;
export const indexName = (kind: Collection<any>, index: string): string =>
  `"k_${kind.name}.${index}"`;

/** Throws when the file belongs to another program or to a newer version. Writes nothing. */
export function refuseForeign(db: DatabaseSync, path: string, known = schemaVersion): void {
  const owner = pragma(db, 'application_id');
  const version = versionOf(db);
  const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'];
  if (owner !== applicationId && !(owner === 0 && version === 0 && tables === 0)) {
    throw new Error(`${path} is a database of another program.`);
  }
  if (version <= known) return;
  throw new Error(
    `${path} was written by a newer version (its schema is ${version}, this version knows ` +
      `${known}). Run that version, or restore a backup made with this one.`,
  );
}

/** 0: nothing is in the file yet. */
export function versionOf(db: DatabaseSync): number {
  return pragma(db, 'user_version');
}

/** Is it one of Latchkey's, and not empty? */
export function isOurs(db: DatabaseSync): boolean {
  return pragma(db, 'application_id') === applicationId;
}

/** Makes what is missing, in one transaction: all of it, or nothing. */
export function prepareSchema(
  db: DatabaseSync,
  path: string,
  kinds: readonly Collection<any>[],
  version = schemaVersion,
): void {
  transaction(db, 'BEGIN IMMEDIATE', () => {
    refuseForeign(db, path, version);
    if (!isOurs(db)) {
      db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version}`);
      db.exec('CREATE TABLE pings (row INTEGER PRIMARY KEY)');
    }
    for (const kind of kinds) prepareTable(db, path, kind);
  });
}

/** For opening only; everything else writes through batches.ts. */
export function transaction(
  db: DatabaseSync,
  begin: 'BEGIN' | 'BEGIN IMMEDIATE',
  work: () => void,
): void {
  db.exec(begin);
  try {
    work();
    db.exec('COMMIT');
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK');
  }
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function prepareTable(db: DatabaseSync, path: string, kind: Collection<any>): void {
  const idType = kind.key === 'hash' ? 'BLOB' : 'TEXT';
  db.exec(
    `CREATE TABLE IF NOT EXISTS ${tableName(kind)} (row INTEGER PRIMARY KEY, ` +
      `id ${idType} NOT NULL UNIQUE, expires INTEGER, doc TEXT NOT NULL)`,
  );
  const columns = db
    .prepare('SELECT name, type FROM pragma_table_info(?)')
    .all(`k_${kind.name}`) as { name: string; type: string }[];
  if (columns.find((column) => column.name === 'id')?.type !== idType) {
    throw new Error(`${path} keeps the ids of "${kind.name}" in another form than ${kind.key}.`);
  }
  const present = new Set(columns.map((column) => column.name));
  for (const index of Object.keys(kind.indexes)) prepareIndex(db, kind, index, present);
  dropUndeclared(db, kind);
}

/** The SQL index is the sign that every row has the column filled. */
function prepareIndex(
  db: DatabaseSync,
  kind: Collection<any>,
  index: string,
  columns: ReadonlySet<string>,
): void {
  if (sqlIndexes(db, kind).includes(indexName(kind, index))) return;
  if (!columns.has(`ix_${index}`)) {
    db.exec(`ALTER TABLE ${tableName(kind)} ADD COLUMN ${columnName(index)}`);
  }
  backfill(db, kind, index);
  db.exec(
    `CREATE INDEX ${indexName(kind, index)} ON ${tableName(kind)} (${columnName(index)}) ` +
      `WHERE ${columnName(index)} IS NOT NULL`,
  );
}

function backfill(db: DatabaseSync, kind: Collection<any>, index: string): void {
  const table = tableName(kind);
  const read = db.prepare(`SELECT row, doc FROM ${table} WHERE row > ? ORDER BY row LIMIT ?`);
  const write = db.prepare(`UPDATE ${table} SET ${columnName(index)} = ? WHERE row = ?`);
  for (let last = -1; ;) {
    const rows = read.all(last, backfillSlice) as { row: number; doc: string }[];
    for (const { row, doc } of rows) {
      write.run(indexValue(kind, index, JSON.parse(doc)) ?? null, row);
      last = row;
    }
    if (rows.length < backfillSlice) return;
  }
}

/**
 * An index that is no longer declared goes, as rows are now written without it; its column stays.
 * Declared again, it is filled again.
 */
function dropUndeclared(db: DatabaseSync, kind: Collection<any>): void {
  const declared = Object.keys(kind.indexes).map((index) => indexName(kind, index));
  for (const name of sqlIndexes(db, kind)) {
    if (!declared.includes(name)) db.exec(`DROP INDEX ${name}`);
  }
}

function sqlIndexes(db: DatabaseSync, kind: Collection<any>): string[] {
  const rows = db
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql NOT NULL",
    )
    .all(`k_${kind.name}`);
  return rows.map((row) => `"${String(row['name'])}"`);
}
