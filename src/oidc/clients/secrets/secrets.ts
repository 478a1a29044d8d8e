/** The secrets of one client: as they are kept, and which of them can be used. Rules alone. */
import type { ClientRecord, ClientSecret, StoredClient } from '../../../records/client.ts';

/** Of one client at a time. */
export const MOST_SECRETS = 5;

/** Of a keyed hash; of one secret always the same, and never that of another one. */
export function secretId(hash: string): string {
  // It may tell its key before it.
  return Buffer.from(hash.slice(-43), 'base64url').toString('hex').slice(0, 8);
}

/** A secret that goes on until it is said otherwise. */
export function newSecret(hash: string, createdAt: number): ClientSecret {
  return { id: secretId(hash), hash, createdAt, expiresAt: null };
}

/** What a record says of its secrets. The newest is `secretHash`, which stands alone where nothing was said of it. */
export type SecretFields = Pick<ClientRecord, 'secretHash' | 'secrets'>;

/**
 * As the record of whichever version says it, oldest first. A version that knows one secret only leaves
 * `secrets` as they were when it gives another: its word is the last one.
 */
export function secretsOf(client: StoredClient): ClientSecret[] {
  const { secretHash, secrets = [], tokenEndpointAuthMethod: method } = client;
  if (secretHash === null || method === 'private_key_jwt') return [];
  return secrets.at(-1)?.hash === secretHash ? secrets : [newSecret(secretHash, client.createdAt)];
}

/**
 * The fields of a client that has at least one secret. DANGER: a version that knows `secretHash` only takes
 * a client without it for a public one, which anybody can be. It is kept beside the secrets for ever.
 */
export function withSecrets(secrets: ClientSecret[]): SecretFields {
  const newest = secrets.at(-1);
  if (!newest) throw new Error('A client with secrets has one at least.');
  return { secrets, secretHash: newest.hash };
}

/**
 * The fields of a client that authenticates otherwise, and is no public one: a hash that no secret has.
 * `nobodys`: of random bytes that nobody is told.
 */
export function withoutSecrets(nobodys: string): SecretFields {
  return { secrets: [], secretHash: nobodys };
}

/** As a client authenticates: with the secrets that it has, or with `next` where it has none. */
export function secretFields(
  {
    tokenEndpointAuthMethod: method,
    secrets,
  }: Pick<ClientRecord, 'tokenEndpointAuthMethod' | 'secrets'>,
  next: ClientSecret,
): SecretFields {
  if (method === 'none') return { secrets: [], secretHash: null };
  if (method === 'private_key_jwt') return withoutSecrets(next.hash);
  return withSecrets(secrets.length > 0 ? secrets : [next]);
}

export function isUsable({ expiresAt }: ClientSecret, now: number): boolean {
  return expiresAt === null || now < expiresAt;
}

/** Another secret beside those that can be used still; they end `overlap` milliseconds from now, if not before. */
export function rotatedSecrets(
  before: readonly ClientSecret[],
  next: ClientSecret,
  { overlap, now }: { overlap: number; now: number },
): ClientSecret[] {
  const end = now + overlap;
  const kept = before
    .map((secret) => ({ ...secret, expiresAt: Math.min(secret.expiresAt ?? end, end) }))
    .filter((secret) => isUsable(secret, now) && secret.id !== next.id);
  return [...kept, next];
}
