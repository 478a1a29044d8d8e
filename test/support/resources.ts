/** Clients of resources, and what those are told of tokens. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { post, type Registration } from './relying-party.ts';
import type { TestServer } from './server.ts';

/** A client that belongs to the resource. */
export async function resourceClient(
  server: Pick<TestServer, 'addClient'>,
  resource: string,
): Promise<Registration> {
  return server.addClient({ name: 'API', kind: 'resource', redirectUris: [], resource });
}

export async function introspect(
  by: Registration,
  accessToken: unknown,
): Promise<Record<string, unknown>> {
  return (await post(by, '/token/introspection', { token: String(accessToken) })).body;
}

/** Of a key of its own (RFC 9449 §4.2). */
export async function dpopProof(htu: string): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return new SignJWT({ htm: 'POST', htu, jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
    .setIssuedAt()
    .sign(privateKey);
}
