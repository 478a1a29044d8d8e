/** The source file: YAML 1.2 with the keys of the schema and no others; every fault with its line. */
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  parseDocument,
  type Document,
  type ErrorCode,
  type YAMLMap,
} from 'yaml';
import { readGuarded, UnsafeSecretFile } from '../secrets/secret-file.ts';
import { unreadable } from '../secrets/secret-text.ts';
import type { Key } from './keys.ts';
import { didYouMean } from './nearest.ts';
import { readingFailed, type Source } from './source.ts';

interface Reading {
  file: string;
  doc: Document;
  lines: LineCounter;
  keys: ReadonlyMap<string, Key>;
  /** Paths of keys and of the sections around them. */
  known: ReadonlySet<string>;
  source: Source;
}

/** `file` as it was given, for messages; a relative one is relative to `cwd`. */
export function readYamlFile(keys: readonly Key[], file: string, cwd: string): Source {
  const source: Source = { given: [], faults: [], warnings: [] };
  const path = resolve(cwd, file);
  try {
    parse(keys, file, readText(path), source);
    const secrets = source.given.filter(({ key }) => key.secret);
    const kind = secrets.some(({ key }) => key.path === 'encryption.key') ? 'key' : 'password';
    if (secrets.length > 0) source.warnings.push(...readGuarded(path, kind).warnings);
  } catch (error) {
    source.faults.push({ path: file, message: whyUnread(error) });
  }
  return source;
}

/** Bytes; a configuration with every key in it and its sentence has a fifth of that. */
const MOST_BYTES = 100_000;

/** Of UTF-8, with a byte order mark or without. */
function readText(path: string): string {
  const { size } = statSync(path);
  if (size > MOST_BYTES)
    throw new NoConfiguration(`It has ${size} bytes; no configuration is as long.`);
  const bytes = readFileSync(path);
  const text = bytes.subarray(bytes.indexOf(UTF8_MARK) === 0 ? UTF8_MARK.length : 0);
  const reason = unreadable(text);
  if (reason !== undefined) throw new NoConfiguration(`It ${reason}.`);
  return text.toString('utf8');
}

const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

class NoConfiguration extends Error {}

function whyUnread(error: unknown): string {
  if (error instanceof UnsafeSecretFile || error instanceof NoConfiguration) return error.message;
  return `The configuration file cannot be read: ${readingFailed(error)}.`;
}

function parse(keys: readonly Key[], file: string, text: string, source: Source): void {
  const lines = new LineCounter();
  // No pretty errors: they quote the line, and a secret may stand in it.
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const reading: Reading = { file, doc, lines, ...index(keys), source };
  for (const { code, message, pos } of [...doc.errors, ...doc.warnings]) {
    // What follows the colon quotes the text too.
    const said = IN_OUR_WORDS[code] ?? `This is not YAML: ${message.split(':')[0] ?? ''}.`;
    fault(reading, file, pos[0], said);
  }
  if (doc.errors.length > 0 || doc.contents === null || isEmpty(doc.contents)) return;
  if (isMap(doc.contents)) readSection(reading, doc.contents, '');
  else fault(reading, file, 0, 'The file must hold keys with values, such as "workers: 2".');
}

const IN_OUR_WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  DUPLICATE_KEY: 'A key of this name stands in the same section already. Leave one of them.',
  TAB_AS_INDENT: 'The line is indented with a tab. YAML wants spaces.',
  MULTIPLE_DOCS: 'A second YAML document begins here (---). A configuration is one.',
};

function index(keys: readonly Key[]): Pick<Reading, 'keys' | 'known'> {
  const paths = keys.map(({ path }) => path);
  const nested = paths.filter((path) => path.includes('.'));
  const sections = nested.map((path) => path.slice(0, path.lastIndexOf('.')));
  return {
    keys: new Map(keys.map((key) => [key.path, key])),
    known: new Set([...paths, ...sections]),
  };
}

function readSection(reading: Reading, section: YAMLMap, above: string): void {
  for (const { key: name, value } of section.items) {
    const offset = isScalar(name) ? (name.range?.[0] ?? 0) : (section.range?.[0] ?? 0);
    const path = above + (isScalar(name) ? nameOf(name.value) : '(not a name)');
    const meant = isAlias(value) ? value.resolve(reading.doc) : value;
    if (isAlias(value) && meant === undefined)
      fault(reading, path, offset, 'Nothing above has the anchor (&) that its alias (*) names.');
    else readPair(reading, path, meant, offset);
  }
}

/** A name with a point in it must not be taken for a path. */
function nameOf(name: unknown): string {
  return String(name).replaceAll('.', '<point>');
}

function readPair(reading: Reading, path: string, value: unknown, offset: number): void {
  const { keys, known, source } = reading;
  const key = keys.get(path);
  if (/(?:^|\.)<<$/u.test(path))
    return fault(
      reading,
      path,
      offset,
      'Keys are not merged (<<). Write each of them where it belongs.',
    );
  if (!known.has(path)) {
    return fault(reading, path, offset, `There is no such key.${didYouMean(path, known)}`);
  }
  if (key && isEmpty(value)) return fault(reading, path, offset, 'It has no value.', key.allowed);
  if (key) {
    const plain = plainOf(reading, value);
    if (plain === TOO_MUCH)
      return fault(
        reading,
        path,
        offset,
        'Its aliases (*) make more of it than a configuration has.',
      );
    source.given.push({ key, value: plain, from: place(reading, offset) });
    return;
  }
  if (isMap(value)) return readSection(reading, value, `${path}.`);
  if (isEmpty(value)) return undefined;
  return fault(reading, path, offset, 'It is a section: its keys follow on indented lines.');
}

const TOO_MUCH = Symbol('too much');

/** A value without the notes that YAML makes about it. Aliases of aliases can grow without a bound. */
function plainOf({ doc }: Reading, value: unknown): unknown {
  if (isScalar(value)) return value.value;
  if (!isNode(value)) return value;
  try {
    return value.toJS(doc, { maxAliasCount: MOST_ALIASES });
  } catch {
    return TOO_MUCH;
  }
}

const MOST_ALIASES = 50;

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (isScalar(value) && value.value === null);
}

function fault(
  reading: Reading,
  path: string,
  offset: number,
  message: string,
  allowed?: string,
): void {
  const from = place(reading, offset);
  reading.source.faults.push({
    path,
    message,
    from,
    ...(allowed === undefined ? {} : { allowed }),
  });
}

function place({ file, lines }: Reading, offset: number): string {
  return `${file}:${lines.linePos(offset).line}`;
}

function isNode(value: unknown): value is { toJS(doc: Document, options: object): unknown } {
  return typeof value === 'object' && value !== null && 'toJS' in value;
}
