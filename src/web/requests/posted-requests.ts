/**
 * Requests that may come as a form where the library knows GET alone (OpenID Connect Core §3.1.2.1,
 * RP-Initiated Logout §2). A form that another site posts carries no SameSite=Lax cookie: answered
 * directly it would be that of nobody. The browser is sent to the same request by GET, which carries it.
 */
import type { Context, Middleware } from 'koa';
import getRawBody from 'raw-body';
import { postedPath } from '../../oidc/endpoints.ts';
import { LONGEST_PARAMETERS } from '../../oidc/authorization/request-limits.ts';
import { Problem } from '../../problem.ts';

/**
 * 303 to the library's own path, with the parameters of the form as they came: their order, and those
 * that came twice, are the library's to judge. Problems: `content-type` (415), `request-too-long` (413),
 * `request-aborted`.
 */
export const redirectPosted: Middleware = (ctx, next) => {
  const path = ctx.method === 'POST' ? postedPath(ctx.path) : undefined;
  return path === undefined ? next() : redirect(ctx, path);
};

async function redirect(ctx: Context, path: string): Promise<void> {
  const query = asQuery(await bodyOf(ctx));
  if (query.length > LONGEST_PARAMETERS) throw new Problem('request-too-long', { status: 413 });
  ctx.status = 303;
  ctx.set('Cache-Control', 'no-store');
  ctx.redirect(query === '' ? path : `${path}?${query}`);
}

async function bodyOf(ctx: Context): Promise<Buffer> {
  const isForm =
    Boolean(ctx.is('application/x-www-form-urlencoded')) && !ctx.get('content-encoding');
  const isTyped = ctx.get('content-type') !== '';
  if (!isForm && isTyped) throw new Problem('content-type', { status: 415 });
  const length = ctx.get('content-length') || null;
  const body = await getRawBody(ctx.req, { limit: LONGEST_PARAMETERS, length }).catch(
    (cause: Error & { type?: string }) => {
      if (cause.type === 'entity.too.large')
        throw new Problem('request-too-long', { status: 413, cause });
      throw new Problem('request-aborted', { cause });
    },
  );
  // A request without parameters needs no type.
  if (!isForm && body.length > 0) throw new Problem('content-type', { status: 415 });
  return body;
}

/** A form's encoding is a query's, but for bytes that an address cannot have (RFC 3986 §3.4): they mean themselves. */
function asQuery(body: Buffer): string {
  return body
    .toString('latin1')
    .replaceAll(
      /[^\w.~!$&'()*+,;=:@/?%-]/gu,
      (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    );
}
