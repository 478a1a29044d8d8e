/**
 * The issuer is what the configuration says, never what a request says: oidc-provider derives its
 * URLs from the request, so a foreign Host must not get that far. Headers of proxies count only from
 * configured proxies.
 */
import { BlockList, isIP, isIPv6 } from 'node:net';
import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import { Problem } from '../problem.ts';

export interface HostRules {
  issuer: string;
  /** Host names that may reach the paths below besides the issuer's. */
  internalHosts: readonly string[];
  internalPaths: readonly string[];
  /** Addresses or networks in CIDR form. */
  proxies: readonly string[];
}

/** Problem `host` (421) for another Host. Health probes are answered before this. */
export function pinHost(rules: HostRules): Middleware {
  const { host, protocol } = new URL(rules.issuer);
  const proxies = networks(rules.proxies);
  return async (ctx, next) => {
    if (ctx.get('host') !== host && !isInternal(rules, ctx))
      throw new Problem('host', { status: 421 });
    settleProxyHeaders(ctx.req, proxies, protocol.slice(0, -1));
    await next();
  };
}

function isInternal({ internalHosts, internalPaths }: HostRules, ctx: Context): boolean {
  return internalHosts.includes(ctx.get('host')) && internalPaths.includes(ctx.path);
}

/** Leaves the client's address as the only forwarded one, and the scheme of the issuer. */
function settleProxyHeaders(request: IncomingMessage, proxies: BlockList, scheme: string): void {
  const { headers, socket } = request;
  headers['x-forwarded-for'] = clientAddress(
    headers['x-forwarded-for'],
    socket.remoteAddress ?? '',
    proxies,
  );
  headers['x-forwarded-proto'] = scheme;
  delete headers['x-forwarded-host'];
}

/** The last address on the way here that is no proxy of ours; whatever is before it can be made up. */
function clientAddress(
  forwarded: string | string[] | undefined,
  peer: string,
  proxies: BlockList,
): string {
  if (forwarded === undefined || !listed(proxies, peer)) return peer;
  const route = String(forwarded)
    .split(',')
    .map((address) => address.trim());
  return route.findLast((address) => isIP(address) !== 0 && !listed(proxies, address)) ?? peer;
}

function networks(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

function listed(list: BlockList, address: string): boolean {
  const plain = address.replace(/^::ffff:/u, '');
  return list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}
