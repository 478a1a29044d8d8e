/** Answers with a page: in the reader's language, never kept by a cache, forms bound to the browser. */
import { Readable } from 'node:stream';
import type { Context } from 'koa';
import type { Logger } from 'pino';
import type { Vault } from '../secrets/vault.ts';
import type { PageBrand } from './brand-pages.ts';
import { organisationBrand, shownFor } from './brand/organisation-brand.ts';
import { csrfToken } from './csrf.ts';
import { chosenLanguage } from './language-choice.ts';
import { pathHere } from './own-path.ts';
import { chooseLocale, type Language, type Locale } from '../text/languages.ts';
import type { Renderer } from './render.ts';
import { zoneOf } from '../text/zone.ts';
import { thisPage } from './way-on.ts';

export interface Pages {
  /**
   * `context` is what the template of that name wants; 200 unless a status is given. `here` in it: where the
   * page is to be found, if not at the address that it answers.
   */
  show(ctx: Context, page: string, context: object, status?: number): void;
  /** A text to keep, as a file called `name`; `page`: its template. */
  download(ctx: Context, page: string, context: object, name: string): void;
  /** What is written of it while it is sent, as a file; it breaks off where one of the pieces can't be had. */
  file(ctx: Context, pieces: AsyncIterable<string>, about: { type: string; name: string }): void;
  /**
   * Instead of an error page that could not be shown, which the log tells of. Nothing of the request is
   * in it, so it can't fail.
   */
  showBroken(ctx: Context, status: number, cause: unknown): void;
}

/** Something to say about what was posted: a code of the catalogue and its values, or nothing. */
export interface Notice {
  code: string;
  values: Readonly<Record<string, string | number>>;
}

export interface PagesParts {
  vault: Vault;
  config: { default_language: Language; mail?: { smtp_url?: unknown } };
  log: Pick<Logger, 'error'>;
}

export function createPages(renderer: Renderer, { vault, config, log }: PagesParts): Pages {
  const fallback = config.default_language;
  const way = { href: '/', to: 'start', client: null };
  const problem = { code: 'server', values: {}, back: null, way, requestId: '' };
  const broken = renderer.render('error', fallback, { ...problem, csrf: '', org: null });
  return {
    show(ctx, page, context, status = 200) {
      const language = languageOf(ctx, fallback);
      const csrf = hasBrowser(ctx) ? csrfToken(vault, ctx) : '';
      const here = pathHere(ctx, thisPage(ctx));
      const hasMail = !config.mail || config.mail.smtp_url !== undefined;
      const shared = { csrf, org: null, here, brand: brandFor(ctx, renderer), hasMail };
      ctx.vary('Accept-Language');
      answerHtml(
        ctx,
        renderer.render(page, language, { ...shared, ...context }, zoneOf(ctx)),
        status,
      );
    },
    download(ctx, page, context, name) {
      ctx.vary('Accept-Language');
      ctx.set('Cache-Control', 'no-store');
      ctx.attachment(name);
      ctx.type = 'text/plain; charset=utf-8';
      ctx.body = renderer.render(page, languageOf(ctx, fallback), context, zoneOf(ctx));
    },
    file(ctx, pieces, { type, name }) {
      ctx.set('Cache-Control', 'no-store');
      ctx.attachment(name);
      ctx.type = type;
      ctx.body = Readable.from(pieces, { objectMode: false });
    },
    showBroken(ctx, status, cause) {
      const { requestId: request } = ctx.state as { requestId?: string };
      log.error({ err: cause, request }, 'an error page cannot be shown');
      answerHtml(ctx, broken, status);
    },
  };
}

function answerHtml(ctx: Context, html: string, status: number): void {
  ctx.status = status;
  ctx.type = 'html';
  ctx.set('Cache-Control', 'no-store');
  ctx.body = html;
}

/** Chosen in this browser, else the request's `ui_locales`, the person's own, what the browser prefers, the installation's. */
export function languageOf(ctx: Context, fallback: Language): Locale {
  return localeOf(ctx, fallback, chosenLanguage(ctx));
}

/** The same where `chosen` is what was chosen. */
export function localeOf(ctx: Context, fallback: Language, chosen: Language | undefined): Locale {
  const { uiLocales: fromSignIn, ownLanguage: own } = ctx.state as ReaderState;
  const uiLocales =
    typeof fromSignIn === 'string'
      ? fromSignIn
      : new URLSearchParams(ctx.querystring).get('ui_locales');
  return chooseLocale({
    chosen,
    uiLocales: uiLocales ?? undefined,
    own,
    acceptLanguage: ctx.get('accept-language'),
    fallback,
  });
}

/** What is known of whoever reads the answer. */
interface ReaderState {
  /** Of the authorization request that a sign-in is for. */
  uiLocales?: unknown;
  /** In the record of whoever is signed in. */
  ownLanguage?: Locale | null;
}

/** The organisation's, where it is known whose page it is. */
function brandFor(ctx: Context, { brand }: Renderer): PageBrand {
  const organisation = shownFor(ctx);
  return organisation ? organisationBrand(organisation, brand) : brand;
}

function hasBrowser(ctx: Context): boolean {
  return typeof ctx.state['browser'] === 'string';
}
