/**
 * Signing keys: made on the first start, kept encrypted. RS256 is what every
 * relying party knows (OIDC Core §15.1) and what a client gets that asks for nothing else; ES256 costs a
 * tenth of it. The client's `id_token_signed_response_alg` decides between them. A process reads them
 * once, at its start: they are made at an installation's first start and not changed since.
 */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Vault } from '../../secrets/vault.ts';
import { SIGNING_ALGS, signingKeyCollection, type SigningAlg } from '../../records/signing-key.ts';
import type { Store } from '../../storage/store.ts';

/** The private JWKs, in the order of SIGNING_ALGS; made where they are missing. */
export async function signingKeys(
  store: Pick<Store, 'get' | 'insert'>,
  vault: Vault,
  now: number,
): Promise<JWK[]> {
  return Promise.all(SIGNING_ALGS.map((alg) => signingKey(store, vault, alg, now)));
}

async function signingKey(
  store: Pick<Store, 'get' | 'insert'>,
  vault: Vault,
  alg: SigningAlg,
  now: number,
): Promise<JWK> {
  // A fixed id: of two processes at the first start, the key that was stored first is the key of both.
  const id = `${alg}-1`;
  const known = await store.get(signingKeyCollection, id);
  if (known) return JSON.parse(await vault.open('signing-key', id, known.sealed)) as JWK;
  const sealed = await vault.seal('signing-key', id, JSON.stringify(await makeKey(alg)));
  await store.insert(signingKeyCollection, id, { alg, sealed, createdAt: now });
  return signingKey(store, vault, alg, now);
}

async function makeKey(alg: SigningAlg): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, alg, use: 'sig', kid: await calculateJwkThumbprint(jwk) };
}
