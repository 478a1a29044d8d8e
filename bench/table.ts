/** The results as text: a heading, and a line for each row. */
import type { GroupRow } from './groups.ts';
import type { GrowthRow } from './growth-rows.ts';
import type { RateRow } from './rates.ts';
import { grouped } from '../src/text/progress-bar.ts';
import { BARE, FLOOR, type Row } from './rows.ts';

export type Column<R> = readonly [heading: string, cell: (row: R) => string];

const COLUMNS: readonly Column<Row>[] = [
  ['operation', ({ operation }) => operation],
  ['engine', engineOf],
  ['n', ({ n }) => String(n)],
  ['op/s', ({ ops_per_s: rate }) => rate.toFixed(0)],
  ['CPU ms/op', ({ cpu_ms: ms }) => ms.toFixed(3)],
  ['p50 ms', ({ p50_ms: ms }) => ms.toFixed(2)],
  ['p99 ms', ({ p99_ms: ms }) => ms.toFixed(2)],
  ['× floor', ({ ratio_floor: ratio }) => ratio.toFixed(2)],
  ['× bare', ({ ratio_bare: ratio }) => ratio?.toFixed(2) ?? ''],
];

const GROWTH_COLUMNS: readonly Column<GrowthRow>[] = [
  ['operation', ({ operation }) => operation],
  ['engine', ({ engine }) => engine],
  ['small', ({ small }) => grouped(small.loaded)],
  ['large', ({ large }) => grouped(large.loaded)],
  ['CPU small', ({ small }) => small.cpu_ms.toFixed(3)],
  ['CPU large', ({ large }) => large.cpu_ms.toFixed(3)],
  ['× CPU', ({ ratio_cpu: ratio }) => ratio.toFixed(2)],
  ['p50 small', ({ small }) => small.p50_ms.toFixed(2)],
  ['p50 large', ({ large }) => large.p50_ms.toFixed(2)],
  ['× time', ({ ratio_time: ratio }) => ratio.toFixed(2)],
];

const GROUP_COLUMNS: readonly Column<GroupRow>[] = [
  ['operation', ({ operation }) => operation],
  ['engine', ({ engine }) => engine],
  ['people', ({ people }) => grouped(people)],
  ['n', ({ n }) => String(n)],
  ['CPU ms/op', ({ cpu_ms: ms }) => ms.toFixed(3)],
  ['p50 ms', ({ p50_ms: ms }) => ms.toFixed(2)],
  ['p99 ms', ({ p99_ms: ms }) => ms.toFixed(2)],
];

const RATE_COLUMNS: readonly Column<RateRow>[] = [
  ['operation', ({ operation }) => operation],
  ['engine', ({ engine }) => engine],
  ['a second', ({ rate }) => String(rate)],
  ['n', ({ n }) => String(n)],
  ['CPU ms/op', ({ cpu_ms: ms }) => ms.toFixed(3)],
  ['server p50 ms', ({ server_p50_ms: ms }) => ms.toFixed(2)],
  ['server p99 ms', ({ server_p99_ms: ms }) => ms.toFixed(2)],
  ['p50 ms', ({ p50_ms: ms }) => ms.toFixed(2)],
  ['p99 ms', ({ p99_ms: ms }) => ms.toFixed(2)],
];

/** The columns with words; the others are numbers. */
const WORDS = 2;

export const table = (rows: readonly Row[]): string => lay(COLUMNS, rows);
export const groupTable = (rows: readonly GroupRow[]): string => lay(GROUP_COLUMNS, rows);
export const rateTable = (rows: readonly RateRow[]): string => lay(RATE_COLUMNS, rows);
export const growthTable = (rows: readonly GrowthRow[]): string => lay(GROWTH_COLUMNS, rows);

function engineOf({ engine, workers }: Row): string {
  if (engine === FLOOR) return '';
  return engine === BARE ? BARE : `${engine} ×${workers}`;
}

export function lay<R>(columns: readonly Column<R>[], rows: readonly R[]): string {
  const lines = [columns.map(([heading]) => heading)];
  for (const row of rows) lines.push(columns.map(([, cell]) => cell(row)));
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines.map((line) => line.map(aligned).join('  ').trimEnd()).join('\n');

  function aligned(cell: string, at: number): string {
    const width = widths[at] ?? 0;
    return at < WORDS ? cell.padEnd(width) : cell.padStart(width);
  }
}
