/** Probes: `/healthz` says that the process answers, `/readyz` that it can serve. Any Host may ask. */
import type { Middleware } from 'koa';
import type { Store } from '../storage/store.ts';

export function healthProbes(store: Pick<Store, 'ping'>): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/healthz' && ctx.path !== '/readyz') return next();
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { status: 'ok' };
    if (ctx.path === '/healthz') return undefined;
    try {
      await store.ping();
    } catch {
      // The reason goes to the log of the store; a probe that anybody may call tells the part only.
      ctx.status = 503;
      ctx.set('Retry-After', '5');
      ctx.body = { status: 'not ready', store: 'unavailable' };
    }
    return undefined;
  };
}
