/** The catalogue's files: one for each language, maps of ICU messages. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IntlMessageFormat } from 'intl-messageformat';
import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import type { Failure } from '../failure.ts';

export interface Message {
  line: number;
  text: string;
  /** Names of its arguments; none when it can't be read. */
  args: ReadonlySet<string>;
}

export interface Language {
  path: string;
  messages: Map<string, Message>;
  failures: Failure[];
}

/** `path` relative to `root`; the file's basename is the language's tag. */
export async function readLanguage(root: string, path: string): Promise<Language> {
  const lines = new LineCounter();
  const doc = parseDocument(await readFile(join(root, path), 'utf8'), { lineCounter: lines });
  const language: Language = { path, messages: new Map(), failures: [] };
  const lineOf = (offset: number): number => lines.linePos(offset).line;
  for (const { message, pos } of doc.errors) {
    language.failures.push({ path, line: lineOf(pos[0]), message: message.split('\n')[0] ?? '' });
  }
  if (isMap(doc.contents)) readMap(language, doc.contents, '', lineOf);
  else language.failures.push({ path, message: 'is not a map of texts' });
  return language;
}

function readMap(
  language: Language,
  map: YAMLMap,
  above: string,
  lineOf: (offset: number) => number,
): void {
  for (const { key: name, value } of map.items) {
    const key = above + (isScalar(name) ? String(name.value) : '?');
    const line = lineOf(isScalar(name) ? (name.range?.[0] ?? 0) : 0);
    if (isMap(value)) readMap(language, value, `${key}.`, lineOf);
    else if (isScalar(value) && typeof value.value === 'string')
      add(language, key, value.value, line);
    else language.failures.push({ path: language.path, line, message: `${key} is not a text` });
  }
}

function add(
  { path, messages, failures }: Language,
  key: string,
  text: string,
  line: number,
): void {
  const fail = (message: string): void =>
    void failures.push({ path, line, message: `${key} ${message}` });
  if (text.trim() === '') fail('is empty');
  if (messages.has(key)) fail('is there twice');
  const tag = path.slice(path.lastIndexOf('/') + 1, path.lastIndexOf('.'));
  const args = new Set<string>();
  try {
    const message = new IntlMessageFormat(text, tag, undefined, { ignoreTag: true });
    collect(message.getAst(), args);
  } catch (error) {
    fail(`is not an ICU message: ${error instanceof Error ? error.message : String(error)}`);
  }
  messages.set(key, { line, text, args });
}

/** An element of a parsed message; only those that take an argument have `value` as its name. */
interface Element {
  type: number;
  value?: string;
  options?: Record<string, { value: Element[] }>;
}

/** Literal text and `#`, as the parser numbers its elements. */
const WITHOUT_ARGUMENT = new Set([0, 7]);

function collect(elements: readonly Element[], args: Set<string>): void {
  for (const { type, value, options } of elements) {
    if (value !== undefined && !WITHOUT_ARGUMENT.has(type)) args.add(value);
    for (const option of Object.values(options ?? {})) collect(option.value, args);
  }
}
