/** Which of our languages a reader gets. */
export type Language = 'en' | 'zh-Hant';

export const LANGUAGES: readonly Language[] = ['en', 'zh-Hant'];

/** What is read of a header or parameter: characters, and language tags in it. */
const LONGEST = 500;
const MOST_TAGS = 20;

/**
 * `uiLocales`: of the authorization request, space-separated in order of preference (OIDC Core
 * §3.1.2.1). `acceptLanguage`: the browser's (RFC 9110 §12.5.4). Whatever they contain, it answers.
 */
export function chooseLanguage(wishes: {
  uiLocales?: string;
  acceptLanguage?: string;
  fallback: Language;
}): Language {
  const { uiLocales = '', acceptLanguage = '', fallback } = wishes;
  const tags = [...tagsOf(uiLocales, /\s+/u), ...byWeight(acceptLanguage)];
  return (
    tags
      .values()
      .map(languageOfTag)
      .find((language) => language !== undefined) ?? fallback
  );
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

function localeOf(tag: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(tag);
  } catch {
    return undefined;
  }
}
