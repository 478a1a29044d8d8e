/** A name for each request: in its answer, its line of the log, and the audit events that it makes. */
import { randomBytes } from 'node:crypto';
import type { Middleware } from 'koa';

/** What a proxy gives (a UUID, a W3C trace id, hexadecimal): nothing that could be mistaken for text of the log. */
const GIVEN = /^[\w.~:/+=-]{1,100}$/u;

/**
 * The proxy's `X-Request-Id`, else one of ours; kept in `ctx.state.requestId`. After `settleRequest`, which lets
 * only configured proxies say it.
 */
export function identifyRequests(): Middleware {
  // Unlike any other process's; the counter tells the requests of this one apart.
  const run = randomBytes(6).toString('base64url');
  let count = 0;
  return (ctx, next) => {
    count += 1;
    const given = ctx.get('x-request-id');
    const id = GIVEN.test(given) ? given : `${run}-${count}`;
    ctx.state['requestId'] = id;
    ctx.set('X-Request-Id', id);
    return next();
  };
}
