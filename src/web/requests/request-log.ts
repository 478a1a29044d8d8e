/** One line a request, without query strings, bodies or cookies: those carry secrets. */
import type { Middleware } from 'koa';
import type { Logger } from 'pino';

/** `now`: milliseconds with a fraction, for durations. */
export function requestLog(log: Logger, now: () => number): Middleware {
  return async (ctx, next) => {
    const started = now();
    try {
      await next();
    } finally {
      const ms = Math.round((now() - started) * 10) / 10;
      const { method, path, status, ip } = ctx;
      const id: unknown = ctx.state['requestId'];
      log.info({ id, method, path: withoutIds(path), status, ms, ip });
    }
  };
}

/** A sign-in's uid opens it in its browser; it is no business of the log's readers. Routes are found in any case. */
function withoutIds(path: string): string {
  return path.replace(/^\/(interaction|auth)\/[^/]+/iu, '/$1/:uid');
}
