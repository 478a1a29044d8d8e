/**
 * Removes expired rows. An index on `expires` would cost at every insert; instead the sweeper walks
 * each table in the order of `row`, a slice in each turn of the event loop (about 0.3 µs a row).
 * Expired documents are invisible anyway, so a walk every few minutes is enough.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Batches } from './batches.ts';
import { whenFree } from './busy.ts';
import type { Table } from './table.ts';

/** Rows that one turn of the event loop looks at, and removes. */
const slice = 1_000;
const removedAtOnce = 100;

export interface Sweep {
  limit: number;
  /** Milliseconds since the epoch. */
  now: number;
  /** Waited for after each slice that went. */
  rest: (() => Promise<void>) | undefined;
  /** `false` at closing. */
  goOn(): boolean;
}

/** Removes up to `limit` expired rows of one table; fewer went when none is left, or at closing. */
export async function sweepTable(
  table: Table,
  batches: Batches,
  { limit, now, rest, goOn }: Sweep,
): Promise<number> {
  let removed = 0;
  for (let done = -1; goOn();) {
    const { last, expired } = await whenFree(() => look(table, done, now));
    if (last === null) break;
    for (let left = expired; left > 0 && goOn(); left -= removedAtOnce) {
      const most = Math.min(removedAtOnce, limit - removed);
      const [from, to] = [done, last];
      removed += await batches.add(() => remove(table, from, to, now, most));
      if (removed >= limit) return removed;
      await rest?.();
    }
    done = last;
    await nextTurn();
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
