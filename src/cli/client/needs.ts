/** What the other side of a client has to be told: where this installation is, and what it takes. */
import { allowedScopes, hasPeople, type ClientRecord } from '../../records/client.ts';
import { DEVICE_GRANT } from '../../oidc/clients/clients.ts';
import type { ClientPkce } from '../../oidc/clients/client-pkce.ts';
import { printable } from '../../text/printable.ts';

/** How a secret may be shown (RFC 6749 §2.3.1): either way, whichever the client has used before. */
const SECRET_METHODS = ['client_secret_basic', 'client_secret_post'];

interface KnownClient {
  client: ClientRecord;
  issuer: string;
  /** Undefined: not seen. */
  pkce?: ClientPkce | undefined;
}

/** Absent: the client has no use for it. Named as in OIDC Discovery and Registration, where they name it. */
interface Needs {
  issuer: string;
  token_endpoint_auth_methods: string[];
  discovery?: string;
  /** Where a device asks first (RFC 8628 §3.1). */
  device_authorization_endpoint?: string;
  /** Of a client that gets tokens without a redirect. */
  token_endpoint?: string;
  passcode_endpoint?: string;
  /** Of what is handed access tokens (RFC 7662). */
  introspection_endpoint?: string;
  scopes?: string[];
  code_challenge_methods?: string[];
  /** As seen when its codes were redeemed; null: not yet. */
  sends_pkce?: boolean | null;
  /** Whose scripts may call the token endpoint. */
  allowed_origins?: string[];
}

export function needs({ client, issuer, pkce }: KnownClient): Needs {
  const at = (path: string): string => new URL(path, issuer).href;
  const common = { issuer, token_endpoint_auth_methods: methodsOf(client) };
  const introspection = { introspection_endpoint: at('/token/introspection') };
  if (client.kind === 'mail')
    return { ...common, passcode_endpoint: at('/mail/passcode'), ...introspection };
  const discovery = at('/.well-known/openid-configuration');
  if (client.kind === 'resource') return { ...common, discovery, ...introspection };
  const token = { token_endpoint: at('/token') };
  if (client.kind === 'device') {
    const asks = { device_authorization_endpoint: at('/device/auth'), ...token };
    return { ...common, discovery, ...asks, scopes: allowedScopes(client) };
  }
  if (!hasPeople(client.kind)) return { ...common, discovery, ...token };
  return {
    ...common,
    discovery,
    scopes: allowedScopes(client),
    code_challenge_methods: ['S256'],
    sends_pkce: pkce?.sends ?? null,
    ...(client.kind === 'spa' ? { allowed_origins: originsOf(client) } : {}),
  };
}

function methodsOf({ tokenEndpointAuthMethod: method }: ClientRecord): string[] {
  return SECRET_METHODS.includes(method) ? SECRET_METHODS : [method];
}

/** The same for people, a line each. */
export function needsInLines(known: KnownClient): string[] {
  const { client } = known;
  const needed = needs(known);
  return lines({
    issuer: needed.issuer,
    discovery: needed.discovery,
    passcodes: needed.passcode_endpoint && `checked at ${needed.passcode_endpoint}`,
    'access tokens':
      needed.introspection_endpoint && `introspected at ${needed.introspection_endpoint}`,
    'asks first at': needed.device_authorization_endpoint,
    tokens: needed.token_endpoint && `grant_type=${grantOf(client)} at ${needed.token_endpoint}`,
    secret: secretLine(client),
    ...(hasPeople(client.kind) ? signInLines(known, needed) : {}),
  });
}

/** What is undefined has no line. */
export function lines(values: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`${`${name}:`.padEnd(16)}${printable(value)}`],
  );
}

function grantOf({ kind }: ClientRecord): string {
  return kind === 'device' ? DEVICE_GRANT : 'client_credentials';
}

function secretLine({ tokenEndpointAuthMethod: method, kind }: ClientRecord): string {
  if (method === 'none') return 'none: it sends its client_id alone';
  if (method === 'private_key_jwt') return 'none: it signs with a key of its own (private_key_jwt)';
  return `sent as client_secret_basic, or ${kind === 'mail' ? 'in the form' : 'client_secret_post'}`;
}

function signInLines({ client, pkce }: KnownClient, needed: Needs) {
  const { redirectUris, postLogoutRedirectUris, backchannelLogoutUri } = client;
  const told = backchannelLogoutUri ?? 'no (--backchannel-logout-uri)';
  const ofAll = {
    scopes: needed.scopes?.join(' '),
    'ID tokens': `signed with ${client.alg}`,
  };
  if (client.kind === 'device') return ofAll;
  return {
    'redirect URI': redirectUris.join(' '),
    ...ofAll,
    PKCE: pkceLine(client, pkce),
    'called from': needed.allowed_origins?.join(' '),
    'after sign-out': postLogoutRedirectUris.join(' ') || 'a page of ours (--post-logout-uri)',
    'logout told': client.kind === 'web' ? told : undefined,
  };
}

function pkceLine(client: ClientRecord, pkce?: ClientPkce): string {
  const { id, requirePkce, tokenEndpointAuthMethod: method } = client;
  if (requirePkce || method === 'none') return 'S256, required';
  const notRequired = 'S256, not required;';
  if (!pkce) return `${notRequired} no sign-in seen yet`;
  if (!pkce.sends) return `${notRequired} it does not send it`;
  return `${notRequired} it sends it; require it: latchkey client set ${id} --require-pkce yes`;
}

function originsOf({ redirectUris }: ClientRecord): string[] {
  const known = redirectUris.filter((uri) => URL.canParse(uri));
  return [...new Set(known.map((uri) => new URL(uri).origin))];
}
