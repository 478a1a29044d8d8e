/**
 * The keys of a running provider, kept to those of the store. The library reads its keys when it is made and offers
 * no way to change them (oidc-provider 9, issue 449): its key store is reached by the door that its own parts use.
 */
import type { JWK } from 'jose';
import type { Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import instance from 'oidc-provider/lib/helpers/weak_cache.js';
import type { SigningKeySet } from '../../records/signing-key.ts';
import {
  createKeyReader,
  publicPart,
  signingKeySet,
  type SigningKeyParts,
} from './signing-keys.ts';

/** Milliseconds after which what was read last is not gone by: the process was asleep. Every process follows in that time. */
const TOO_OLD = 2_000;

export interface FollowedKeys {
  /** Those of the JWKS, in its order. */
  readonly jwks: readonly JWK[];
  /** This provider has them from now on. */
  lead(provider: Provider): void;
  /** Reads them again; answers what is kept. */
  look(): Promise<SigningKeySet>;
  /** Were they read so lately that nobody has to read them first? */
  isRecent(): boolean;
  /** Before a request: a process that was asleep reads them first, so that it trusts none that was retired meanwhile. */
  beforeRequest: Middleware;
}

/** `now`: milliseconds since the epoch. */
export async function followKeys(
  parts: SigningKeyParts & { now(): number; followVault?: () => Promise<void> },
): Promise<FollowedKeys> {
  const { vault, now } = parts;
  const read = createKeyReader(vault);
  const providers = new Set<Provider>();
  let jwks: readonly JWK[] = [];
  let lookedAt = -Infinity;
  let looking: Promise<SigningKeySet> | undefined;

  const lookNow = async (): Promise<SigningKeySet> => {
    const at = now();
    await parts.followVault?.();
    const set = await signingKeySet(parts, at);
    const next = await read(set, at);
    lookedAt = at;
    if (isSame(jwks, next)) return set;
    jwks = next;
    for (const provider of providers) replaceKeys(provider, jwks);
    return set;
  };
  const look = (): Promise<SigningKeySet> =>
    (looking ??= lookNow().finally(() => (looking = undefined)));
  const isRecent = (): boolean => Math.abs(now() - lookedAt) <= TOO_OLD;
  const lookFirst = async (next: () => Promise<void>): Promise<void> => {
    await look();
    // One that was under way may have read them before the process fell asleep.
    if (!isRecent()) await look();
    await next();
  };
  await look();
  return {
    get jwks() {
      return jwks;
    },
    lead(provider) {
      providers.add(provider);
      replaceKeys(provider, jwks);
    },
    look,
    isRecent,
    beforeRequest: (_ctx, next) => (isRecent() ? next() : lookFirst(next)),
  };
}

function isSame(one: readonly JWK[], other: readonly JWK[]): boolean {
  return one.length === other.length && one.every((key, at) => key === other[at]);
}

function replaceKeys(provider: Provider, keys: readonly JWK[]): void {
  const inside = instance(provider);
  inside.keystore.clear();
  for (const key of keys) inside.keystore.add(key);
  inside.jwks = { keys: keys.map(publicPart) };
}
