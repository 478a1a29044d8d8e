/** The source file: YAML 1.2 with the keys of the schema and no others; every fault with its line. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  parseDocument,
  type Document,
  type YAMLMap,
} from 'yaml';
import { readSecretFile, UnsafeSecretFile } from '../secrets/secret-file.ts';
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
    parse(keys, file, readFileSync(path, 'utf8'), source);
    const secrets = source.given.filter(({ key }) => key.secret);
    const kind = secrets.some(({ key }) => key.path === 'encryption.key') ? 'key' : 'password';
    if (secrets.length > 0) source.warnings.push(...readSecretFile(path, kind).warnings);
  } catch (error) {
    const message =
      error instanceof UnsafeSecretFile
        ? error.message
        : `The configuration file cannot be read: ${readingFailed(error)}.`;
    source.faults.push({ path: file, message });
  }
  return source;
}

function parse(keys: readonly Key[], file: string, text: string, source: Source): void {
  const lines = new LineCounter();
  // No pretty errors: they quote the line, and a secret may stand in it.
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const reading: Reading = { file, doc, lines, ...index(keys), source };
  for (const { message, pos } of [...doc.errors, ...doc.warnings]) {
    // What follows the colon quotes the text too.
    fault(reading, file, pos[0], `This is not YAML: ${message.split(':')[0] ?? ''}.`);
  }
  if (doc.errors.length > 0 || doc.contents === null || isEmpty(doc.contents)) return;
  if (isMap(doc.contents)) readSection(reading, doc.contents, '');
  else fault(reading, file, 0, 'The file must hold keys with values, such as "workers: 2".');
}

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
    readPair(reading, path, isAlias(value) ? value.resolve(reading.doc) : value, offset);
  }
}

/** A name with a point in it must not be taken for a path. */
function nameOf(name: unknown): string {
  return String(name).replaceAll('.', '<point>');
}

function readPair(reading: Reading, path: string, value: unknown, offset: number): void {
  const { keys, known, source, doc } = reading;
  const key = keys.get(path);
  if (!known.has(path)) {
    return fault(reading, path, offset, `There is no such key.${didYouMean(path, known)}`);
  }
  if (key && isEmpty(value)) return fault(reading, path, offset, 'It has no value.', key.allowed);
  if (key) {
    const plain: unknown = isScalar(value) ? value.value : isNode(value) ? value.toJS(doc) : value;
    source.given.push({ key, value: plain, from: place(reading, offset) });
    return;
  }
  if (isMap(value)) return readSection(reading, value, `${path}.`);
  if (isEmpty(value)) return undefined;
  return fault(reading, path, offset, 'It is a section: its keys follow on indented lines.');
}

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

function isNode(value: unknown): value is { toJS(doc: Document): unknown } {
  return typeof value === 'object' && value !== null && 'toJS' in value;
}
