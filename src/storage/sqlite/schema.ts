/**
 * The tables: one for each collection, narrow, with a short integer key of its own (`row`), as random keys
 * and secondary indexes are what inserting costs. There is no index on `expires`; sweep.ts says why.
 */
import type { DatabaseSync } from 'node:sqlite';
import { indexedOf, indexValue } from '../document.ts';
import type { Collection } from '../store.ts';

/** Raise it when tables change in a way that older versions cannot work with, and list how in upgrade.ts. */
export const schemaVersion = 1;

/** Marks the file as one of Latchkey's ("LtKy"). */
const applicationId = 0x4c744b79;

/** Rows that a new index is filled for at a time. */
const backfillSlice = 1_000;

export const tableName = (collection: Collection<any>): string => `"k_${collection.name}"`;
export const columnName = (index: string): string => `"ix_${index}"`;
export const indexName = (collection: Collection<any>, index: string): string =>
  `"k_${collection.name}.${index}"`;

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
  collections: readonly Collection<any>[],
  version = schemaVersion,
): void {
  transaction(db, 'BEGIN IMMEDIATE', () => {
    refuseForeign(db, path, version);
    if (!isOurs(db)) {
      db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version}`);
      db.exec('CREATE TABLE pings (row INTEGER PRIMARY KEY)');
    }
    const present = { tables: sqlTables(db), indexes: sqlIndexes(db) };
    for (const collection of collections) prepareTable(db, path, collection, present);
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

function prepareTable(
  db: DatabaseSync,
  path: string,
  collection: Collection<any>,
  { tables, indexes }: Present,
): void {
  const idType = collection.key === 'hash' ? 'BLOB' : 'TEXT';
  const columns = tables.get(`k_${collection.name}`) ?? makeTable(db, collection, idType);
  if (columns.find((column) => column.name === 'id')?.type !== idType) {
    throw new Error(
      `${path} keeps the ids of "${collection.name}" in another form than ${collection.key}.`,
    );
  }
  const present = new Set(columns.map((column) => column.name));
  const there = indexes.get(`k_${collection.name}`) ?? [];
  for (const index of Object.keys(collection.indexes))
    if (!there.includes(indexName(collection, index))) prepareIndex(db, collection, index, present);
  dropUndeclared(db, collection, there);
}

/** With its columns at once: adding one to a table that is there has SQLite read its whole schema anew. */
function makeTable(
  db: DatabaseSync,
  collection: Collection<any>,
  idType: string,
): readonly Column[] {
  const own = Object.keys(collection.indexes);
  const columns = own.map((index) => `, ${columnName(index)}`).join('');
  db.exec(
    `CREATE TABLE ${tableName(collection)} (row INTEGER PRIMARY KEY, ` +
      `id ${idType} NOT NULL UNIQUE, expires INTEGER, doc TEXT NOT NULL${columns})`,
  );
  return [{ name: 'id', type: idType }, ...own.map((index) => ({ name: `ix_${index}`, type: '' }))];
}

/** The SQL index is the sign that every row has the column filled. */
function prepareIndex(
  db: DatabaseSync,
  collection: Collection<any>,
  index: string,
  columns: ReadonlySet<string>,
): void {
  if (!columns.has(`ix_${index}`)) {
    db.exec(`ALTER TABLE ${tableName(collection)} ADD COLUMN ${columnName(index)}`);
  }
  backfill(db, collection, index);
  db.exec(
    `CREATE INDEX ${indexName(collection, index)} ON ${tableName(collection)} (${columnName(index)}) ` +
      `WHERE ${columnName(index)} IS NOT NULL`,
  );
}

function backfill(db: DatabaseSync, collection: Collection<any>, index: string): void {
  const table = tableName(collection);
  const read = db.prepare(`SELECT row, doc FROM ${table} WHERE row > ? ORDER BY row LIMIT ?`);
  const write = db.prepare(`UPDATE ${table} SET ${columnName(index)} = ? WHERE row = ?`);
  for (let last = -1; ;) {
    const rows = read.all(last, backfillSlice) as { row: number; doc: string }[];
    for (const { row, doc } of rows) {
      write.run(indexedOf(doc, (value) => indexValue(collection, index, value)) ?? null, row);
      last = row;
    }
    if (rows.length < backfillSlice) return;
  }
}

/**
 * An index that is no longer declared goes, as rows are now written without it; its column stays.
 * Declared again, it is filled again.
 */
function dropUndeclared(
  db: DatabaseSync,
  collection: Collection<any>,
  there: readonly string[],
): void {
  const declared = Object.keys(collection.indexes).map((index) => indexName(collection, index));
  for (const name of there) {
    if (!declared.includes(name)) db.exec(`DROP INDEX ${name}`);
  }
}

interface Column {
  name: string;
  type: string;
}

/** By table, as they are when the file is opened; read at once, as asking for each is most of the work of opening it. */
interface Present {
  tables: ReadonlyMap<string, readonly Column[]>;
  indexes: ReadonlyMap<string, readonly string[]>;
}

function sqlTables(db: DatabaseSync): Present['tables'] {
  const rows = db
    .prepare(
      'SELECT tbl.name AS "table", own.name, own.type FROM sqlite_schema AS tbl, ' +
        "pragma_table_info(tbl.name) AS own WHERE tbl.type = 'table'",
    )
    .all() as { table: string; name: string; type: string }[];
  return Map.groupBy(rows, ({ table }) => table);
}

function sqlIndexes(db: DatabaseSync): Present['indexes'] {
  const rows = db
    .prepare("SELECT tbl_name, name FROM sqlite_schema WHERE type = 'index' AND sql NOT NULL")
    .all() as { tbl_name: string; name: string }[];
  const byTable = Map.groupBy(rows, (row) => row.tbl_name);
  return new Map([...byTable].map(([table, its]) => [table, its.map(({ name }) => `"${name}"`)]));
}
