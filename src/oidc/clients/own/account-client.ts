/**
 * The account pages as a client of the provider (own-client.ts). An administrator may ask more of it
 * (`latchkey client set latchkey-account --require-acr …`).
 */
import type { Vault } from '../../../secrets/vault.ts';
import type { Store } from '../../../storage/store.ts';
import { registerOwnClient } from './own-client.ts';
import { ACCOUNT_CLIENT } from './own-clients.ts';

/**
 * Parameters of its authorization requests: a factor to set up, the authenticator that the new one
 * replaces, and a sign-in to be carried over a change of epoch (session-transfer.ts).
 */
export const ENROL = 'latchkey_enrol';
export const REPLACES = 'latchkey_replaces';
export const SESSION_TRANSFER = 'latchkey_carried';

/** Where the browser comes back to from the authorization endpoint. */
export const ACCOUNT_CALLBACK = '/account/callback';

export function registerAccountClient(
  parts: { store: Pick<Store, 'get' | 'update'>; vault: Vault },
  { issuer, name }: { issuer: string; name: string },
  now: number,
): Promise<void> {
  const redirectUris = [new URL(ACCOUNT_CALLBACK, issuer).href];
  return registerOwnClient(parts, { id: ACCOUNT_CLIENT, name, redirectUris }, now);
}
