/** The reader's time zone: only their browser knows it, and tells it in a cookie of its own (latchkey.js). */
import type { Context } from 'koa';
import { LRUCache } from 'lru-cache';

/** An IANA name that Intl knows, or undefined: none was sent, or none that is one. */
export function zoneOf(ctx: Pick<Context, 'cookies'>): string | undefined {
  const zone = ctx.cookies.get('__Host-latchkey_zone') ?? ctx.cookies.get('latchkey_zone');
  return zone !== undefined && isZone(zone) ? zone : undefined;
}

/** Offsets such as `+01:00` are not what a browser says, and there are too many of them. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z][\w+/-]{1,40}$/u.test(name)) return false;
  const isOne = asked.get(name) ?? isKnownToIntl(name);
  asked.set(name, isOne);
  return isOne;
}

/** Asking Intl takes longer than all else here; the zones of readers are few, whatever is made up. */
const asked = new LRUCache<string, boolean>({ max: 500 });

function isKnownToIntl(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
