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

export interface DirectAnswer {
  method: 'GET' | 'POST';
  path: string;
  /** The library's name of it. */
  route: string;
  /**
   * The body of the answer, or what answers and changes something: that is begun once, and never anew. Undefined: the
   * library is to answer. What it rejects with, the library comes to as well.
   */
  answer(ctx: KoaContextWithOIDC): Promise<object | (() => Promise<void>) | undefined>;
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

/** The last before the library. */
export function answerDirectly(provider: Provider, all: readonly DirectAnswer[]): Middleware {
  const { OIDCContext } = provider as unknown as Inside;
  const byPath = new Map(all.map((one) => [one.path, one]));
  const tried = async (ctx: Context, next: Next, { route, answer }: DirectAnswer) => {
    ctx['_matchedRouteName'] = route;
    ctx['oidc'] = new OIDCContext(ctx);
    const work = () => answer(ctx as KoaContextWithOIDC);
    const answered = await requests.run(ctx, work).catch(() => undefined);
    if (!answered) {
      // The library's own; it can be defined once.
      delete ctx['oidc'];
      return next();
    }
    ctx.set(HEADERS);
    if (typeof answered === 'function') await requests.run(ctx, answered as () => Promise<void>);
    else ctx.body = answered;
  };
  return (ctx, next) => {
    const { url = '', method, headers } = ctx.req;
    const one = byPath.get(url);
    if (!one || one.method !== method || !isPlain(headers)) return next();
    return tried(ctx, next, one);
  };
}

/** Of a page, a proof of possession, or a client's second way to say who it is: the library knows what to say of each. */
const UNUSUAL = ['origin', 'dpop', 'oauth-client-attestation', 'oauth-client-attestation-pop'];

function isPlain(headers: NodeJS.Dict<string | string[]>): boolean {
  return UNUSUAL.every((name) => headers[name] === undefined);
}
