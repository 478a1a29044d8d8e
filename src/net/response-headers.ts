/** Security headers of every answer, and the one Content-Security-Policy (CSP Level 3). */
import type { Context, Middleware } from 'koa';

const SELF = "'self'";
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src ${SELF}`,
  `script-src ${SELF}`,
  `img-src ${SELF} data:`,
  `connect-src ${SELF}`,
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');
const WITH_OWN_FORMS = policyOf(SELF);

/**
 * No app opens these in a window of its own. A sign-in may be in a popup, whose callback wants the
 * `window.opener` that Cross-Origin-Opener-Policy takes away, from any page on the way.
 */
const NEVER_A_POPUP = /^\/(account|admin)(\/|$)/iu;

export function securityHeaders(secure: boolean): Middleware {
  const headers = headersOfAll(secure);
  return (ctx, next) => {
    if (NEVER_A_POPUP.test(ctx.path)) ctx.set('Cross-Origin-Opener-Policy', 'same-origin');
    ctx.set(headers);
    return next();
  };
}

/** Those of every answer, whatever is asked for. */
export function headersOfAll(secure: boolean): Record<string, string> {
  return {
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
    ...(secure ? { 'Strict-Transport-Security': 'max-age=31536000; includeSubDomains' } : {}),
    'Content-Security-Policy': WITH_OWN_FORMS,
  };
}

/**
 * On the answer that signs somebody out: nothing of their pages stays in the browser (Clear Site Data,
 * W3C). Cookies stay, as they hold the trust in the computer.
 */
export function clearSiteData(ctx: Pick<Context, 'set'>): void {
  ctx.set('Clear-Site-Data', '"cache", "storage"');
}

/** `forms`: where they may lead. Null: anywhere, for a page whose one form is the answer to an app. */
export function setContentPolicy(ctx: Pick<Context, 'set'>, forms: string | null = SELF): void {
  const policy = forms === null ? CONTENT_SECURITY_POLICY : policyOf(forms);
  ctx.set('Content-Security-Policy', forms === SELF ? WITH_OWN_FORMS : policy);
}

function policyOf(forms: string): string {
  return `${CONTENT_SECURITY_POLICY}; form-action ${forms}`;
}

/**
 * A form may lead to an app on the device, by the scheme that is its own (RFC 8252 §7.1). Every other way
 * from a form to an app goes by a page of ours (client-redirect.ts).
 */
export function allowPrivateScheme(ctx: Pick<Context, 'set'>, uri: unknown): void {
  const scheme = privateScheme(uri);
  if (scheme !== undefined) setContentPolicy(ctx, `${SELF} ${scheme}`);
}

/** With its colon; undefined: it is an address of the web, or none at all. */
export function privateScheme(uri: unknown): string | undefined {
  const protocol = typeof uri === 'string' ? URL.parse(uri)?.protocol : undefined;
  return protocol === 'https:' || protocol === 'http:' ? undefined : protocol;
}
