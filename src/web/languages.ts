export type Language = 'en' | 'zh-Hant';
export function chooseLanguage(o: {
  uiLocales?: string;
  acceptLanguage?: string;
  fallback: Language;
}): Language {
  return o.fallback;
}
