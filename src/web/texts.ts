/** The catalogue: every text that people read, as ICU messages, one file for each language. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IntlMessageFormat } from 'intl-messageformat';
import { parse } from 'yaml';
import { LANGUAGES } from './languages.ts';

export type TextValues = Readonly<Record<string, string | number>>;

export interface Texts {
  /**
   * The text of a dotted key. Throws when there is no such key, or a value that the text wants is
   * missing. Where `seconds` is among the values, `minutes` is there for the text too (see below).
   */
  text(language: string, key: string, values: TextValues): string;
  has(language: string, key: string): boolean;
  keys(language: string): string[];
}

/** `folder` holds `<language>.yaml`. A message that is not well-formed throws here, not on a page. */
export function loadTexts(folder: string): Texts {
  const catalogue = new Map(
    LANGUAGES.map((language) => [language as string, load(folder, language)]),
  );
  const find = (language: string, key: string) => catalogue.get(language)?.get(key);
  return {
    text(language, key, values) {
      const message = find(language, key);
      if (!message) throw new Error(`There is no text "${key}" in "${language}".`);
      return String(message.format(withMinutes(values)));
    },
    has: (language, key) => find(language, key) !== undefined,
    keys: (language) => [...(catalogue.get(language)?.keys() ?? [])],
  };
}

function load(folder: string, language: string): Map<string, IntlMessageFormat> {
  const file = join(folder, `${language}.yaml`);
  const messages = new Map<string, IntlMessageFormat>();
  for (const [key, message] of leaves(parse(readFileSync(file, 'utf8')), '', file))
    messages.set(key, compile(message, language, key));
  return messages;
}

function* leaves(node: unknown, key: string, file: string): Generator<[string, string]> {
  if (typeof node === 'string') return yield [key, node];
  if (typeof node !== 'object' || node === null || Array.isArray(node))
    throw new Error(`${file}: "${key}" is neither a text nor a map of texts.`);
  for (const [name, child] of Object.entries(node))
    yield* leaves(child, key === '' ? name : `${key}.${name}`, file);
}

function compile(message: string, language: string, key: string): IntlMessageFormat {
  try {
    // A text is a text: what looks like a tag in it is no markup.
    return new IntlMessageFormat(message, language, undefined, { ignoreTag: true });
  } catch (cause) {
    throw new Error(`The text "${key}" in "${language}" is not an ICU message.`, { cause });
  }
}

/** ICU messages can't divide: from 100 seconds on, `minutes` is what people would say; below it is 0. */
function withMinutes(values: TextValues): TextValues {
  const { seconds } = values;
  if (typeof seconds !== 'number') return values;
  return { ...values, minutes: seconds < 100 ? 0 : Math.ceil(seconds / 60) };
}
