/** Comma-separated values (RFC 4180) that a spreadsheet opens without running anything in them. */
import { stringify } from 'csv-stringify/sync';

/** Lines with their ends. */
export function csvLines(rows: readonly (readonly string[])[]): string {
  return stringify(rows.map((row) => row.map(guarded)));
}

/** What spreadsheets take for a formula begins so; in front of it, or of one that has been quoted already, goes a quote. */
const FORMULA = /^'*[=+\-@\t\r]/u;

export function guarded(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

/** What `guarded` was given. */
export function unguarded(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}
