/**
 * A one-time link's token, moved out of the address bar (and history, logs and Referer) into a
 * cookie by the link's GET, which spends nothing. A form's POST spends it.
 */
import type { Context } from 'koa';

export interface LinkTokenCookie {
  /** Keeps the token for this browser session and goes on to the page without it. */
  keep(ctx: Context, token: string, page: string): void;
  /** The token, or '' when there is none: no link has an empty token. */
  read(ctx: Context): string;
  drop(ctx: Context): void;
}

export function linkTokenCookie(name: string, secure: boolean): LinkTokenCookie {
  return {
    keep(ctx, token, page) {
      ctx.cookies.set(name, token, { httpOnly: true, sameSite: 'lax', secure, signed: false });
      ctx.status = 303;
      ctx.redirect(page);
    },
    read: (ctx) => ctx.cookies.get(name) ?? '',
    drop: (ctx) => void ctx.cookies.set(name, null, { signed: false, secure }),
  };
}
