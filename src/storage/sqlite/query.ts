/** Reading in pages. A cursor is the place of the last row given: its index value and its `row`. */
import type { SQLInputValue } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readable } from '../document.ts';
import { IndexGone } from '../indexes/engine.ts';
import { chooseFrom, type Candidate } from '../indexes/without.ts';
import type { Entry, IndexValue, Page, Query, StoredPage } from '../store.ts';
import { checkedLimit, checkQuery, decodePlace, encodePlace, placeIn } from '../paging.ts';
import { isSqliteError } from './busy.ts';
import { columnName, indexName } from './schema.ts';
import { alive, idOf, type Row, type Table } from './table.ts';

/** A condition on the index column, and the parameters in it. */
interface Part {
  where: string;
  values: SQLInputValue[];
}

type FoundRow = [...Row, value: IndexValue];
type ScannedRow = [...Row, expires: number | null];

export function find<T>(table: Table<T>, query: Query, now: number): Page<T> {
  const limit = checkedLimit(query.limit);
  const rows: FoundRow[] = [];
  for (const part of parts(table, query)) {
    if (rows.length <= limit) rows.push(...run(table, query, part, limit + 1 - rows.length, now));
  }
  return foundPage(table, rows, limit);
}

function foundPage<T>(table: Table<T>, rows: FoundRow[], limit: number): Page<T> {
  return pageOf(
    rows,
    limit,
    ([row, id, doc]) => table.entry([row, id, doc]),
    (row) => encodePlace({ value: row[3], at: row[0] }),
  );
}

/** Rows that are read in one turn of the event loop. */
const chunk = 500;

/** The same from all rows, with the same cursors. `read`: runs when the file is free. */
export async function findWithout<T>(
  table: Table<T>,
  query: Query,
  now: number,
  read: <R>(work: () => R) => Promise<R>,
): Promise<Page<T>> {
  checkQuery(table.collection, query);
  const limit = checkedLimit(query.limit);
  const choice = {
    limit,
    after: placeIn(query, isRow),
    compareAt: (one: number, other: number) => one - other,
  };
  const all = candidates(table, now, read);
  const chosen = await chooseFrom(all, table.collection, query, choice);
  const rows = chosen.map(({ row: [row, id, doc], value }): FoundRow => [row, id, doc, value]);
  return foundPage(table, rows, limit);
}

async function* candidates(
  table: Table,
  now: number,
  read: <R>(work: () => R) => Promise<R>,
): AsyncGenerator<Candidate<Row, number>[]> {
  const sql = `SELECT row, id, doc FROM ${table.name} WHERE row > ? AND ${alive} ORDER BY row LIMIT ?`;
  for (let after = -1; ;) {
    const rows = (await read(() =>
      table.statement(sql).all(after, now, chunk),
    )) as unknown as Row[];
    yield rows.map((row) => ({ row, at: row[0], id: idOf(row[1]), text: row[2] }));
    if (rows.length < chunk) return;
    after = rows.at(-1)?.[0] ?? after;
    await nextTurn();
  }
}

export interface ScanOptions {
  limit?: number;
  after?: string | undefined;
}

export function scan<T>(table: Table<T>, options: ScanOptions, now: number): Page<T> {
  const { limit, rows } = scanned(table, options, now);
  return pageOf(
    rows,
    limit,
    ([row, id, doc, expires]) => withExpiry(table.entry([row, id, doc]), expires),
    (row) => encodePlace({ value: '', at: row[0] }),
  );
}

/** The same, unread. */
export function readStored(table: Table, options: ScanOptions, now: number): StoredPage {
  const { limit, rows } = scanned(table, options, now);
  const given = rows.slice(0, limit);
  const items = given.map(([, key, doc, expires]) =>
    withExpiry({ id: idOf(key), text: doc }, expires),
  );
  const last = given.at(-1);
  return rows.length > limit && last
    ? { items, next: encodePlace({ value: '', at: last[0] }) }
    : { items };
}

export function count(table: Table, now: number): number {
  const [documents] = table
    .statement(`SELECT count(*) FROM ${table.name} WHERE ${alive}`)
    .get(now) as unknown as [number];
  return documents;
}

function scanned(
  table: Table,
  options: ScanOptions,
  now: number,
): { limit: number; rows: ScannedRow[] } {
  const limit = checkedLimit(options.limit);
  const after = options.after === undefined ? -1 : decodePlace(options.after, isRow).at;
  const rows = table
    .statement(
      `SELECT row, id, doc, expires FROM ${table.name} WHERE row > ? AND ${alive} ORDER BY row LIMIT ?`,
    )
    .all(after, now, limit + 1) as unknown as ScannedRow[];
  return { limit, rows };
}

/**
 * What a query reads, in order. Going on in a range is two parts, as SQLite would not use the index
 * for the rest of the rows that have the same value.
 */
function parts(table: Table, query: Query): Part[] {
  checkQuery(table.collection, query);
  const { index, equals, descending = false } = query;
  const column = columnName(index);
  const place = placeIn(query, isRow);
  const beyond = descending ? '<' : '>';
  const same = (value: IndexValue, at: number): Part => ({
    where: `${column} = ? AND row ${beyond} ?`,
    values: [value, at],
  });
  const start = descending ? Number.MAX_SAFE_INTEGER : -1;
  if (equals !== undefined) return [same(equals, place?.at ?? start)];
  const rest = range(column, query, place?.value);
  return place ? [same(place.value, place.at), rest] : [rest];
}

/** Each end has one condition: SQLite seeks by one of two and looks at every row between them. */
function range(
  column: string,
  { from, below, descending }: Query,
  beyond: IndexValue | undefined,
): Part {
  const lower = beyond === undefined || descending ? ['>=', from] : ['>', beyond];
  const upper = beyond === undefined || !descending ? ['<', below] : ['<', beyond];
  const given = [lower, upper].filter(([, value]) => value !== undefined);
  return {
    where: given.map(([test]) => `${column} ${test} ?`).join(' AND ') || `${column} NOT NULL`,
    values: given.map(([, value]) => value as IndexValue),
  };
}

function run(table: Table, query: Query, part: Part, limit: number, now: number): FoundRow[] {
  const column = columnName(query.index);
  const order = query.descending ? ' DESC' : '';
  const sql =
    `SELECT row, id, doc, ${column} FROM ${table.name} ` +
    `INDEXED BY ${indexName(table.collection, query.index)} ` +
    `WHERE ${part.where} AND ${alive} ORDER BY ${column}${order}, row${order} LIMIT ?`;
  try {
    return table.statement(sql).all(...part.values, now, limit) as unknown as FoundRow[];
  } catch (error) {
    throw isSqliteError(error) && error.message.startsWith('no such index')
      ? new IndexGone(error.message)
      : error;
  }
}

/** One row more than the limit was asked for: it says that there is a next page. */
function pageOf<T, R extends readonly [...Row, ...unknown[]]>(
  rows: R[],
  limit: number,
  read: (row: R) => Entry<T>,
  cursor: (last: R) => string,
): Page<T> {
  const given = rows.slice(0, limit);
  const page = readable(given, read);
  const last = given.at(-1);
  return rows.length > limit && last ? { ...page, next: cursor(last) } : page;
}

function withExpiry<E extends object>(
  entry: E,
  expiresAt: number | null | undefined,
): E & { expiresAt?: number } {
  return typeof expiresAt === 'number' ? { ...entry, expiresAt } : entry;
}

function isRow(at: unknown): at is number {
  return Number.isSafeInteger(at);
}
