/**
 * The library knows one answer for what it did not expect: 500. A store that cannot serve for the
 * moment is a 503, so that programs try again, and their keepers look at the right thing.
 */
import type { Context, Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import { StoreUnavailable } from '../storage/store.ts';

/** RFC 6749 §4.1.2.1 has the word; the token endpoint has none of its own (§5.2). */
const BODY = {
  error: 'temporarily_unavailable',
  error_description: 'the service is temporarily unavailable, try again later',
};
/** Seconds. */
const RETRY_AFTER = '5';

/**
 * Outside of what answers problems. `isForPrograms`: the endpoints whose errors are JSON whatever it
 * was that failed; a page that the answer is already is left as it is.
 */
export function answerUnavailable(
  provider: Pick<Provider, 'on'>,
  isForPrograms: (ctx: Context) => boolean,
): Middleware {
  const unavailable = new WeakSet<object>();
  provider.on('server_error', (ctx, error) => {
    if (isUnavailable(error)) unavailable.add(ctx);
  });
  return async (ctx, next) => {
    await next();
    const isProgram = isForPrograms(ctx);
    if (!unavailable.has(ctx) && !(isProgram && ctx.status === 503)) return;
    const isPage =
      ctx.response.is('html') && !(isProgram && ctx.accepts('json', 'html') === 'json');
    ctx.status = 503;
    ctx.set('Retry-After', RETRY_AFTER);
    ctx.set('Cache-Control', 'no-store');
    if (isPage) return;
    ctx.type = 'json';
    ctx.body = BODY;
  };
}

/** The library may have wrapped it. */
function isUnavailable(error: unknown): boolean {
  if (error instanceof StoreUnavailable) return true;
  return error instanceof Error && error.cause !== undefined && isUnavailable(error.cause);
}
