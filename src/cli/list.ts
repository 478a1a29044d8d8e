/**
 * Lists of any length: printed while they are read. A table's columns are as wide as the first rows
 * want them, and grow where a later cell is wider. On a terminal a row is a line: columns are left out
 * and cells are cut until it fits.
 */
import { cut, fitted, padded, sum, widthOf } from '../text/columns.ts';
import { printable } from '../text/printable.ts';
import type { World } from '../server/world.ts';
import type { Options } from './command.ts';

/** As it is in the table, by heading, and as `--json` shows it. */
export interface ListItem {
  row: Readonly<Record<string, string>>;
  json: unknown;
}

/** Where a terminal is too narrow for all columns; both by heading. */
export interface Narrow {
  /** Left out, in this order. */
  dispensable?: readonly string[];
  /** Never cut: half of it tells nothing. */
  whole?: readonly string[];
}

/** Rows that are kept until the widths are known. */
const LOOKED_AHEAD = 500;

/** Written at once, in characters. */
const CHUNK = 32_768;

/** Characters of a column that is not cut any further. */
const LEAST = 6;
const GAP = '  ';

/** `empty`: the sentence for a list without anything in it. */
export async function printList(
  { stdout, stderr }: Pick<World, 'stdout'> & Partial<Pick<World, 'stderr'>>,
  options: Options,
  items: AsyncIterable<ListItem>,
  empty: string,
  narrow: Narrow = {},
): Promise<void> {
  const room = stdout.isTTY ? stdout.columns : undefined;
  const columns = createColumns(room, narrow);
  let text = '';
  for await (const part of options['json'] ? arrayOf(items) : tableOf(items, empty, columns)) {
    text += part;
    if (text.length < CHUNK) continue;
    stdout.write(text);
    text = '';
  }
  stdout.write(text);
  const left = columns.leftOut();
  if (left.length > 0)
    stderr?.write(`Without ${left.join(', ')}: a wider terminal, or --json, has all.\n`);
}

/** A short list: columns with a heading each, or the sentence for an empty one. */
export function table(rows: readonly ListItem['row'][], empty: string): string {
  const columns = createColumns();
  const lines = rows.map((row) => columns.add(row));
  if (lines.length === 0) return empty;
  return (columns.head() + lines.map(columns.line).join('')).trimEnd();
}

/** One array, as JSON.stringify writes it. */
async function* arrayOf(items: AsyncIterable<ListItem>): AsyncGenerator<string> {
  let before = '[';
  for await (const { json } of items) {
    yield `${before}${JSON.stringify(json)}`;
    before = ',';
  }
  yield before === '[' ? '[]\n' : ']\n';
}

async function* tableOf(
  items: AsyncIterable<ListItem>,
  empty: string,
  columns: Columns,
): AsyncGenerator<string> {
  let waiting: string[][] | undefined = [];
  for await (const { row } of items) {
    const cells = columns.add(row);
    if (!waiting) yield columns.line(cells);
    else if (waiting.push(cells) === LOOKED_AHEAD) {
      yield columns.head() + waiting.map(columns.line).join('');
      waiting = undefined;
    }
  }
  if (waiting?.length === 0) yield `${empty}\n`;
  else if (waiting) yield columns.head() + waiting.map(columns.line).join('');
}

interface Columns {
  /** The row's cells, printable, in the order of the headings. */
  add(row: ListItem['row']): string[];
  /** The line of headings; asked for first, once the widths are known. */
  head(): string;
  line(cells: readonly string[]): string;
  leftOut(): string[];
}

/** Columns of the first row, and their widths so far. `room`: characters of a line. */
function createColumns(room?: number, narrow: Narrow = {}): Columns {
  let headings: string[] = [];
  let widths: number[] = [];
  let left: string[] = [];
  const line = (cells: readonly string[]): string => {
    const shown = cells.flatMap((cell, at) =>
      left.includes(headings[at] ?? '') ? [] : [padded(cutTo(cell, at), widths[at] ?? 0)],
    );
    return `${shown.join(GAP).trimEnd()}\n`;
  };
  const cutTo = (cell: string, at: number): string =>
    room === undefined ? cell : cut(cell, widths[at] ?? 0);
  const widen = (cells: readonly string[]): void =>
    cells.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, widthOf(cell))));
  let isHeaded = false;
  return {
    add(row) {
      if (headings.length === 0) widen((headings = Object.keys(row)));
      const cells = headings.map((name) => printable(row[name] ?? ''));
      if (room === undefined || !isHeaded) widen(cells);
      return cells;
    },
    head() {
      isHeaded = true;
      if (room !== undefined) ({ left, widths } = within(room, headings, widths, narrow));
      return line(headings);
    },
    line,
    leftOut: () => left,
  };
}

/** What is left out of so many columns, and how wide the others are. */
function within(
  room: number,
  headings: readonly string[],
  widths: readonly number[],
  { dispensable = [], whole = [] }: Narrow,
): { left: string[]; widths: number[] } {
  const left: string[] = [];
  const kept = (): number[] => widths.filter((_, at) => !left.includes(headings[at] ?? ''));
  const over = (): boolean => sum(kept()) + GAP.length * (kept().length - 1) > room;
  for (const name of dispensable)
    if (over() && headings.includes(name) && kept().length > 1) left.push(name);
  const isCut = (name: string): boolean => !left.includes(name) && !whole.includes(name);
  const cuttable = widths.filter((_, at) => isCut(headings[at] ?? ''));
  const gaps = GAP.length * (kept().length - 1);
  const narrowed = fitted(cuttable, room - gaps - (sum(kept()) - sum(cuttable)), LEAST);
  const all = headings.map((name, at) => {
    if (left.includes(name)) return 0;
    return (isCut(name) ? narrowed.shift() : widths[at]) ?? 0;
  });
  return { left, widths: all };
}
