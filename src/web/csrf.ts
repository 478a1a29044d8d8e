/** Forms are accepted from our own pages in the browser that was given them, and from nowhere else. */
import type { Context } from 'koa';
import { Problem } from '../problem.ts';
import type { Vault } from '../secrets/vault.ts';
import { browserOf } from './browser-secret.ts';

/** The token for this browser's forms; the field's name is `csrf`. */
export function csrfToken(vault: Vault, ctx: Context): string {
  return vault.hash('csrf', browserOf(ctx));
}

/** Problem `csrf` when the token is missing or another browser's, or the form came from another site. */
export function checkCsrf(
  vault: Vault,
  ctx: Context,
  { given, back }: { given: string | undefined; back: string },
): void {
  const site = ctx.get('sec-fetch-site');
  const fromHere = site === '' || site === 'same-origin' || site === 'none';
  const same = vault.isHash('csrf', browserOf(ctx), given ?? '');
  if (!fromHere || !same) throw new Problem('csrf', { status: 403, back });
}
