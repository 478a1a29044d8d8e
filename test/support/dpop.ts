/** Requests that prove a key (RFC 9449). */
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { Registration, TokenAnswer } from './relying-party.ts';

export interface ProofKey {
  privateKey: CryptoKey;
  jwk: JWK;
}

export async function newProofKey(): Promise<ProofKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return { privateKey, jwk: await exportJWK(publicKey) };
}

export function proofFor({ privateKey, jwk }: ProofKey, url: string): Promise<string> {
  return new SignJWT({ htm: 'POST', htu: url, jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
    .setIssuedAt()
    .sign(privateKey);
}

/** As a public client; without a key, without a proof. */
export async function tokenWithProof(
  client: Registration,
  key: ProofKey | undefined,
  params: Record<string, string>,
): Promise<TokenAnswer> {
  const url = `${client.issuer}/token`;
  const response = await fetch(url, {
    method: 'POST',
    headers: key ? { dpop: await proofFor(key, url) } : {},
    body: new URLSearchParams({ ...params, client_id: client.clientId }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}
