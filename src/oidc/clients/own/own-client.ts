/**
 * Latchkey's own pages as clients of the provider: people come to them through the same door as to any
 * relying party, so that policy, step-up and sign-out have one path. They are registered by themselves,
 * and nobody knows their secret: their codes are redeemed inside the process, never at the token endpoint.
 */
import { createHash, randomBytes } from 'node:crypto';
import { errors, type Provider } from 'oidc-provider';
import { withMessages } from '../../../outbox/message.ts';
import { clientCollection, type ClientRecord } from '../../../records/client.ts';
import type { Vault } from '../../../secrets/vault.ts';
import type { Change, Store } from '../../../storage/store.ts';
import { hashSecret } from '../clients.ts';
import { newClientRecord } from '../registration/new-client-record.ts';
import { withoutSecrets } from '../secrets/secrets.ts';

/** Parameter of their authorization requests: a fresh proof of password and strongest factor (policy/fresh-proof.ts). */
export const FRESH = 'latchkey_fresh';

/** They say none of their own. */
const NO_LIFETIMES = { access_token: 0, id_token: 0, refresh_token: 0 };

export interface OwnClient extends Partial<Pick<ClientRecord, 'requireAcr' | 'acceptTrust'>> {
  id: string;
  name: string;
  redirectUris: string[];
}

/**
 * Makes the client, or moves it to the issuer's present address and gives it its present name (nobody else can);
 * everything else stays as it was set. Of an app that was called so in an older version nothing stays.
 */
export async function registerOwnClient(
  { store, vault }: { store: Pick<Store, 'get' | 'update'>; vault: Vault },
  own: OwnClient,
  now: number,
): Promise<void> {
  const { id, name, redirectUris, ...asks } = own;
  const isOurs = { kind: 'web', alg: 'ES256', requirePkce: true } as const;
  const callbacks = redirectUris.map((uri) => new URL(uri).pathname).join();
  // An app of an older version could be called so: what it has, and asks less than, is none of ours.
  const isOwn = ({ redirectUris: uris, requireAcr }: ClientRecord): boolean =>
    uris.map((uri) => URL.parse(uri)?.pathname).join() === callbacks &&
    (asks.requireAcr === undefined || requireAcr !== null);
  const isThere = (client: ClientRecord | undefined): boolean =>
    client?.redirectUris.join() === redirectUris.join() && client.name === name && !client.gone;
  if (isThere(await store.get(clientCollection, id))) return;
  const fresh: ClientRecord = {
    ...newClientRecord({ id, name, redirectUris, ...isOurs }, NO_LIFETIMES),
    ...asks,
    ...withoutSecrets(hashSecret(vault, randomBytes(32).toString('base64url'))),
    createdAt: now,
  };
  const moved = ({ gone, ...client }: ClientRecord): ClientRecord =>
    gone || !isOwn(client)
      ? { ...fresh, ...withMessages(client) }
      : { ...client, name, redirectUris };
  await store.update(clientCollection, id, (client): Change<ClientRecord, void> =>
    isThere(client)
      ? { result: undefined }
      : { put: client ? moved(client) : fresh, result: undefined },
  );
}

/**
 * Redeems an authorization code of that client, once (RFC 6749 §4.1.3, RFC 7636 §4.6). `false`: it is not
 * one, is spent or expired, or was asked for with another verifier.
 */
export async function redeemOwnCode(
  provider: Provider,
  client: string,
  { code, verifier }: { code: string; verifier: string },
): Promise<boolean> {
  const found = await provider.AuthorizationCode.find(code);
  if (!found?.isValid || found.clientId !== client) return false;
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
