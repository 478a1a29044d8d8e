/** Where a request comes from, as it is recorded and counted. */
import { isIPv6 } from 'node:net';
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
  const plain = address.replace(/^::ffff:(?=\d+\.)/u, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail = ''] = plain.split('::');
  const left = head.split(':').filter((part) => part !== '');
  const right = tail.split(':').filter((part) => part !== '');
  const zeros = plain.includes('::')
    ? Array.from({ length: 8 - left.length - right.length }, () => '0')
    : [];
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/u, ''))
    .join(':');
}
