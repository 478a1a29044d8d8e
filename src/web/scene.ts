/** Where a request comes from, as it is recorded and counted. */
import { isIPv4, isIPv6 } from 'node:net';
import type { Context } from 'koa';
import type { Scene } from '../audit/event.ts';

const LONGEST_USER_AGENT = 300;

/** `client`: `client_id` of the relying party that it is for, if any. */
export function sceneOf(ctx: Context, client: string | null): Scene {
  const userAgent = ctx.get('user-agent').replaceAll(/\p{Cc}/gu, '');
  return { client, address: ctx.ip, userAgent: userAgent.slice(0, LONGEST_USER_AGENT) || null };
}

/** What addresses are counted by: IPv4 whole, IPv6 by /64, as one customer has at least that much. */
export function addressBlock(address: string): string {
  const plain = unmapped(address);
  return isIPv6(plain) ? groupsOf(plain).slice(0, 4).join(':') : plain;
}

/**
 * The network, as people are shown it: IPv4 by /24 (`203.0.113.…`), IPv6 by /48 (`2001:db8:1:…`);
 * '' for what is no address.
 */
export function addressPrefix(address: string | null): string {
  const plain = unmapped(address ?? '');
  if (isIPv4(plain)) return `${plain.split('.').slice(0, 3).join('.')}.…`;
  return isIPv6(plain) ? `${groupsOf(plain).slice(0, 3).join(':')}:…` : '';
}

/** An IPv4 address may come in the form that sockets of both families give it. */
function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/u, '');
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = '', tail = ''] = address.split('::');
  const left = head.split(':').filter((part) => part !== '');
  const right = tail.split(':').filter((part) => part !== '');
  const zeros = address.includes('::')
    ? Array.from({ length: 8 - left.length - right.length }, () => '0')
    : [];
  return [...left, ...zeros, ...right].map((part) => part.replace(/^0+(?=.)/u, ''));
}
