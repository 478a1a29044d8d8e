/** A relying party in a few lines: authorization URL with PKCE, code exchange, ID token verified by jose. */
import { createHash, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify, type JWTPayload } from 'jose';
import { request } from './request.ts';

export interface Registration {
  issuer: string;
  clientId: string;
  /** Empty for a public client. */
  clientSecret: string;
  redirectUri: string;
}

export interface Authorization {
  url: URL;
  verifier: string;
  state: string;
  nonce: string;
}

export interface TokenAnswer {
  status: number;
  body: Record<string, string>;
}

export function authorize(
  client: Registration,
  params: Record<string, string> = {},
): Authorization {
  const [verifier, state, nonce] = [random(), random(), random()] as [string, string, string];
  const url = new URL('/auth', client.issuer);
  url.search = new URLSearchParams({
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    response_type: 'code',
    scope: 'openid profile email',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...params,
  }).toString();
  return { url, verifier, state, nonce };
}

export async function token(
  client: Registration,
  params: Record<string, string>,
): Promise<TokenAnswer> {
  return post(client, '/token', params);
}

export async function post(
  client: Registration,
  path: string,
  params: Record<string, string>,
): Promise<TokenAnswer> {
  const basic = Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64');
  const response = await request(new URL(path, client.issuer), {
    method: 'POST',
    headers: client.clientSecret ? { authorization: `Basic ${basic}` } : {},
    body: new URLSearchParams({
      ...params,
      ...(client.clientSecret ? {} : { client_id: client.clientId }),
    }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text ? (JSON.parse(text) as Record<string, string>) : {},
  };
}

export async function exchange(
  client: Registration,
  asked: Authorization,
  callback: URL,
): Promise<TokenAnswer> {
  return token(client, {
    grant_type: 'authorization_code',
    code: callback.searchParams.get('code') ?? '',
    redirect_uri: client.redirectUri,
    code_verifier: asked.verifier,
  });
}

/** The claims of an ID token whose signature, issuer, audience and nonce are right. */
export async function verifyIdToken(
  client: Registration,
  idToken: string,
  nonce?: string,
): Promise<JWTPayload> {
  const jwks = createRemoteJWKSet(new URL('/jwks', client.issuer));
  const { payload } = await jwtVerify(idToken, jwks, {
    issuer: client.issuer,
    audience: client.clientId,
  });
  if (nonce !== undefined && payload['nonce'] !== nonce)
    throw new Error('The nonce is not the one that was sent.');
  return payload;
}

function random(): string {
  return randomBytes(32).toString('base64url');
}
