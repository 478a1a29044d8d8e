/** The console as a client of the provider (own-client.ts): nobody gets in with less than a second factor. */
import type { Vault } from '../../../secrets/vault.ts';
import type { Store } from '../../../storage/store.ts';
import { registerOwnClient } from './own-client.ts';
import { ADMIN_CLIENT } from './own-clients.ts';

/** Where the browser comes back to from the authorization endpoint. */
export const ADMIN_CALLBACK = '/admin/callback';

export function registerAdminClient(
  parts: { store: Pick<Store, 'get' | 'update'>; vault: Vault },
  { issuer, name }: { issuer: string; name: string },
  now: number,
): Promise<void> {
  const redirectUris = [new URL(ADMIN_CALLBACK, issuer).href];
  const asks = { requireAcr: 'mfa', acceptTrust: false } as const;
  return registerOwnClient(parts, { id: ADMIN_CLIENT, name, redirectUris, ...asks }, now);
}
