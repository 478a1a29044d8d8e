/** A client that signs its authentication (`private_key_jwt`, RFC 7523). */
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { clientCollection, type ClientRecord } from '../../src/records/client.ts';
import type { Store } from '../../src/storage/store.ts';

export interface ClientKey {
  alg: string;
  privateKey: CryptoKey;
  jwk: JWK;
}

export async function newClientKey(alg = 'ES256'): Promise<ClientKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), alg, kid: randomUUID() } };
}

export async function signWithKeys(
  store: Store,
  id: string,
  keys: Partial<Pick<ClientRecord, 'jwks' | 'jwksUri'>>,
): Promise<void> {
  const tokenEndpointAuthMethod = 'private_key_jwt' as const;
  await store.update(clientCollection, id, (stored) => ({
    put: { ...(stored as ClientRecord), tokenEndpointAuthMethod, secrets: [], ...keys },
    result: undefined,
  }));
}

export interface Claims {
  iss?: string;
  sub?: string;
  aud?: string | string[];
  jti?: string;
  /** Seconds from now. */
  lives?: number;
}

/** The fields of a form. */
export async function assertion(
  { alg, privateKey, jwk }: ClientKey,
  client: { issuer: string; clientId: string },
  { lives = 60, ...claims }: Claims = {},
): Promise<Record<string, string>> {
  const { clientId, issuer } = client;
  const now = Math.floor(Date.now() / 1000);
  const said = { iss: clientId, sub: clientId, aud: issuer, jti: randomUUID(), ...claims };
  const client_assertion = await new SignJWT({ ...said, iat: now, exp: now + lives })
    .setProtectedHeader({ alg, ...(jwk.kid ? { kid: jwk.kid } : {}) })
    .sign(privateKey);
  const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  return { client_assertion_type, client_assertion };
}
