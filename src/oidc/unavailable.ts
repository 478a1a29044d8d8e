/**
 * The library knows one answer for what it did not expect: 500. A store that cannot serve for the
 * moment is a 503, so that programs try again, and their keepers look at the right thing.
 */
import type { Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import { StoreUnavailable } from '../storage/store.ts';
import { isForPrograms } from './endpoints.ts';

/** RFC 6749 §4.1.2.1 has the word; the token endpoint has none of its own (§5.2). */
const BODY = {
  error: 'temporarily_unavailable',
  error_description: 'the service is temporarily unavailable, try again later',
};
/** Seconds. */
const RETRY_AFTER = '5';

/**
 * Inside of what answers problems: what the library has answered, a redirect to the app maybe, gives
 * way to the error itself.
 */
export function rethrowUnavailable(provider: Pick<Provider, 'on'>): Middleware {
  const unavailable = new WeakMap<object, Error>();
  provider.on('server_error', (ctx, error) => {
    if (isUnavailable(error)) unavailable.set(ctx, error);
  });
  return async (ctx, next) => {
    await next();
    const cause = unavailable.get(ctx);
    // A page that says so is there already where the library had nowhere to redirect to.
    if (cause && ctx.status !== 503) throw new StoreUnavailable(cause.message, { cause });
  };
}

/** Outside of what answers problems. */
export const answerUnavailable: Middleware = async (ctx, next) => {
  await next();
  if (ctx.status !== 503 || !isForPrograms(ctx)) return;
  ctx.set('Retry-After', RETRY_AFTER);
  ctx.set('Cache-Control', 'no-store');
  ctx.type = 'json';
  ctx.body = BODY;
};

/** The library may have wrapped it. */
function isUnavailable(error: unknown): boolean {
  if (error instanceof StoreUnavailable) return true;
  return error instanceof Error && error.cause !== undefined && isUnavailable(error.cause);
}
