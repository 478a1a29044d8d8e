/**
 * A secret of the browser's own: 256 random bits in a cookie that belongs to no session. A sign-in
 * keeps its hash, so that no other browser goes on with it, and forms are bound to it (csrf.ts).
 */
import { randomBytes } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import type { Vault } from '../secrets/vault.ts';

/** Seconds; it outlives sign-ins, and its loss costs no more than starting one anew. */
const LIFETIME = 365 * 24 * 3600;

/** Gives every browser its secret and puts the hash at `ctx.state.browser`. */
export function browserSecret(vault: Vault, cookie: string, secure: boolean): Middleware {
  return async (ctx, next) => {
    const known = hashOf(vault, ctx.cookies.get(cookie) ?? '');
    ctx.state['browser'] = known ?? hashOf(vault, giveSecret(vault, ctx, cookie, secure));
    await next();
  };
}

/** The hash of this browser's secret. */
export function browserOf(ctx: Pick<Context, 'state'>): string {
  const hash: unknown = ctx.state['browser'];
  if (typeof hash !== 'string') throw new Error('The browser-secret middleware did not run.');
  return hash;
}

/**
 * Under the key that it was made with, for as long as that is not retired: what is bound to this browser is bound to
 * its hash. Undefined: it is none of ours.
 */
function hashOf(vault: Vault, shown: string): string | undefined {
  const [, kid, secret] = /^(?:([\w-]{8})\.)?([\w-]{43})$/u.exec(shown) ?? [];
  return secret === undefined ? undefined : vault.hashUnder(kid, 'browser', secret);
}

function giveSecret(vault: Vault, ctx: Context, cookie: string, secure: boolean): string {
  const { active, first } = vault.ring;
  const random = randomBytes(32).toString('base64url');
  const secret = active === first ? random : `${active}.${random}`;
  ctx.cookies.set(cookie, secret, {
    httpOnly: true,
    sameSite: 'lax',
    secure,
    signed: false,
    maxAge: LIFETIME * 1000,
  });
  return secret;
}
