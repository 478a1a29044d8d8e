/**
 * The issuer is what the configuration says, never what a request says: oidc-provider derives its
 * URLs from the request, so a foreign Host must not get that far, and a spelling of our own that is
 * not the issuer's neither. Headers of proxies count only from configured proxies.
 */
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import { parseBlock } from '../../net/address.ts';
import { isPassedOn, originOf, type Origin } from '../../net/forwarded.ts';
import { isAmbiguous, normalHost } from '../../net/host.ts';
import { Problem } from '../../problem.ts';

export interface HostRules {
  issuer: string;
  /** Host names that may reach the paths below besides the issuer's. */
  internalHosts: readonly string[];
  internalPaths: readonly string[];
  /** Addresses or networks in CIDR form. */
  proxies: readonly string[];
}

/** What else names a host, a scheme, or whom a request comes from. */
const FORWARDED = ['forwarded', 'x-forwarded-host', 'x-forwarded-port'] as const;

/**
 * The first of all: whatever comes after it sees a path as target, the issuer's own Host and scheme,
 * and the client's address as the only forwarded one. What is wrong with the request is refused by
 * `refuseMisdirected`, where there are pages to say so. `now`: milliseconds since the epoch.
 */
export function settleRequest(
  rules: HostRules,
  { log, now }: { log: Pick<Logger, 'warn'>; now(): number },
): Middleware {
  const { host, protocol } = new URL(rules.issuer);
  const settleOrigin = originSettler(rules.proxies, hourly(log, now));
  const isOurs = hostJudge(rules);
  const values = { issuer: rules.issuer };
  return (ctx, next) => {
    const { req, request } = ctx;
    const ambiguous = isAmbiguous(req);
    if (ambiguous) req.url = ctx.originalUrl = request.originalUrl = '/';
    if (ambiguous) ctx.state[REFUSED] = new Problem('ambiguous-request', { values });
    else if (!isOurs(ctx)) ctx.state[REFUSED] = new Problem('host', { status: 421, values });
    req.headers.host = host;
    req.headers['x-forwarded-proto'] = protocol.slice(0, -1);
    for (const name of FORWARDED) delete req.headers[name];
    settleOrigin(ctx);
    return next();
  };
}

const REFUSED = 'refused';

/** Will it be refused? */
export function isMisdirected({ state }: Pick<Context, 'state'>): boolean {
  return state[REFUSED] !== undefined;
}

/** Problem `ambiguous-request` (400), or `host` (421) for another Host. Health probes are answered before this. */
export const refuseMisdirected: Middleware = (ctx, next) => {
  const refused: unknown = ctx.state[REFUSED];
  if (refused instanceof Problem) throw refused;
  return next();
};

function hostJudge({ issuer, internalHosts, internalPaths }: HostRules) {
  const { host, protocol } = new URL(issuer);
  const ports = [protocol === 'https:' ? 443 : 80];
  const own = normalHost(host, ports);
  // Programs inside come by either scheme, whatever the issuer's is.
  const internal = internalHosts.map((each) => normalHost(each, [80, 443]));
  return (ctx: Context): boolean => {
    const given = ctx.req.headers.host ?? '';
    // As nearly everybody spells it.
    if (given === host) return true;
    const named = normalHost(given, ports);
    if (named === undefined) return false;
    if (named === own) return true;
    return internalPaths.includes(ctx.path) && internal.includes(normalHost(given, [80, 443]));
  };
}

function originSettler(
  proxies: readonly string[],
  warn: (about: object) => void,
): (ctx: Context) => void {
  const blocks = proxies.map(parseBlock).filter((block) => block !== undefined);
  // Of one connection it is always the same, as long as nobody passes requests on by it.
  const peers = new WeakMap<object, Origin>();
  const ofPeer = (socket: object, peer: string): Origin => {
    const known = peers.get(socket) ?? originOf(undefined, peer, blocks);
    peers.set(socket, known);
    return known;
  };
  return ({ req: { headers, socket }, request }) => {
    const forwarded = headers['x-forwarded-for']?.toString();
    const peer = socket.remoteAddress ?? '';
    const { address, unread } =
      forwarded === undefined ? ofPeer(socket, peer) : originOf(forwarded, peer, blocks);
    if (headers['x-request-id'] && !isPassedOn(peer, blocks)) delete headers['x-request-id'];
    if (unread !== undefined) warn({ proxy: peer, entry: unread.slice(0, 100) });
    headers['x-forwarded-for'] = request.ip = address;
  };
}

const HOUR = 3_600_000;

/** What is wrong with one request is wrong with all that the proxy passes on. */
function hourly(log: Pick<Logger, 'warn'>, now: () => number): (about: object) => void {
  let warnedAt = -Infinity;
  return (about) => {
    if (Math.abs(now() - warnedAt) < HOUR) return;
    warnedAt = now();
    log.warn(
      about,
      'an entry of X-Forwarded-For is no address: the request counts as the proxy’s own',
    );
  };
}
