/** Files of people: their columns, and what each line says. A line is a line: nothing of a person has a line break. */
import { parse } from 'csv-parse/sync';
import { Problem } from '../../../problem.ts';
import { unguarded } from '../../../text/csv.ts';
import { fileLines, type FileLine } from '../../../text/file-lines.ts';

export const PEOPLE_FORMATS = ['csv', 'jsonl'] as const;
export type PeopleFormat = (typeof PEOPLE_FORMATS)[number];

/** In the order of an export. What is derived is there to be read, and import passes it over. */
export const COLUMNS = [
  'id',
  'login',
  'email',
  'name',
  'organisation',
  'role',
  'active',
  'mfa',
  'language',
  'groups',
  'given_name',
  'family_name',
  'phone',
  'department',
  'employee_number',
  'created_at',
  'last_sign_in',
] as const;
export type Column = (typeof COLUMNS)[number];

/** What a line says; a column that is empty or absent says nothing. */
export type PersonCells = Partial<Record<Column, string>> & { groupNames?: readonly string[] };
export type PersonLine = { line: number; cells: PersonCells } | { line: number; problem: Problem };

/** Bytes of a line. */
export const LONGEST_LINE = 64 * 1024;
/** Lines that are handed on together. */
const AT_ONCE = 100;

/** Problems of the whole file, before any line: `import-columns`, `import-columns-twice`, `import-empty`. */
export async function* peopleLines(
  chunks: AsyncIterable<Uint8Array>,
  format: PeopleFormat,
): AsyncGenerator<PersonLine[]> {
  let read: ((line: FileLine) => PersonLine) | undefined =
    format === 'jsonl' ? jsonLine : undefined;
  let batch: PersonLine[] = [];
  for await (const line of fileLines(chunks, LONGEST_LINE)) {
    if ('text' in line && line.text.trim() === '') continue;
    if (!read) read = csvReader(line);
    else if (batch.push(read(line)) === AT_ONCE) {
      yield batch;
      batch = [];
    }
  }
  if (!read) throw new Problem('import-empty');
  if (batch.length > 0) yield batch;
}

function csvReader(first: FileLine): (line: FileLine) => PersonLine {
  if (!('text' in first)) throw faultOf(first.fault);
  const delimiter = [',', ';', '\t'].find((one) => first.text.includes(one)) ?? ',';
  const headings = (cellsOf(first.text, delimiter) ?? []).map((heading) => heading.trim());
  checkColumns(headings);
  return (line) => {
    if ('fault' in line) return { line: line.line, problem: faultOf(line.fault) };
    const cells = cellsOf(line.text, delimiter);
    if (cells?.length !== headings.length)
      return { line: line.line, problem: new Problem('import-line') };
    const said = headings.map((heading, at) => [heading, unguarded(cells[at] ?? '')] as const);
    const groups = said.find(([heading]) => heading === 'groups')?.[1].split(';') ?? [];
    return { line: line.line, cells: cellsFrom(said, groups) };
  };
}

/** Undefined: it can't be read. */
function cellsOf(text: string, delimiter: string): string[] | undefined {
  try {
    const rows = parse(text, { delimiter, relax_column_count: true });
    return rows.length === 1 ? rows[0] : undefined;
  } catch {
    return undefined;
  }
}

function checkColumns(names: readonly string[]): void {
  const unknown = names.filter((name) => !COLUMNS.some((column) => column === name));
  const values = { known: COLUMNS.join(', ') };
  if (unknown.length > 0)
    throw new Problem('import-columns', { values: { ...values, columns: listed(unknown) } });
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  if (twice.length > 0)
    throw new Problem('import-columns-twice', { values: { columns: listed(twice) } });
}

const listed = (names: readonly string[]): string =>
  [...new Set(names)]
    .map((name) => `“${name.slice(0, 40)}”`)
    .slice(0, 10)
    .join(', ');

function jsonLine(line: FileLine): PersonLine {
  if ('fault' in line) return { line: line.line, problem: faultOf(line.fault) };
  try {
    return { line: line.line, cells: jsonCells(line.text.replace(/^\uFEFF/u, '')) };
  } catch (error) {
    return {
      line: line.line,
      problem: error instanceof Problem ? error : new Problem('import-line'),
    };
  }
}

/** Problems `import-line`, `import-columns`, `import-value`. */
function jsonCells(text: string): PersonCells {
  const said = JSON.parse(text) as unknown;
  if (typeof said !== 'object' || said === null || Array.isArray(said))
    throw new Problem('import-line');
  checkColumns(Object.keys(said));
  const entries = Object.entries(said as Record<string, unknown>).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  const groups = entries.find(([name]) => name === 'groups')?.[1] ?? [];
  if (!Array.isArray(groups) || groups.some((one) => typeof one !== 'string'))
    throw new Problem('import-value', { values: { column: 'groups' } });
  const cells = entries
    .filter(([name]) => name !== 'groups')
    .map(([name, value]) => {
      // What is exported so is read so.
      if (name === 'active' && typeof value === 'boolean')
        return [name, value ? 'yes' : 'no'] as const;
      if (typeof value !== 'string')
        throw new Problem('import-value', { values: { column: name } });
      return [name, value] as const;
    });
  return cellsFrom(cells, groups as string[]);
}

function cellsFrom(
  said: readonly (readonly [string, string])[],
  groups: readonly string[],
): PersonCells {
  const given = said.map(([name, value]) => [name, value.trim()] as const);
  const groupNames = groups.map((name) => name.trim()).filter((name) => name !== '');
  return {
    ...(Object.fromEntries(
      given.filter(([name, value]) => value !== '' && name !== 'groups'),
    ) as PersonCells),
    ...(groupNames.length > 0 ? { groupNames } : {}),
  };
}

function faultOf(fault: 'too-long' | 'encoding'): Problem {
  if (fault === 'encoding') return new Problem('import-encoding');
  return new Problem('import-line-long', { values: { most: LONGEST_LINE } });
}
