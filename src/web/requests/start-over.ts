/**
 * An error takes the place of an answer that was being made. Nothing of that one may go along: a
 * `Location` with a code whose grant is not stored, the cookie of a session that is not, its length.
 */
import type { OutgoingHttpHeaders } from 'node:http';
import type { Context } from 'koa';

/** Where an answer starts over from: the headers that every answer has. */
export function markStart(ctx: Context): void {
  ctx.state['headersOfAll'] = ctx.res.getHeaders();
}

/**
 * Forgets all that was set since. The cookies stay with an error of the request itself (`status` below
 * 500): what they name was stored, and their old values may be void.
 */
export function startOver(ctx: Context, status: number): void {
  if (ctx.headerSent) return;
  const ofAll = (ctx.state['headersOfAll'] ?? {}) as OutgoingHttpHeaders;
  for (const name of ctx.res.getHeaderNames())
    if (!(name in ofAll) && !(name === 'set-cookie' && status < 500)) ctx.remove(name);
  for (const [name, value] of Object.entries(ofAll))
    if (value !== undefined) ctx.res.setHeader(name, value);
}
