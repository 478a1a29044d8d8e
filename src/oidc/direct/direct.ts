/**
 * Tokens, introspection and userinfo, which machines ask for all day: the usual request is answered here, by the library's
 * own models and the same rules as ever, and without what the library does around them for every other one.
 *
 * Whatever is unusual of a request, or not understood, is left to the library, which begins anew: nothing may be counted
 * or used up before an answer. test/oidc/direct*.test.ts compare both.
 */
import type { Context, Middleware, Next } from 'koa';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import requests from 'oidc-provider/lib/helpers/als.js';
import type { DeferredWrites } from '../adapters/deferred-writes.ts';

export interface DirectAnswer<Answer extends object> {
  method: 'GET' | 'POST';
  path: string;
  /** The library's name of it. */
  route: string;
  /** Undefined: the library is to answer. What it rejects with, the library comes to as well. */
  answer(ctx: KoaContextWithOIDC): Promise<Answer | undefined>;
}

/** The library, as far as it is used here. */
interface Inside {
  OIDCContext: new (ctx: object) => KoaContextWithOIDC['oidc'];
}

/** As the library sends them to whoever asks from no page (Origin). */
const HEADERS = {
  Vary: 'Origin',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'WWW-Authenticate',
  'Cache-Control': 'no-store',
};

export interface DirectParts {
  /** Each gives the body of its answer. */
  answers: readonly DirectAnswer<object>[];
  /** Those of every answer (net/response-headers.ts). */
  headers: Readonly<Record<string, string>>;
  /** Is there nothing wrong with the request, and nothing that has to be read before any is answered? */
  mayAnswer(ctx: Context): boolean;
  deferredWrites: Pick<DeferredWrites, 'settled'>;
}

/**
 * Around all that sets headers or waits for an answer, inside of what names, measures and logs a request: what that
 * would add is here already, and it is one writing.
 */
export function answerDirectly(provider: Provider, parts: DirectParts): Middleware {
  const byPath = new Map(parts.answers.map((one) => [one.path, one]));
  const type = { 'Content-Type': 'application/json; charset=utf-8' };
  const headers = Object.entries({ ...parts.headers, ...HEADERS, ...type });
  const durably =
    ({ answer }: DirectAnswer<object>) =>
    async (ctx: KoaContextWithOIDC): Promise<object | undefined> => {
      const body = await answer(ctx);
      await parts.deferredWrites.settled(ctx);
      return body;
    };
  const tried = async (ctx: Context, next: Next, one: DirectAnswer<object>): Promise<void> => {
    const body = await inItsPlace(provider, ctx, one.route, durably(one));
    if (body) write(ctx, headers, JSON.stringify(body));
    else await next();
  };
  return (ctx, next) => {
    const one = byPath.get(ctx.req.url ?? '');
    return one && isFor(ctx, one) && parts.mayAnswer(ctx) ? tried(ctx, next, one) : next();
  };
}

/**
 * The last before the library. `start` changes nothing and gives what answers, which is begun once and never anew: what
 * is around it knows what to say when the store can't be had.
 */
export function grantDirectly(
  provider: Provider,
  start: DirectAnswer<() => Promise<void>>,
): Middleware {
  const tried = async (ctx: Context, next: Next): Promise<void> => {
    const grant = await inItsPlace(provider, ctx, start.route, start.answer);
    if (!grant) return next();
    ctx.set(HEADERS);
    await requests.run(ctx, grant);
  };
  return (ctx, next) => (isFor(ctx, start) ? tried(ctx, next) : next());
}

/** As if it were the library; undefined, and as if nobody had been there, where `work` gives nothing. */
async function inItsPlace<R extends object>(
  provider: Provider,
  ctx: Context,
  route: string,
  work: (ctx: KoaContextWithOIDC) => Promise<R | undefined>,
): Promise<R | undefined> {
  const { OIDCContext } = provider as unknown as Inside;
  ctx['_matchedRouteName'] = route;
  ctx['oidc'] = new OIDCContext(ctx);
  const done = await requests
    .run(ctx, () => work(ctx as KoaContextWithOIDC))
    .catch(() => undefined);
  // The library's own; it can be defined once.
  if (!done) delete ctx['oidc'];
  return done;
}

function write(ctx: Context, headers: readonly [string, string][], body: string): void {
  const { res } = ctx;
  ctx.respond = false;
  res.statusCode = 200;
  for (const [name, value] of headers) res.setHeader(name, value);
  res.setHeader('Content-Length', Buffer.byteLength(body));
  res.end(body);
}

function isFor({ req }: Context, { path, method }: DirectAnswer<object>): boolean {
  return req.url === path && req.method === method && isPlain(req.headers);
}

/** Of a page, a proof of possession, or a client's second way to say who it is: the library knows what to say of each. */
const UNUSUAL = ['origin', 'dpop', 'oauth-client-attestation', 'oauth-client-attestation-pop'];

function isPlain(headers: NodeJS.Dict<string | string[]>): boolean {
  return UNUSUAL.every((name) => headers[name] === undefined);
}
