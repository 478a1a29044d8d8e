/** Registered clients: as they are read, whichever version has stored them, and the metadata the library wants. */
import type { AdapterPayload } from 'oidc-provider';
import { Problem } from '../../problem.ts';
import type { Vault } from '../../secrets/vault.ts';
import { PROTOCOLS } from '../../records/passcode.ts';
import type { Level } from '../../records/proof.ts';
import { levelOf } from '../../policy/factors.ts';
import type { ClientPolicy } from '../../policy/assurance.ts';
import { entries } from '../../storage/pages.ts';
import type { Store } from '../../storage/store.ts';
import { withoutRefusedOptions } from './client-options.ts';
import { ADMIN_CLIENT } from './own/own-clients.ts';
import {
  clientCollection,
  hasPeople,
  isPublicKind,
  kindOf,
  type ClientRecord,
  type StoredClient,
} from '../../records/client.ts';
import { MAIL_RESOURCE } from '../../records/resource.ts';
import { secretsOf } from './secrets/secrets.ts';

/** What a document of an older version lacks. */
const defaults = () =>
  ({
    secrets: [],
    clientUri: null,
    logoUri: null,
    policyUri: null,
    tosUri: null,
    initiateLoginUri: null,
    jwks: null,
    jwksUri: null,
    lifetimes: {},
    requirePar: false,
    requireDpop: false,
    offlineAccess: false,
    roles: [],
    rolesClaim: 'roles',
    claims: [],
    claimsInIdToken: false,
    errors: 'redirect' as const,
    acceptTrust: true,
    organisations: null,
  }) satisfies Partial<ClientRecord>;

/** What follows from the rest, where a document of an older version does not say it. */
function implied({ kind, firstParty }: Pick<ClientRecord, 'kind' | 'firstParty'>) {
  return {
    tokenEndpointAuthMethod: isPublicKind(kind) ? 'none' : 'client_secret_basic',
    scopes: hasPeople(kind) ? ['openid', 'profile', 'email'] : [],
    groups: firstParty ? 'all' : 'none',
    resource: kind === 'mail' ? MAIL_RESOURCE : null,
    protocols: kind === 'mail' ? [...PROTOCOLS] : [],
  } satisfies Partial<ClientRecord>;
}

/** Can a client have that id? */
export function isClientId(id: string): boolean {
  return /^[\w.-]{1,64}$/u.test(id);
}

/** A client with all that has not been said of it. */
export function completed(known: Pick<ClientRecord, 'kind' | 'firstParty'>) {
  return { ...defaults(), ...implied(known) };
}

/** As the rules of today read it, whichever version has stored it. */
export function readClient(stored: StoredClient): ClientRecord {
  const kind = kindOf(stored);
  const secrets = secretsOf(stored);
  return withoutRefusedOptions({ ...completed({ ...stored, kind }), ...stored, kind, secrets });
}

export async function getClient(
  store: Pick<Store, 'get'>,
  id: string,
): Promise<ClientRecord | undefined> {
  const stored = await store.get(clientCollection, id);
  return stored && !stored.gone ? readClient(stored) : undefined;
}

/** In no promised order. */
export async function* listClients(store: Pick<Store, 'scan'>): AsyncGenerator<ClientRecord> {
  const all = entries((after) => store.scan(clientCollection, { after }));
  for await (const { value } of all) if (!value.gone) yield readClient(value);
}

/** Problem `acr-unknown`. */
export function checkAcr(acr: string): Level {
  const level = levelOf(acr);
  if (!level) throw new Problem('acr-unknown', { values: { acr } });
  return level;
}

/** A keyed hash, not a password hash: the secret has 256 random bits, and every token request pays for it. */
export function hashSecret(vault: Vault, secret: string): string {
  return vault.keep('client secret', secret);
}

/** The client as the library's dynamic registration metadata (OIDC Dynamic Client Registration §2). */
export function clientMetadata(client: ClientRecord): AdapterPayload {
  const signsIn = client.redirectUris.length > 0;
  const isDevice = client.kind === 'device';
  return {
    client_id: client.id,
    client_name: client.name,
    ...(client.clientUri === null ? {} : { client_uri: client.clientUri }),
    application_type: client.kind === 'native' || isDevice ? 'native' : 'web',
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    response_types: signsIn ? ['code'] : [],
    grant_types: [
      ...(signsIn ? ['authorization_code', 'refresh_token'] : []),
      ...(isDevice ? [DEVICE_GRANT] : []),
      // Nobody is at the browser session that it would end with.
      ...(isDevice && client.offlineAccess ? ['refresh_token'] : []),
      ...(client.clientCredentials ? ['client_credentials'] : []),
    ],
    // Written out: unset means RS256 to the library.
    id_token_signed_response_alg: client.alg,
    ...authenticationOf(client),
    require_pushed_authorization_requests: client.requirePar,
    dpop_bound_access_tokens: client.requireDpop,
    ...(client.backchannelLogoutUri
      ? {
          backchannel_logout_uri: client.backchannelLogoutUri,
          backchannel_logout_session_required: true,
        }
      : {}),
    [RECORD]: { ...client, postings: undefined },
  };
}

/** RFC 8628 §3.4. */
export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/** Does it authenticate with nothing? */
export function isPublic({ secretHash, tokenEndpointAuthMethod: method }: ClientRecord): boolean {
  return secretHash === null && method !== 'private_key_jwt';
}

/** The library takes a secret in the header or in the form, whichever of both it is told here. */
function authenticationOf(client: ClientRecord): AdapterPayload {
  const { secretHash, tokenEndpointAuthMethod: method, jwks, jwksUri } = client;
  if (method === 'private_key_jwt')
    return {
      token_endpoint_auth_method: method,
      ...(jwks ? { jwks } : {}),
      ...(jwksUri === null ? {} : { jwks_uri: jwksUri }),
    };
  return secretHash === null
    ? { token_endpoint_auth_method: 'none' }
    : { client_secret: secretHash, token_endpoint_auth_method: 'client_secret_basic' };
}

/** The record, which the library carries on its Client under that name. */
export const RECORD = 'latchkey_record';
export const OWN_METADATA = [RECORD];

/** The record that the library's Client was made of, at most half a second old. */
export function recordOf(client: object): ClientRecord {
  return (client as Readonly<Record<string, unknown>>)[RECORD] as ClientRecord;
}

/** PKCE is never off for clients without authentication, whatever is stored. */
export function requiresPkce(client: object): boolean {
  const record = recordOf(client);
  return record.requirePkce || isPublic(record);
}

/** What policy looks at, from the library's Client; of no client, what asks for nothing. */
export function policyOf(client: object): ClientPolicy {
  const record = recordOf(client) as ClientRecord | undefined;
  const { id, admitted, requireAcr, acceptTrust, organisations } = record ?? NOTHING_ASKED;
  return {
    id,
    staffOnly: id === ADMIN_CLIENT,
    admitted,
    requireAcr,
    acceptTrust,
    organisations,
  };
}

const NOTHING_ASKED = {
  id: '',
  admitted: undefined,
  requireAcr: null,
  acceptTrust: true,
  organisations: null,
};
