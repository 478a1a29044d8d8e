/**
 * Headers of the answers to programs that the library leaves out. The JWKS and discovery may be kept for
 * five minutes: a key that leaked is trusted no longer than that by whoever keeps them, and a new key has
 * to stand in the JWKS for longer than that before it signs. No error is kept, and no token.
 */
import type { Middleware } from 'koa';
import { isForPrograms } from '../../oidc/endpoints.ts';
import { JWKS_KEPT_FOR } from '../../policy/keys/signing-keys.ts';

/** Seconds. */
export const DOCUMENTS_KEPT_FOR = JWKS_KEPT_FOR;

const DOCUMENTS = /^\/(?:jwks|\.well-known\/[^/]+)\/?$/iu;

/** `issuer`: the realm of clients' credentials. Around what answers problems. */
export function completeAnswers(issuer: string): Middleware {
  return async (ctx, next) => {
    await next();
    if (!isForPrograms(ctx)) return;
    const isDocument = ctx.status === 200 && DOCUMENTS.test(ctx.path);
    const kept = isDocument ? `public, max-age=${DOCUMENTS_KEPT_FOR}` : 'no-store';
    ctx.set('Cache-Control', kept);
    // RFC 9110 §15.5.2; the library sends it to those alone who tried with the header (RFC 6749 §5.2).
    if (ctx.status === 401 && !ctx.response.get('WWW-Authenticate'))
      ctx.set('WWW-Authenticate', `Basic realm="${issuer}"`);
  };
}
