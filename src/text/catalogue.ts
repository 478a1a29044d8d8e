/** The catalogue: every text that people read, as ICU messages, one file for each language. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IntlMessageFormat, type Options } from 'intl-messageformat';
import { LRUCache } from 'lru-cache';
import { parse } from 'yaml';
import { languageOfLocale, LANGUAGES } from './languages.ts';
import { markingFormatters } from './times.ts';

export type TextValues = Readonly<Record<string, string | number>>;

export interface Texts {
  /**
   * The text of a dotted key. `locale`: a language of ours, with a region or without, in whose way dates
   * are written. Throws when there is no such key, or a value that the text wants is missing. Where `seconds`
   * is among the values, `minutes` is there for the text too (see below).
   * `zone`: of the reader, as Intl has it; where it is not known, times are in UTC and say so.
   */
  text(locale: string, key: string, values: TextValues, zone?: string): string;
  /** The same with its dates and times marked, for a page (times.ts). */
  marked(locale: string, key: string, values: TextValues, zone?: string): string;
  has(locale: string, key: string): boolean;
  keys(language: string): string[];
}

/**
 * `folder` holds `<language>.yaml`, or what the build has made of it, `<language>.json`: read at once, parsed when the
 * language is first wanted, and a message when that is. A start needs few of them.
 */
export function loadTexts(folder: string): Texts {
  const catalogue = new Map(
    LANGUAGES.map((language) => [language as string, load(folder, language)]),
  );
  const messagesIn = (locale: string) => catalogue.get(languageOfLocale(locale) ?? '');
  const formatter = (placed: Placed): Texts['text'] => {
    return (locale, key, values, zone) => {
      const message = messagesIn(locale)?.find(key);
      if (!message) throw new Error(`There is no text "${key}" in "${locale}".`);
      const text = String(placed(message, locale, zone).format(withMinutes(values)));
      return withOneStop(text, values);
    };
  };
  return {
    text: formatter(placedMessages({})),
    marked: formatter(placedMessages({ formatters: markingFormatters() })),
    has: (locale, key) => messagesIn(locale)?.texts().has(key) === true,
    keys: (language) => [...(messagesIn(language)?.texts().keys() ?? [])],
  };
}

/** Of one language. */
interface Messages {
  /** As they are written, by their keys. */
  texts(): ReadonlyMap<string, string>;
  find(key: string): IntlMessageFormat | undefined;
}

function load(folder: string, language: string): Messages {
  const parseFile = readTexts(folder, language);
  let read: ReadonlyMap<string, string> | undefined;
  const texts = () => (read ??= parseFile());
  const compiled = new Map<string, IntlMessageFormat>();
  const compileNew = (key: string): IntlMessageFormat | undefined => {
    const text = texts().get(key);
    if (text === undefined) return undefined;
    const message = compile(text, language, key);
    compiled.set(key, message);
    return message;
  };
  return { texts, find: (key) => compiled.get(key) ?? compileNew(key) };
}

/** Answers what parses them: YAML takes a hundred times as long as JSON. */
export function readTexts(folder: string, language: string): () => ReadonlyMap<string, string> {
  const built = join(folder, `${language}.json`);
  const isBuilt = existsSync(built);
  const file = isBuilt ? built : join(folder, `${language}.yaml`);
  const written = readFileSync(file, 'utf8');
  return () => new Map(leaves(isBuilt ? JSON.parse(written) : parse(written), '', file));
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

/** Places in use are few; a reader who makes some up must not fill the memory. */
const MOST_PLACES = 100;

type Placed = (message: IntlMessageFormat, locale: string, zone?: string) => IntlMessageFormat;

/** Messages with their dates and times as in one region and zone, made when they are first wanted. */
function placedMessages(options: Options): Placed {
  const places = new LRUCache<string, WeakMap<IntlMessageFormat, IntlMessageFormat>>({
    max: MOST_PLACES,
  });
  return (message, locale, zone = '') => {
    const place = `${locale} ${zone}`;
    const known = places.get(place) ?? new WeakMap<IntlMessageFormat, IntlMessageFormat>();
    places.set(place, known);
    const made = known.get(message) ?? placedMessage(message, { locale, zone }, options);
    known.set(message, made);
    return made;
  };
}

function placedMessage(
  message: IntlMessageFormat,
  { locale, zone }: { locale: string; zone: string },
  options: Options,
): IntlMessageFormat {
  const inZone =
    zone === '' ? { timeZone: 'UTC', timeZoneName: 'short' as const } : { timeZone: zone };
  const day = { year: 'numeric', day: 'numeric', timeZone: inZone.timeZone } as const;
  const formats = {
    date: {
      long: { ...day, month: 'long' },
      medium: { ...day, month: 'short' },
      moment: { ...day, month: 'short', hour: 'numeric', minute: '2-digit', ...inZone },
    },
    time: { short: { hour: 'numeric', minute: '2-digit', ...inZone } },
  } as const;
  return new IntlMessageFormat(message.getAst(), locale, formats, { ...options, ignoreTag: true });
}

/** A name can end in a full stop, and so does the sentence: “told Sam Jr.”, not “Sam Jr..”. */
function withOneStop(text: string, values: TextValues): string {
  const stopped = Object.values(values).filter(
    (value) => typeof value === 'string' && /[^.]\.$/u.test(value),
  );
  return stopped.reduce<string>(
    (told, value) => told.replaceAll(`${value}.`, () => String(value)),
    text,
  );
}

/** ICU messages can't divide: from 100 seconds on, `minutes` is what people would say; below it is 0. */
function withMinutes(values: TextValues): TextValues {
  const { seconds } = values;
  if (typeof seconds !== 'number') return values;
  return { ...values, minutes: seconds < 100 ? 0 : Math.ceil(seconds / 60) };
}
