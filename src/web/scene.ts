/** Where a request comes from, as it is recorded. */
import type { Context } from 'koa';
import type { Scene } from '../audit/event.ts';

const LONGEST_USER_AGENT = 300;

/** `client`: `client_id` of the relying party that it is for, if any. */
export function sceneOf(ctx: Context, client: string | null): Scene {
  const userAgent = ctx.get('user-agent').replaceAll(/\p{Cc}/gu, '');
  return { client, address: ctx.ip, userAgent: userAgent.slice(0, LONGEST_USER_AGENT) || null };
}
