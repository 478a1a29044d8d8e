/**
 * The issuer is what the configuration says, never what a request says: oidc-provider derives its
 * URLs from the request, so a foreign Host must not get that far. Headers of proxies count only from
 * configured proxies.
 */
import { BlockList, isIPv6 } from 'node:net';
import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
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
    const internal =
      rules.internalHosts.includes(ctx.get('host')) && rules.internalPaths.includes(ctx.path);
    if (ctx.get('host') !== host && !internal) throw new Problem('host', { status: 421 });
    settleProxyHeaders(ctx.req, proxies, protocol.slice(0, -1));
    await next();
  };
}

/** Leaves the client's address as the only forwarded one, and the scheme of the issuer. */
function settleProxyHeaders(request: IncomingMessage, proxies: BlockList, scheme: string): void {
  const { headers, socket } = request;
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
  const route = [...forwarded.map((address) => address.trim()), socket.remoteAddress ?? ''];
  const client = route
    .filter((address) => address !== '')
    .findLast((address) => !listed(proxies, address));
  headers['x-forwarded-for'] = client ?? socket.remoteAddress ?? '';
  headers['x-forwarded-proto'] = scheme;
  delete headers['x-forwarded-host'];
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
