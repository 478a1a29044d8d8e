/**
 * Lists of any length: printed while they are read. A table's columns are as wide as the first rows
 * want them, and grow where a later cell is wider.
 */
import { printable } from '../text/printable.ts';
import type { World } from '../server/world.ts';
import type { Options } from './command.ts';

/** As it is in the table, by heading, and as `--json` shows it. */
export interface ListItem {
  row: Readonly<Record<string, string>>;
  json: unknown;
}

/** Rows that are kept until the widths are known. */
const LOOKED_AHEAD = 500;

/** Written at once, in characters. */
const CHUNK = 32_768;

/** `empty`: the sentence for a list without anything in it. */
export async function printList(
  { stdout }: Pick<World, 'stdout'>,
  options: Options,
  items: AsyncIterable<ListItem>,
  empty: string,
): Promise<void> {
  let text = '';
  for await (const part of options['json'] ? arrayOf(items) : tableOf(items, empty)) {
    text += part;
    if (text.length < CHUNK) continue;
    stdout.write(text);
    text = '';
  }
  stdout.write(text);
}

/** A short list: columns with a heading each, or the sentence for an empty one. */
export function table(rows: readonly ListItem['row'][], empty: string): string {
  const columns = createColumns();
  const lines = rows.map((row) => columns.add(row));
  if (lines.length === 0) return empty;
  return (columns.head() + lines.map(columns.line).join('')).trimEnd();
}

/** Of things read before, this many are remembered. */
const REMEMBERED = 1_000;

/** Asks for each once, as long as a list names few of them. */
export function remembering<T>(read: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const asked = new Map<string, Promise<T>>();
  return (id) => {
    const known = asked.get(id) ?? read(id);
    if (asked.size >= REMEMBERED) asked.clear();
    asked.set(id, known);
    return known;
  };
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

async function* tableOf(items: AsyncIterable<ListItem>, empty: string): AsyncGenerator<string> {
  const columns = createColumns();
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

/** Columns of the first row, and their widths so far. */
function createColumns() {
  let headings: string[] = [];
  const widths: number[] = [];
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  const widen = (cells: readonly string[]): void =>
    cells.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return {
    /** The row's cells, printable, in the order of the headings. */
    add(row: ListItem['row']): string[] {
      if (headings.length === 0) widen((headings = Object.keys(row)));
      const cells = headings.map((name) => printable(row[name] ?? ''));
      widen(cells);
      return cells;
    },
    head: () => line(headings),
    line,
  };
}
