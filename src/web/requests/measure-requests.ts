/** Tells how long each request took, under labels that no request can add to. */
import type { Context, Middleware } from 'koa';

export interface RequestMeter {
  request(about: MeasuredRequest, seconds: number): void;
}

export interface MeasuredRequest {
  /** `other` for one that no page or endpoint knows. */
  method: string;
  /** The pattern of the page's route, the library's name of its endpoint, or one of a few words. */
  route: string;
  status: number;
}

const KNOWN_METHODS: readonly string[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
];

/** `clock`: milliseconds with a fraction, for durations. */
export function measureRequests(meter: RequestMeter, clock: () => number): Middleware {
  return async (ctx, next) => {
    const started = clock();
    try {
      await next();
    } finally {
      const { method, status } = ctx;
      const known = KNOWN_METHODS.includes(method) ? method : 'other';
      meter.request({ method: known, route: routeOf(ctx), status }, (clock() - started) / 1000);
    }
  };
}

/** Never the path: it has ids in it, and anybody can make up a new one. */
function routeOf(ctx: Context): string {
  const { path } = ctx;
  if (path === '/healthz' || path === '/readyz') return 'probe';
  // Both routers leave them; only the library's routes have names.
  const name: unknown = ctx['_matchedRouteName'] ?? ctx['_matchedRoute'];
  if (typeof name === 'string') return name;
  if (path.startsWith('/assets/')) return 'asset';
  return path === '/' ? '/' : 'none';
}
