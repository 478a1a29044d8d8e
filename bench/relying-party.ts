/** The relying party's part of the protocol: the authorization request and the token endpoint. */
import { createHash, randomBytes } from 'node:crypto';
import { send, unexpected, type Answer, type Connection, type Request } from './browser.ts';
import type { ConfidentialClient, PublicClient, WebClient } from './messages.ts';

export const SCOPE = 'openid profile email';

/** Paths of the server's endpoints, from its discovery document. */
export interface Endpoints {
  authorization: string;
  token: string;
  userinfo: string;
  introspection: string;
  jwks: string;
}

export interface Tokens {
  access_token: string;
  id_token: string;
  refresh_token: string | undefined;
}

export interface AuthorizationRequest {
  path: string;
  state: string;
  verifier: string;
}

/** Code flow with PKCE S256 (RFC 7636). */
export function authorizationRequest(
  endpoints: Endpoints,
  client: WebClient | PublicClient,
  scope: string = SCOPE,
): AuthorizationRequest {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(12).toString('base64url');
  const query = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    scope,
    redirect_uri: client.redirect_uri,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  return { path: `${endpoints.authorization}?${query}`, state, verifier };
}

/** The code that a redirect brings; throws when it is another answer. */
export function codeIn(
  answer: Answer,
  { redirect_uri }: { redirect_uri: string },
  { state }: AuthorizationRequest,
): string {
  const { location = '' } = answer;
  if (!location.startsWith(`${redirect_uri}?`))
    throw unexpected('The authorization request', answer);
  const query = new URLSearchParams(location.slice(redirect_uri.length));
  const code = query.get('code');
  if (!code || query.get('state') !== state) throw unexpected('The authorization request', answer);
  return code;
}

export async function redeem(
  connection: Connection,
  endpoints: Endpoints,
  client: WebClient | PublicClient,
  { code, verifier }: { code: string; verifier: string },
): Promise<Tokens> {
  const { redirect_uri } = client;
  const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier };
  return tokens(await send(connection, asClient(client, endpoints.token, form)));
}

/** A request to an endpoint that wants to know the client (RFC 6749 §2.3.1). */
export function asClient(
  client: ConfidentialClient | PublicClient,
  path: string,
  form: Record<string, string>,
): Request {
  if (!('client_secret' in client)) return { path, form: { ...form, client_id: client.client_id } };
  return { path, form, headers: { authorization: basic(client) } };
}

const basicHeaders = new WeakMap<ConfidentialClient, string>();

function basic(client: ConfidentialClient): string {
  const known = basicHeaders.get(client);
  if (known !== undefined) return known;
  const pair = [client.client_id, client.client_secret].map(encodeURIComponent).join(':');
  const header = `Basic ${Buffer.from(pair).toString('base64')}`;
  basicHeaders.set(client, header);
  return header;
}

/** The tokens in an answer; throws unless there is an access token and an ID token. */
export function tokens(answer: Answer): Tokens {
  if (answer.status !== 200) throw unexpected('The token request', answer);
  const given = JSON.parse(answer.body) as Partial<Tokens>;
  const { access_token, id_token, refresh_token } = given;
  if (!access_token || !id_token || id_token.split('.').length !== 3) {
    throw unexpected('The token request', answer);
  }
  return { access_token, id_token, refresh_token };
}
