/**
 * Signing keys: made on the first start, kept encrypted. RS256 is what every
 * relying party knows (OIDC Core §15.1) and what a client gets that asks for nothing else; ES256 costs a
 * tenth of it. The client's `id_token_signed_response_alg` decides between them. A process reads them at its start,
 * and follows what becomes of them: which one signs is a matter of time (policy/keys/signing-keys.ts).
 */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { published } from '../../policy/keys/signing-keys.ts';
import type { Vault } from '../../secrets/vault.ts';
import {
  firstSigningKey,
  firstSigningKeyCollection,
  SIGNING_ALGS,
  SIGNING_KEYS,
  signingKeyCollection,
  type SigningAlg,
  type SigningKey,
  type SigningKeySet,
} from '../../records/signing-key.ts';
import { DamagedDocument, type Store } from '../../storage/store.ts';

const PURPOSE = 'signing-key';

/** A new key, which signs from then on. */
export async function newSigningKey(
  vault: Pick<Vault, 'seal'>,
  alg: SigningAlg,
  now: number,
  signsFrom: number,
): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
  const jwk = await exportJWK(privateKey);
  const kid = await calculateJwkThumbprint(jwk);
  const whole = { ...jwk, alg, use: 'sig', kid };
  const sealed = await vault.seal(PURPOSE, kid, JSON.stringify(whole));
  return { kid, alg, public: publicPart(whole), sealed, sealedAs: kid, createdAt: now, signsFrom };
}

export type SigningKeyParts = { store: Pick<Store, 'get' | 'insert'>; vault: Vault };

/** All of them; made where there are none, and taken over from an older version. */
export async function signingKeySet(parts: SigningKeyParts, now: number): Promise<SigningKeySet> {
  const { store } = parts;
  const known = await store.get(signingKeyCollection, SIGNING_KEYS);
  if (known) return known;
  const keys = await Promise.all(SIGNING_ALGS.map((alg) => firstKey(parts, alg, now)));
  // Of two processes at the first start, the keys that were stored first are the keys of both.
  await store.insert(signingKeyCollection, SIGNING_KEYS, { keys });
  return signingKeySet(parts, now);
}

async function firstKey(
  { store, vault }: SigningKeyParts,
  alg: SigningAlg,
  now: number,
): Promise<SigningKey> {
  const sealedAs = firstSigningKey(alg);
  const stored = await store.get(firstSigningKeyCollection, sealedAs);
  if (!stored) return newSigningKey(vault, alg, now, now);
  const { sealed, createdAt } = stored;
  const jwk = JSON.parse(await vault.open(PURPOSE, sealedAs, sealed)) as JWK;
  const { kid = '' } = jwk;
  const key = { kid, alg, public: publicPart(jwk), sealed, sealedAs };
  return { ...key, createdAt, signsFrom: createdAt };
}

/** RFC 7518 §6: what may be told of it. */
export function publicPart({ kty, kid, alg, use, crv, x, y, n, e }: JWK): JWK {
  const parts = { kty, kid, alg, use, crv, x, y, n, e };
  return JSON.parse(JSON.stringify(parts)) as JWK;
}

/** Nobody can serve without it. */
function withWayOut({ kind, id, reason }: DamagedDocument, kid: string): DamagedDocument {
  const how = `latchkey keys retire --leaked ${kid} takes it away, and another key signs in its place`;
  return new DamagedDocument(kind, id, `${reason}. ${how}`);
}

/** The keys of the JWKS as they are to sign and to verify; of one that signs no more, the public part. */
export type KeyReader = (set: SigningKeySet, now: number) => Promise<JWK[]>;

/** Opens each private key once, and gives the same object for it from then on: importing it is what costs. */
export function createKeyReader(vault: Pick<Vault, 'open'>): KeyReader {
  const opened = new Map<string, JWK>();
  const whole = (sealedAs: string, sealed: string, kid: string): Promise<string> =>
    vault.open(PURPOSE, sealedAs, sealed).catch((error: unknown) => {
      throw error instanceof DamagedDocument ? withWayOut(error, kid) : error;
    });
  const read = async (key: SigningKey): Promise<JWK> => {
    const known = opened.get(key.kid);
    if (known && 'd' in known === (key.sealed !== undefined)) return known;
    const jwk =
      key.sealed === undefined
        ? key.public
        : (JSON.parse(await whole(key.sealedAs, key.sealed, key.kid)) as JWK);
    opened.set(key.kid, jwk);
    return jwk;
  };
  return async (set, now) => {
    const wanted = published(set.keys, now);
    const keys = await Promise.all(wanted.map(read));
    const kids = new Set(wanted.map(({ kid }) => kid));
    for (const kid of opened.keys()) if (!kids.has(kid)) opened.delete(kid);
    return keys;
  };
}
