/** Lists as files, for spreadsheets and for programs. */
import { dayOf } from '../../text/day-of.ts';

const TYPES = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/jsonl; charset=utf-8',
} as const;

export type FileFormat = keyof typeof TYPES;

/** As the address says; CSV unless it does. */
export function formatIn({ searchParams }: URL): FileFormat {
  return searchParams.get('format') === 'jsonl' ? 'jsonl' : 'csv';
}

/** What a page answers; `what`: how its name begins. `now`: milliseconds since the epoch. */
export function exportFile(
  what: string,
  format: FileFormat,
  now: number,
  file: AsyncIterable<string>,
): { file: AsyncIterable<string>; type: string; name: string } {
  return { file, type: TYPES[format], name: `${what}-${dayOf(now)}.${format}` };
}
