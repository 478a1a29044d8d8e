/** The language that a reader has chosen, whatever their browser prefers: kept in a cookie of its own. */
import type { Context } from 'koa';
import { LANGUAGES, type Language } from '../text/languages.ts';

const [SECURE, PLAIN] = ['__Host-latchkey_language', 'latchkey_language'];

/** Milliseconds. */
const LIFETIME = 365 * 24 * 3_600_000;

/** Undefined: none was chosen in this browser. */
export function chosenLanguage({ cookies }: Pick<Context, 'cookies'>): Language | undefined {
  return toLanguage(cookies.get(SECURE) ?? cookies.get(PLAIN));
}

export function toLanguage(text: string | undefined): Language | undefined {
  return LANGUAGES.find((language) => language === text);
}

/** `secure`: by https, so that no other host writes it. */
export function keepLanguage(ctx: Context, language: Language, secure: boolean): void {
  ctx.cookies.set(secure ? SECURE : PLAIN, language, {
    httpOnly: true,
    sameSite: 'lax',
    secure,
    signed: false,
    maxAge: LIFETIME,
  });
}
