/**
 * The account pages as a client of the provider: people come to them through the same door as to any
 * relying party, so that policy, step-up and sign-out have one path. It is registered by itself, and
 * an administrator may ask more of it (`latchkey client set latchkey-account --require-acr …`). Nobody
 * knows its secret: its codes are redeemed inside the process, never at the token endpoint.
 */
import { createHash, randomBytes } from 'node:crypto';
import { errors, type Provider } from 'oidc-provider';
import { withMessages } from '../../outbox/message.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Change, Store } from '../../storage/store.ts';
import { ACCOUNT_CLIENT } from './built-in-client.ts';
import { clientCollection, type ClientRecord } from '../../records/client.ts';
import { hashSecret } from './clients.ts';
import { newClientRecord } from './registration/new-client-record.ts';
import { withoutSecrets } from './secrets.ts';

export { ACCOUNT_CLIENT };

/**
 * Parameters of its authorization requests: a fresh proof of password and strongest factor
 * (policy/fresh-proof.ts), a factor to set up, the authenticator that the new one replaces, and a
 * sign-in to be carried over a change of epoch (session-transfer.ts).
 */
export const FRESH = 'latchkey_fresh';
export const ENROL = 'latchkey_enrol';
export const REPLACES = 'latchkey_replaces';
export const SESSION_TRANSFER = 'latchkey_carried';

/** Where the browser comes back to from the authorization endpoint. */
export const ACCOUNT_CALLBACK = '/account/callback';

/** It says none of its own. */
const NO_LIFETIMES = { access_token: 0, id_token: 0, refresh_token: 0 };

/**
 * Makes the client, or moves it to the issuer's present address and gives it its present name (nobody else can);
 * everything else stays as it was set.
 */
export async function registerAccountClient(
  { store, vault }: { store: Pick<Store, 'get' | 'update'>; vault: Vault },
  { issuer, name }: { issuer: string; name: string },
  now: number,
): Promise<void> {
  const redirectUris = [new URL(ACCOUNT_CALLBACK, issuer).href];
  const isThere = (client: ClientRecord | undefined): boolean =>
    client?.redirectUris.join() === redirectUris.join() && client.name === name && !client.gone;
  if (isThere(await store.get(clientCollection, ACCOUNT_CLIENT))) return;
  const fresh: ClientRecord = {
    ...newClientRecord(
      {
        id: ACCOUNT_CLIENT,
        name,
        kind: 'web',
        redirectUris,
        alg: 'ES256',
        requirePkce: true,
      },
      NO_LIFETIMES,
    ),
    ...withoutSecrets(hashSecret(vault, randomBytes(32).toString('base64url'))),
    createdAt: now,
  };
  const moved = ({ gone, ...client }: ClientRecord): ClientRecord =>
    gone ? { ...fresh, ...withMessages(client) } : { ...client, name, redirectUris };
  await store.update(clientCollection, ACCOUNT_CLIENT, (client): Change<ClientRecord, void> =>
    isThere(client)
      ? { result: undefined }
      : { put: client ? moved(client) : fresh, result: undefined },
  );
}

/**
 * Redeems an authorization code of the account client, once (RFC 6749 §4.1.3, RFC 7636 §4.6). `false`:
 * it is not one, is spent or expired, or was asked for with another verifier.
 */
export async function redeemAccountCode(
  provider: Provider,
  code: string,
  verifier: string,
): Promise<boolean> {
  const found = await provider.AuthorizationCode.find(code);
  if (!found?.isValid || found.clientId !== ACCOUNT_CLIENT) return false;
  if (found.codeChallenge !== challengeOf(verifier)) return false;
  try {
    await found.consume();
    return true;
  } catch (error) {
    if (error instanceof errors.InvalidGrant) return false;
    throw error;
  }
}

/** The S256 `code_challenge` of a verifier (RFC 7636 §4.2). */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
