/**
 * Discovery and the JWKS, which are the same for everybody: answered by the library and all that stands around
 * it once for what they are made of, and then with the same text and headers. Of discovery that is a reading of the
 * resources, half a second old at most; of the JWKS the set of keys, for which no store is asked.
 */
import type { Context, Middleware, Next } from 'koa';
import type { Resources } from '../../oidc/resources/resources.ts';
import type { FollowedKeys } from '../../oidc/tokens/followed-keys.ts';
import { isMisdirected } from './host.ts';

const JWKS = '/jwks';
const DOCUMENTS: readonly string[] = [
  JWKS,
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
];

interface Prepared {
  headers: [name: string, value: string | number | string[]][];
  body: string;
  /** For the metrics. */
  route: unknown;
}

/**
 * Around all that sets headers, inside of what names, measures and logs a request. Whoever asks otherwise than
 * is usual, or from a page of another site (Origin), is answered as ever.
 */
export function prepareDocuments(
  resources: Resources,
  signing: Pick<FollowedKeys, 'jwks' | 'isRecent'>,
): Middleware {
  const prepared = new WeakMap<object, Map<string, Prepared>>();
  const keys = (): object | undefined => (signing.isRecent() ? signing.jwks : undefined);
  const answerOrPrepare = async (ctx: Context, next: Next): Promise<void> => {
    // What cannot be read is told by whoever needs it.
    const of = ctx.path === JWKS ? keys() : await resources.known().catch(() => undefined);
    if (!of) return next();
    const documents = prepared.get(of) ?? new Map<string, Prepared>();
    prepared.set(of, documents);
    const known = documents.get(ctx.path);
    if (known) return answerAsKnown(ctx, known);
    const before = ctx.res.getHeaderNames();
    await next();
    const made = madeBy(ctx, before);
    // The keys may have been read again meanwhile.
    if (made && (ctx.path !== JWKS || of === keys())) documents.set(ctx.path, made);
  };
  return (ctx, next) =>
    DOCUMENTS.includes(ctx.path) && isUsual(ctx) ? answerOrPrepare(ctx, next) : next();
}

function isUsual(ctx: Context): boolean {
  const { headers, url, method } = ctx.req;
  return (
    method === 'GET' && url === ctx.path && headers.origin === undefined && !isMisdirected(ctx)
  );
}

/** `before`: names of headers that are of the one request alone. */
function madeBy(ctx: Context, before: readonly string[]): Prepared | undefined {
  const { body, status, res } = ctx;
  if (status !== 200 || typeof body !== 'object' || body === null) return undefined;
  const json = JSON.stringify(body);
  const set = res.getHeaderNames().filter((name) => !before.includes(name));
  const headers = set.map((name): Prepared['headers'][number] => [name, res.getHeader(name) ?? '']);
  headers.push(['Content-Length', Buffer.byteLength(json)]);
  return { headers, body: json, route: ctx['_matchedRouteName'] };
}

function answerAsKnown(ctx: Context, { headers, body, route }: Prepared): void {
  const { res } = ctx;
  ctx['_matchedRouteName'] = route;
  ctx.respond = false;
  res.statusCode = 200;
  for (const [name, value] of headers) res.setHeader(name, value);
  res.end(body);
}
