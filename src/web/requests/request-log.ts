/** One line a request, without query strings, bodies or cookies: those carry secrets. */
import { randomBytes } from 'node:crypto';
import type { Middleware } from 'koa';
import type { Logger } from 'pino';

/** `now`: milliseconds with a fraction, for durations. */
export function requestLog(log: Logger, now: () => number): Middleware {
  // Unlike any other process's; the counter tells the requests of this one apart.
  const run = randomBytes(6).toString('base64url');
  let count = 0;
  return async (ctx, next) => {
    const started = now();
    count += 1;
    const id = `${run}-${count}`;
    ctx.state['requestId'] = id;
    try {
      await next();
    } finally {
      const ms = Math.round((now() - started) * 10) / 10;
      const { method, path, status, ip } = ctx;
      log.info({ id, method, path: withoutIds(path), status, ms, ip });
    }
  };
}

/** A sign-in's uid opens it in its browser; it is no business of the log's readers. Routes are found in any case. */
function withoutIds(path: string): string {
  return path.replace(/^\/(interaction|auth)\/[^/]+/iu, '/$1/:uid');
}
