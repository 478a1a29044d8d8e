/** The reader's time zone: only their browser knows it, and tells it in a cookie of its own (latchkey.js). */
import type { Context } from 'koa';

/** An IANA name that Intl knows, or undefined: none was sent, or none that is one. */
export function zoneOf(ctx: Pick<Context, 'cookies'>): string | undefined {
  const zone = ctx.cookies.get('__Host-latchkey_zone') ?? ctx.cookies.get('latchkey_zone');
  return zone !== undefined && isZone(zone) ? zone : undefined;
}

/** Offsets such as `+01:00` are not what a browser says, and there are too many of them. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z][\w+/-]{1,40}$/u.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
