/** The one-time link by which an installation gets its first administrator. */
import type { Performed } from '../../audit/performed.ts';
import { Problem } from '../../problem.ts';
import { makeLink, readLink, type LinkParts } from '../../records/link.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import { hasAdministrator } from '../people/administrators.ts';
import { permission } from '../permission.ts';

/** A new link's token. `lifetime`: seconds. Problem `set-up-done`: there is an administrator. */
export function makeSetUpLink(
  parts: { store: Store; vault: Vault },
  performed: Performed,
  lifetime: number,
): Promise<Result<string>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'installation.set-up-link');
    may({});
    if (await hasAdministrator(parts.store)) throw new Problem('set-up-done', { status: 409 });
    return makeLink(parts, { purpose: 'set-up' }, lifetime, performed.now);
  });
}

/** Problems of `readLink`, and `set-up-done`. */
export async function checkSetUpLink(
  parts: LinkParts & { store: Store },
  token: string,
  now: number,
): Promise<void> {
  if (await hasAdministrator(parts.store)) throw new Problem('set-up-done', { status: 410 });
  await readLink(parts, token, 'set-up', now);
}
