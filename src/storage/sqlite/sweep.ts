/**
 * Removes expired rows. An index on `expires` would cost at every insert; instead the sweeper walks
 * each table in the order of `row`, a slice in each turn of the event loop (about 0.3 µs a row).
 * Expired documents are invisible anyway, so a walk every few minutes is enough.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Rest } from '../store.ts';
import type { Batches } from './batches.ts';
import { whenFree } from './busy.ts';
import type { Table } from './table.ts';

/** Rows that one turn of the event loop looks at, and removes. */
const slice = 1_000;
const removedAtOnce = 100;

export interface Sweep {
  /** Of each table. */
  limit: number;
  /** Milliseconds since the epoch. */
  now: number;
  rest: Rest | undefined;
  /** `false` at closing. */
  goOn(): boolean;
}

/** Rows of a table from one to another, some of which have expired. */
interface Span {
  table: Table;
  after: number;
  to: number;
  expired: number;
}

/** Looks at everything first, so that it is known how much there is; answers how many went. */
export async function sweepTables(
  tables: Iterable<Table>,
  batches: Batches,
  how: Sweep,
): Promise<number> {
  const spans: Span[] = [];
  for (const table of tables) spans.push(...(await spansOf(table, how)));
  let left = spans.reduce((sum, { expired }) => sum + expired, 0);
  let removed = 0;
  for (const span of spans) {
    removed += await sweepSpan(span, batches, how, (gone) => (left = Math.max(0, left - gone)));
  }
  return removed;
}

/** Those of one table that have anything for the sweep, up to its limit. */
async function spansOf(table: Table, { now, limit, goOn }: Sweep): Promise<Span[]> {
  const spans: Span[] = [];
  let left = limit;
  for (let after = -1; left > 0 && goOn();) {
    const { last, expired } = await whenFree(() => look(table, after, now));
    if (last === null) break;
    const most = Math.min(expired, left);
    if (most > 0) spans.push({ table, after, to: last, expired: most });
    left -= most;
    after = last;
    await nextTurn();
  }
  return spans;
}

/** Answers how many went. `gone` is told of each slice, and answers how many are left of all. */
async function sweepSpan(
  { table, after, to, expired }: Span,
  batches: Batches,
  { now, rest, goOn }: Sweep,
  gone: (count: number) => number,
): Promise<number> {
  let removed = 0;
  while (removed < expired && goOn()) {
    const most = Math.min(removedAtOnce, expired - removed);
    const count = await batches.add(() => remove(table, after, to, now, most));
    const left = gone(count);
    removed += count;
    await rest?.(left);
    // Some have been written anew since they were counted.
    if (count < most) break;
  }
  return removed;
}

function look(table: Table, after: number, now: number): { last: number | null; expired: number } {
  const [last, expired] = table
    .statement(
      `SELECT max(row), count(*) FILTER (WHERE expires <= ?) FROM ` +
        `(SELECT row, expires FROM ${table.name} WHERE row > ? ORDER BY row LIMIT ${slice})`,
    )
    .get(now, after) as unknown as [number | null, number];
  return { last, expired };
}

function remove(table: Table, after: number, to: number, now: number, most: number): number {
  const sql =
    `DELETE FROM ${table.name} WHERE row IN (SELECT row FROM ${table.name} ` +
    `WHERE row > ? AND row <= ? AND expires <= ? ORDER BY row LIMIT ?)`;
  return Number(table.statement(sql).run(after, to, now, most).changes);
}
