/**
 * Dates and times in the texts of pages: each is a `<time>` element with the exact moment. A text is
 * formatted as a whole, so its times are marked while that is done and found again in what comes out.
 */
import type { Formatters } from 'intl-messageformat';
import { LRUCache } from 'lru-cache';
import nunjucks from 'nunjucks';

/** Private use characters (Unicode §23.5): nobody writes them. Who does gets a `<time>` element, and no other. */
const [BEGIN, WORDS, END] = ['\uE000', '\uE001', '\uE002'];
/** Milliseconds since the epoch, no more of them than a Date can have. */
const MARKED = new RegExp(`${BEGIN}(\\d{1,14})${WORDS}([^${BEGIN}${WORDS}${END}]*)${END}`, 'gu');

class MarkedTimes extends Intl.DateTimeFormat {
  override format(value?: Date | number): string {
    return `${BEGIN}${Number(value)}${WORDS}${super.format(value)}${END}`;
  }
}

/** Each zone has some; a reader who makes zones up must not fill the memory. */
const MOST_FORMATS = 500;

/** For messages whose times are to be found again. Made once for each, as making one is slow. */
export function markingFormatters(): Formatters {
  return {
    getNumberFormat: once((locales, options) => new Intl.NumberFormat(locales, options)),
    getPluralRules: once((locales, options) => new Intl.PluralRules(locales, options)),
    getDateTimeFormat: once((locales, options) => new MarkedTimes(locales, options)),
  };
}

function once<O, F extends object>(
  make: (locales?: string | string[], options?: O) => F,
): (locales?: string | string[], options?: O) => F {
  const made = new LRUCache<string, F>({ max: MOST_FORMATS });
  return (locales, options) => {
    const key = JSON.stringify([locales, options]);
    const format = made.get(key) ?? make(locales, options);
    made.set(key, format);
    return format;
  };
}

/** For a template: a text without times as it is, one with times as markup with all else escaped. */
export function timesAsMarkup(text: string): string | nunjucks.runtime.SafeString {
  if (!text.includes(BEGIN)) return text;
  const html = escapeHtml(text).replaceAll(MARKED, (_, at: string, words: string) => {
    return `<time datetime="${new Date(Number(at)).toISOString()}">${words}</time>`;
  });
  return new nunjucks.runtime.SafeString(html);
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
