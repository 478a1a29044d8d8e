/** Security headers of every answer, and the one Content-Security-Policy (CSP Level 3). */
import type { Context, Middleware } from 'koa';

const SELF = "form-action 'self'";
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  SELF,
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * No app opens these in a window of its own. A sign-in may be in a popup, whose callback wants the
 * `window.opener` that Cross-Origin-Opener-Policy takes away, from any page on the way.
 */
const NEVER_A_POPUP = /^\/(account|admin)(\/|$)/iu;

export function securityHeaders(secure: boolean): Middleware {
  return async (ctx, next) => {
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('Referrer-Policy', 'same-origin');
    if (NEVER_A_POPUP.test(ctx.path)) ctx.set('Cross-Origin-Opener-Policy', 'same-origin');
    if (secure) ctx.set('Strict-Transport-Security', 'max-age=31536000; includeSubDomains');
    // Before the answer is made: the library adds the hash of its one script (form_post) to it.
    ctx.set('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    await next();
  };
}

/**
 * On the answer that signs somebody out: nothing of their pages stays in the browser (Clear Site Data,
 * W3C). Cookies stay, as they hold the trust in the computer.
 */
export function clearSiteData(ctx: Pick<Context, 'set'>): void {
  ctx.set('Clear-Site-Data', '"cache", "storage"');
}

/**
 * A form may lead to an app on the device, by the scheme that is its own (RFC 8252 §7.1). Every other way
 * from a form to an app goes by a page of ours (client-redirect.ts).
 */
export function allowPrivateScheme(ctx: Context, uri: unknown): void {
  const scheme = privateScheme(uri);
  if (scheme === undefined) return;
  const policy = ctx.response.get('Content-Security-Policy');
  ctx.set('Content-Security-Policy', policy.replace(SELF, `${SELF} ${scheme}`));
}

/** With its colon; undefined: it is an address of the web, or none at all. */
export function privateScheme(uri: unknown): string | undefined {
  const protocol = typeof uri === 'string' ? URL.parse(uri)?.protocol : undefined;
  return protocol === 'https:' || protocol === 'http:' ? undefined : protocol;
}
