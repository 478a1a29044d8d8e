/** Reading in pages. A cursor is the place of the last row given: its index value and its `row`. */
import type { SQLInputValue } from 'node:sqlite';
import type { Entry, IndexValue, Page, Query } from '../store.ts';
import { checkedLimit, checkQuery, decodePlace, encodePlace } from '../paging.ts';
import { columnName, indexName } from './schema.ts';
import { alive, type Row, type Table } from './table.ts';

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
    if (rows.length <= limit)
      rows.push(...run(table, query.index, part, limit + 1 - rows.length, now));
  }
  return page(table, rows, limit, (row) => encodePlace({ value: row[3], at: row[0] }));
}

export function scan<T>(
  table: Table<T>,
  options: { limit?: number; after?: string | undefined },
  now: number,
): Page<T> {
  const limit = checkedLimit(options.limit);
  const after = options.after === undefined ? -1 : decodePlace(options.after, isRow).at;
  const rows = table
    .statement(
      `SELECT row, id, doc, expires FROM ${table.name} WHERE row > ? AND ${alive} ORDER BY row LIMIT ?`,
    )
    .all(after, now, limit + 1) as unknown as ScannedRow[];
  const { items, ...more } = page(table, rows, limit, (row) =>
    encodePlace({ value: '', at: row[0] }),
  );
  return { items: items.map((entry, at) => withExpiry(entry, rows[at]?.[3])), ...more };
}

/**
 * What a query reads, in order. Going on in a range is two parts, as SQLite would not use the index
 * for the rest of the rows that have the same value.
 */
function parts(table: Table, query: Query): Part[] {
  checkQuery(table.kind, query);
  const { index, equals, from, below } = query;
  const column = columnName(index);
  const after = query.after === undefined ? undefined : decodePlace(query.after, isRow);
  if (equals !== undefined) return [sameValue(column, equals, after?.at ?? -1)];
  const end = below === undefined ? [] : [below];
  const beyond = (start: string, values: IndexValue[]): Part => ({
    where: below === undefined ? start : `${start} AND ${column} < ?`,
    values: [...values, ...end],
  });
  if (after) {
    return [sameValue(column, after.value, after.at), beyond(`${column} > ?`, [after.value])];
  }
  return [from === undefined ? beyond(`${column} NOT NULL`, []) : beyond(`${column} >= ?`, [from])];
}

function sameValue(column: string, value: IndexValue, afterRow: number): Part {
  return { where: `${column} = ? AND row > ?`, values: [value, afterRow] };
}

function run(table: Table, index: string, part: Part, limit: number, now: number): FoundRow[] {
  const column = columnName(index);
  const sql =
    `SELECT row, id, doc, ${column} FROM ${table.name} INDEXED BY ${indexName(table.kind, index)} ` +
    `WHERE ${part.where} AND ${alive} ORDER BY ${column}, row LIMIT ?`;
  return table.statement(sql).all(...part.values, now, limit) as unknown as FoundRow[];
}

/** One row more than the limit was asked for: it says that there is a next page. */
function page<T, R extends readonly [...Row, ...unknown[]]>(
  table: Table<T>,
  rows: R[],
  limit: number,
  cursor: (last: R) => string,
): Page<T> {
  const given = rows.slice(0, limit);
  const items = given.map(([row, id, doc]) => table.entry([row, id, doc]));
  const last = given.at(-1);
  return rows.length > limit && last ? { items, next: cursor(last) } : { items };
}

function withExpiry<T>(entry: Entry<T>, expiresAt: number | null | undefined): Entry<T> {
  return typeof expiresAt === 'number' ? { ...entry, expiresAt } : entry;
}

function isRow(at: unknown): at is number {
  return Number.isSafeInteger(at);
}
