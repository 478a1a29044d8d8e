/**
 * The tables: one for each collection, narrow, with a short integer key of its own (`row`), as random keys
 * and secondary indexes are what inserting costs. There is no index on `expires`; sweep.ts says why.
 */
import type { DatabaseSync } from 'node:sqlite';
import { indexedOf, indexValue } from '../document.ts';
import type { Filling, Layout } from '../indexes/engine.ts';
import type { Collection } from '../store.ts';
import type { Batches } from './batches.ts';

/** Raise it when tables change in a way that older versions cannot work with, and list how in upgrade.ts. */
export const schemaVersion = 1;

/** Marks the file as one of Latchkey's ("LtKy"). */
const applicationId = 0x4c744b79;

/** Rows that an index is filled for in one batch. */
const slice = 200;

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

/**
 * Makes the tables and columns that are missing, in one transaction: all of them, or nothing. Answers whether it has
 * made the store.
 */
export function prepareSchema(
  db: DatabaseSync,
  path: string,
  collections: readonly Collection<any>[],
  version = schemaVersion,
): boolean {
  let made = false;
  transaction(db, 'BEGIN IMMEDIATE', () => {
    refuseForeign(db, path, version);
    made = !isOurs(db);
    if (made) {
      db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version}`);
      db.exec('CREATE TABLE pings (row INTEGER PRIMARY KEY)');
    }
    const tables = sqlTables(db);
    for (const collection of collections) prepareTable(db, path, collection, tables);
  });
  return made;
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
  tables: Tables,
): void {
  const idType = collection.key === 'hash' ? 'BLOB' : 'TEXT';
  const columns = tables.get(`k_${collection.name}`) ?? makeTable(db, collection, idType);
  if (columns.find((column) => column.name === 'id')?.type !== idType) {
    throw new Error(
      `${path} keeps the ids of "${collection.name}" in another form than ${collection.key}.`,
    );
  }
  const present = new Set(columns.map((column) => column.name));
  for (const index of Object.keys(collection.indexes))
    if (!present.has(`ix_${index}`))
      db.exec(`ALTER TABLE ${tableName(collection)} ADD COLUMN ${columnName(index)}`);
}

/** With all that it has at once: adding a column to a table that is there has SQLite read its whole schema anew. */
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
  for (const index of own) makeIndex(db, collection, index);
  return [{ name: 'id', type: idType }, ...own.map((index) => ({ name: `ix_${index}`, type: '' }))];
}

/** Of the rows that have a value: whether all have the right one says `index_state`. */
function makeIndex(db: DatabaseSync, collection: Collection<any>, index: string): void {
  db.exec(
    `CREATE INDEX IF NOT EXISTS ${indexName(collection, index)} ON ${tableName(collection)} ` +
      `(${columnName(index)}) WHERE ${columnName(index)} IS NOT NULL`,
  );
}

/** Its column stays. */
export function dropIndex(db: DatabaseSync, collection: string, index: string): void {
  db.exec(`DROP INDEX IF EXISTS "k_${collection}.${index}"`);
}

/** Makes those, and gives every row its values, some at a time. False: it was given up. */
export async function fillIndexes(
  db: DatabaseSync,
  batches: Pick<Batches, 'add'>,
  collection: Collection<any>,
  { indexes, goOn, rest }: Filling,
): Promise<boolean> {
  for (const index of indexes) await batches.add(() => makeIndex(db, collection, index));
  for (let after: number | undefined = -1; after !== undefined; await rest()) {
    if (!goOn()) return false;
    const from: number = after;
    after = await batches.add(() => fillSlice(db, collection, from));
  }
  return true;
}

/** Gives some rows behind `after` their index values; answers the last one, undefined when there are no more. */
function fillSlice(
  db: DatabaseSync,
  collection: Collection<any>,
  after: number,
): number | undefined {
  const table = tableName(collection);
  const indexes = Object.keys(collection.indexes);
  const rows = db
    .prepare(`SELECT row, doc FROM ${table} WHERE row > ? ORDER BY row LIMIT ?`)
    .all(after, slice) as { row: number; doc: string }[];
  const write = db.prepare(reindexSql(table, indexes.map(columnName)));
  for (const { row, doc } of rows) {
    const read = (value: unknown) =>
      indexes.map((index) => indexValue(collection, index, value) ?? null);
    const values = indexedOf(doc, read) ?? indexes.map(() => null);
    write.run(...values, row, ...values);
  }
  return rows.length < slice ? undefined : rows.at(-1)?.row;
}

/** Those that have changed alone: naming an indexed column in an UPDATE rewrites its index. */
export function reindexSql(table: string, columns: readonly string[]): string {
  const set = columns.map((column) => `${column} = ?`).join(', ');
  const changed = columns.map((column) => `${column} IS NOT ?`).join(' OR ');
  return `UPDATE ${table} SET ${set} WHERE row = ? AND (${changed})`;
}

interface Column {
  name: string;
  type: string;
}

/** By table, as they are when the file is opened; read at once, as asking for each is most of the work of opening it. */
type Tables = ReadonlyMap<string, readonly Column[]>;

function sqlTables(db: DatabaseSync): Tables {
  const rows = db
    .prepare(
      'SELECT tbl.name AS "table", own.name, own.type FROM sqlite_schema AS tbl, ' +
        "pragma_table_info(tbl.name) AS own WHERE tbl.type = 'table'",
    )
    .all() as { table: string; name: string; type: string }[];
  return Map.groupBy(rows, ({ table }) => table);
}

/** Collections with their indexes, whoever declares them. */
export function layoutOf(db: DatabaseSync, count: boolean): Map<string, Layout> {
  const rows = db
    .prepare("SELECT type, tbl_name AS tbl, name FROM sqlite_schema WHERE tbl_name GLOB 'k_*'")
    .all() as { type: string; tbl: string; name: string }[];
  const tables = rows.filter(({ type }) => type === 'table').map(({ tbl }) => tbl);
  const own = (table: string): string[] =>
    rows.flatMap(({ type, tbl, name }) =>
      type === 'index' && tbl === table && name.startsWith(`${table}.`)
        ? [name.slice(table.length + 1)]
        : [],
    );
  const documents = (table: string): number =>
    count ? Number(db.prepare(`SELECT count(*) AS n FROM "${table}"`).get()?.['n']) : 0;
  return new Map(
    tables.map((table) => [table.slice(2), { indexes: own(table), documents: documents(table) }]),
  );
}
