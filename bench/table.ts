/** The results as a table for people. */
import { FLOOR, type Row } from './rows.ts';

const COLUMNS: readonly [heading: string, cell: (row: Row) => string][] = [
  ['operation', ({ operation }) => operation],
  ['engine', ({ engine }) => (engine === FLOOR ? '' : engine)],
  ['n', ({ n }) => String(n)],
  ['op/s', ({ ops_per_s: rate }) => rate.toFixed(0)],
  ['CPU ms/op', ({ cpu_ms: ms }) => ms.toFixed(3)],
  ['p50 ms', ({ p50_ms: ms }) => ms.toFixed(2)],
  ['p99 ms', ({ p99_ms: ms }) => ms.toFixed(2)],
  ['× floor', ({ ratio_floor: ratio }) => ratio.toFixed(2)],
  ['× bare', ({ ratio_bare: ratio }) => ratio?.toFixed(2) ?? ''],
];
/** The columns with words; the others are numbers. */
const WORDS = 2;

export function table(rows: readonly Row[]): string {
  const lines = [COLUMNS.map(([heading]) => heading)];
  for (const row of rows) lines.push(COLUMNS.map(([, cell]) => cell(row)));
  const widths = COLUMNS.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines.map((line) => line.map(aligned).join('  ').trimEnd()).join('\n');

  function aligned(cell: string, at: number): string {
    const width = widths[at] ?? 0;
    return at < WORDS ? cell.padEnd(width) : cell.padStart(width);
  }
}
