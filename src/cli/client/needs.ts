/** What the other side of a client has to be told, for people who read it on a terminal. */
import { hasPeople, type ClientRecord } from '../../records/client.ts';
import { DEVICE_GRANT } from '../../oidc/clients/clients.ts';
import type { ClientPkce } from '../../oidc/clients/client-pkce.ts';
import { needs, type KnownClient, type Needs } from '../../oidc/clients/needs.ts';
import { printable } from '../../text/printable.ts';

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
