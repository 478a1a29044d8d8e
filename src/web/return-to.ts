/**
 * The way back to the sign-in that somebody has left to ask for a new password: kept in a cookie, so
 * that it outlives the mail. The sign-in itself is still open in this browser only.
 */
import type { Context } from 'koa';
import {
  interactionPath,
  namedClient,
  withClient,
} from '../oidc/authorization/interaction-path.ts';
import type { LinkTokenCookie } from './links/link-token-cookie.ts';

export interface ReturnTo {
  /** Where the address names a sign-in (`?sign-in=…`), keeps it, goes on to `page` without it and answers `true`. */
  keep(ctx: Context, page: string): boolean;
  /** The path of the sign-in, or null when there is none to go back to. */
  read(ctx: Context): string | null;
  drop(ctx: Context): void;
}

/** As the library makes them: nothing else gets into a path. */
const SIGN_IN = /^[\w-]{1,64}$/u;
/** The sign-in, and its client where that is known. */
const KEPT = /^([\w-]{1,64})(?::([\w.-]{1,64}))?$/u;

export function returnTo(cookie: LinkTokenCookie): ReturnTo {
  return {
    keep(ctx, page) {
      const { 'sign-in': uid } = ctx.query;
      if (typeof uid !== 'string' || !SIGN_IN.test(uid)) return false;
      const client = namedClient(ctx.query);
      cookie.keep(ctx, client === '' ? uid : `${uid}:${client}`, page);
      return true;
    },
    read(ctx) {
      const [, uid, client = ''] = KEPT.exec(cookie.read(ctx)) ?? [];
      return uid === undefined ? null : interactionPath(uid, client);
    },
    drop: (ctx) => cookie.drop(ctx),
  };
}

/** The page where a forgotten password is told, with the way back to the sign-in. */
export function forgotPath(uid: string, client: string): string {
  return withClient(`/forgot-password?sign-in=${encodeURIComponent(uid)}`, client);
}
