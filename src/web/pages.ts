/** Answers with a page: in the reader's language, never kept by a cache, forms bound to the browser. */
import type { Context } from 'koa';
import type { Vault } from '../secrets/vault.ts';
import { csrfToken } from './csrf.ts';
import { chooseLanguage, type Language } from './languages.ts';
import type { Renderer } from './render.ts';
import { zoneOf } from './zone.ts';

export interface Pages {
  /** `context` is what the template of that name wants; 200 unless a status is given. */
  show(ctx: Context, page: string, context: object, status?: number): void;
}

/** Something to say about what was posted: a code of the catalogue and its values, or nothing. */
export interface Notice {
  code: string;
  values: Readonly<Record<string, string | number>>;
}

export function createPages(renderer: Renderer, vault: Vault, fallback: Language): Pages {
  return {
    show(ctx, page, context, status = 200) {
      const language = languageOf(ctx, fallback);
      const shared = { csrf: hasBrowser(ctx) ? csrfToken(vault, ctx) : '', org: null };
      ctx.status = status;
      ctx.type = 'html';
      ctx.set('Cache-Control', 'no-store');
      ctx.vary('Accept-Language');
      ctx.body = renderer.render(page, language, { ...shared, ...context }, zoneOf(ctx));
    },
  };
}

/** The request's `ui_locales`, else what the browser prefers, else the installation's. */
export function languageOf(ctx: Context, fallback: Language): Language {
  const fromSignIn: unknown = ctx.state['uiLocales'];
  const uiLocales =
    typeof fromSignIn === 'string' ? fromSignIn : ctx.URL.searchParams.get('ui_locales');
  return chooseLanguage({
    ...(uiLocales === null ? {} : { uiLocales }),
    acceptLanguage: ctx.get('accept-language'),
    fallback,
  });
}

function hasBrowser(ctx: Context): boolean {
  return typeof ctx.state['browser'] === 'string';
}
