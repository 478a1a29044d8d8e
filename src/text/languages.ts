/** Which of our languages a reader gets, and in which region's way dates are written. */
import { LRUCache } from 'lru-cache';

export type Language = 'en' | 'zh-Hant';

export const LANGUAGES: readonly Language[] = ['en', 'zh-Hant'];

/** One of our languages, and a region (ISO 3166-1, UN M.49) where it is known: `en-GB`. BCP 47. */
export type Locale = Language | `${Language}-${string}`;

/** Undefined: it is none of ours. */
export function languageOfLocale(locale: string): Language | undefined {
  return LANGUAGES.find((language) => locale === language || locale.startsWith(`${language}-`));
}

/** In another language, dates stay as they are written where the reader is. */
export function inLanguage(language: Language, locale: Locale | null | undefined): Locale {
  const region = locale ? localeOf(locale)?.region : undefined;
  return withRegion(language, region);
}

function withRegion(language: Language, region: string | undefined): Locale {
  return region === undefined ? language : `${language}-${region}`;
}

/** What is read of a header or parameter: characters, and language tags in it. */
const LONGEST = 500;
const MOST_TAGS = 20;

export interface Wishes {
  /** What the reader has chosen here: it comes before all others. */
  chosen?: Language | undefined;
  /** Of the authorization request, space-separated in order of preference (OIDC Core §3.1.2.1). */
  uiLocales?: string | undefined;
  /** Of somebody who is signed in. */
  own?: Locale | null | undefined;
  /** The browser's (RFC 9110 §12.5.4). */
  acceptLanguage?: string | undefined;
  fallback: Language;
}

/**
 * Whatever the wishes contain, it answers. The region is that of the wish which is followed, else the first
 * that the browser names: whoever has `de-CH, en` reads English, and dates as in Switzerland.
 */
export function chooseLocale(wishes: Wishes): Locale {
  const { chosen, uiLocales = '', own, acceptLanguage = '', fallback } = wishes;
  const accepted = byWeight(acceptLanguage);
  const tags = [...tagsOf(uiLocales, /\s+/u), ...(own ? [own] : []), ...accepted];
  const followed = tags.find((tag) => fits(tag, chosen));
  const language = chosen ?? (followed === undefined ? fallback : languageOfTag(followed));
  const regions = [...(followed === undefined ? [] : [followed]), ...accepted].map(regionOf);
  return withRegion(
    language ?? fallback,
    regions.find((region) => region !== undefined),
  );
}

function fits(tag: string, chosen: Language | undefined): boolean {
  const language = languageOfTag(tag);
  return language !== undefined && (chosen === undefined || language === chosen);
}

function regionOf(tag: string): string | undefined {
  return localeOf(tag)?.region;
}

function tagsOf(list: string, separator: RegExp): string[] {
  return list.slice(0, LONGEST).split(separator, MOST_TAGS);
}

/** Not koa's own: to that, a weight after a blank (which RFC 9110 §12.4.2 allows) is none. */
function byWeight(header: string): string[] {
  return tagsOf(header, /\s*,\s*/u)
    .map((entry) => {
      const [tag = '', ...parameters] = entry.split(';');
      const weight = parameters.find((parameter) => /^\s*q=/iu.test(parameter));
      return { tag: tag.trim(), q: weight === undefined ? 1 : Number(weight.split('=')[1]) };
    })
    .filter(({ q }) => q > 0 && q <= 1)
    .toSorted((a, b) => b.q - a.q)
    .map(({ tag }) => tag);
}

/**
 * Chinese by its script: zh-TW, zh-HK and zh-MO are written in Hant, zh-CN and zh-SG in Hans, which we
 * don't have. Plain zh names no script: whoever asks for it reads ours rather than English.
 */
function languageOfTag(tag: string): Language | undefined {
  const locale = localeOf(tag);
  if (locale?.language === 'en') return 'en';
  if (locale?.language !== 'zh') return undefined;
  const isPlain = locale.script === undefined && locale.region === undefined;
  return isPlain || locale.maximize().script === 'Hant' ? 'zh-Hant' : undefined;
}

/** Making one takes longer than all else here; there are few of them, whatever is asked for. */
const locales = new LRUCache<string, { of: Intl.Locale | undefined }>({ max: 500 });

function localeOf(tag: string): Intl.Locale | undefined {
  const known = locales.get(tag);
  if (known) return known.of;
  const made = { of: newLocale(tag) };
  locales.set(tag, made);
  return made.of;
}

function newLocale(tag: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(tag);
  } catch {
    return undefined;
  }
}
