/** What the other side of a client has to be told: where this installation is, and what it takes. */
import { allowedScopes, hasPeople, type ClientRecord } from '../../records/client.ts';
import type { ClientPkce } from './client-pkce.ts';

/** How a secret may be shown (RFC 6749 §2.3.1): either way, whichever the client has used before. */
const SECRET_METHODS = ['client_secret_basic', 'client_secret_post'];

export interface KnownClient {
  client: ClientRecord;
  issuer: string;
  /** Undefined: not seen. */
  pkce?: ClientPkce | undefined;
}

/** Absent: the client has no use for it. Named as in OIDC Discovery and Registration, where they name it. */
export interface Needs {
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

function originsOf({ redirectUris }: ClientRecord): string[] {
  const known = redirectUris.filter((uri) => URL.canParse(uri));
  return [...new Set(known.map((uri) => new URL(uri).origin))];
}
