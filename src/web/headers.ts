/** Security headers of every answer, and the one Content-Security-Policy (CSP Level 3). */
import type { Context, Middleware } from 'koa';

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function securityHeaders(secure: boolean): Middleware {
  return async (ctx, next) => {
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('Referrer-Policy', 'same-origin');
    ctx.set('Cross-Origin-Opener-Policy', 'same-origin');
    if (secure) ctx.set('Strict-Transport-Security', 'max-age=31536000; includeSubDomains');
    // Before the answer is made: the library adds the hash of its one script (form_post) to it.
    ctx.set('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    await next();
    allowFormTarget(ctx, redirectUri(ctx));
  };
}

/**
 * On the answer that signs somebody out: nothing of their pages stays in the browser (Clear Site Data,
 * W3C). Cookies stay, as they hold the trust in the computer.
 */
export function clearSiteData(ctx: Pick<Context, 'set'>): void {
  ctx.set('Clear-Site-Data', '"cache", "storage"');
}

/** Browsers apply `form-action` to the redirects after a form too: the client's origin must be in it. */
export function allowFormTarget(ctx: Context, uri: unknown): void {
  if (typeof uri !== 'string' || !URL.canParse(uri)) return;
  const { origin, protocol } = new URL(uri);
  const target = origin === 'null' ? protocol : origin;
  const policy = ctx.response.get('Content-Security-Policy');
  ctx.set(
    'Content-Security-Policy',
    policy.replace("form-action 'self'", `form-action 'self' ${target}`),
  );
}

/** Of an authorization request whose redirect URI was found to be the client's. */
function redirectUri(ctx: Context): string | undefined {
  const oidc: unknown = ctx['oidc'];
  if (typeof oidc !== 'object' || oidc === null || !('redirectUriCheckPerformed' in oidc))
    return undefined;
  const params = (oidc as { params?: Record<string, unknown> }).params;
  const uri = params?.['redirect_uri'];
  return typeof uri === 'string' ? uri : undefined;
}
