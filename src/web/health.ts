/** Probes: `/healthz` says that the process answers, `/readyz` that it can serve. Any Host may ask. */
import type { RequestListener } from 'node:http';
import type { Middleware } from 'koa';
import type { Store } from '../storage/store.ts';

/** Milliseconds that an answer of the store is good for: probing it writes, and anybody may probe. */
const GOOD_FOR = 1000;

/** `now`: milliseconds since the epoch. */
export function healthProbes(store: Pick<Store, 'ping'>, now: () => number): Middleware {
  const isReady = probe(store, now);
  return async (ctx, next) => {
    if (ctx.path !== '/healthz' && ctx.path !== '/readyz') return next();
    ctx.set('Cache-Control', 'no-store');
    ctx.body = { status: 'ok' };
    if (ctx.path === '/healthz' || (await isReady())) return undefined;
    // The reason goes to the log of the store; a probe that anybody may call tells the part only.
    ctx.status = 503;
    ctx.set('Retry-After', '5');
    ctx.body = { status: 'not ready', store: 'unavailable' };
    return undefined;
  };
}

function probe(store: Pick<Store, 'ping'>, now: () => number): () => Promise<boolean> {
  let asked = -Infinity;
  let answer = Promise.resolve(false);
  return () => {
    if (Math.abs(now() - asked) < GOOD_FOR) return answer;
    asked = now();
    answer = store.ping().then(
      () => true,
      () => false,
    );
    return answer;
  };
}

/** What is answered before the store is reached. */
export function startingHandler(): RequestListener {
  return (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const alive = pathname === '/healthz';
    response.writeHead(alive ? 200 : 503, {
      'Cache-Control': 'no-store',
      'Content-Security-Policy': "default-src 'none'",
      'Content-Type': 'application/json',
      'X-Content-Type-Options': 'nosniff',
      ...(alive ? {} : { 'Retry-After': '5' }),
    });
    const parts = { server: 'starting', store: 'unavailable' };
    response.end(JSON.stringify(alive ? { status: 'ok' } : { status: 'not ready', parts }));
  };
}
