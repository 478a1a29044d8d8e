/** The query of an address is bounded before anybody reads it: what is kept of a request comes from there. */
import type { Middleware } from 'koa';
import { LONGEST_PARAMETERS, LONGEST_STATE } from '../../oidc/authorization/request-limits.ts';
import { Problem } from '../../problem.ts';

/**
 * Problem `request-too-long`, a page of ours. `statePaths`: where no client could be told of a `state`
 * that is too long, so that it is a problem as well.
 */
export function boundedQuery(statePaths: readonly string[]): Middleware {
  return (ctx, next) => {
    const { state } = statePaths.includes(ctx.path) ? ctx.query : {};
    const isLong = ctx.querystring.length > LONGEST_PARAMETERS;
    if (isLong || Buffer.byteLength(String(state ?? '')) > LONGEST_STATE)
      throw new Problem('request-too-long', { status: 400 });
    return next();
  };
}
