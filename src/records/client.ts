/** A registered client as it is kept. */
import type { JWK } from 'jose';
import { outboxIndex, type MessageCarrier } from '../outbox/message.ts';
import type { Protocol } from './passcode.ts';
import type { Level } from './proof.ts';
import { collection } from '../storage/store.ts';
import { foldedName } from '../text/printable.ts';
import type { SigningAlg } from './signing-key.ts';

/**
 * `web` keeps a secret on its server; `spa` runs in the browser, `native` on a device: public clients. `device`
 * has no browser of its own, and has people sign in on another one (RFC 8628); it may keep a secret.
 * `service` gets tokens for itself alone (RFC 6749 §4.4), `resource` introspects those that it is handed
 * (RFC 7662), `mail` is a mail server: a resource that has passcodes checked too (api/mail-passcode.ts).
 * Nobody signs in to these three.
 */
export const CLIENT_KINDS = [
  'web',
  'spa',
  'native',
  'device',
  'service',
  'resource',
  'mail',
] as const;
export type ClientKind = (typeof CLIENT_KINDS)[number];

/** A web client that nobody comes back to gets tokens for itself alone: a service, as versions before did not call it. */
export function kindOf(client: { kind: ClientKind; redirectUris: readonly string[] }): ClientKind {
  return client.kind === 'web' && client.redirectUris.length === 0 ? 'service' : client.kind;
}

/** Do people sign in to it? */
export function hasPeople(kind: ClientKind): boolean {
  return comesBack(kind) || kind === 'device';
}

/** Do they come back to it, at a redirect URI? */
export function comesBack(kind: ClientKind): boolean {
  return kind === 'web' || kind === 'spa' || kind === 'native';
}

/** What runs in a browser or on a device keeps no secret (RFC 6749 §2.1), where it does not say so. */
export function isPublicKind(kind: ClientKind): boolean {
  return kind === 'spa' || kind === 'native' || kind === 'device';
}

/** Every scope that it may ask for. */
export function allowedScopes({
  scopes,
  offlineAccess,
}: Pick<ClientRecord, 'scopes' | 'offlineAccess'>): string[] {
  return [...scopes, ...(offlineAccess ? ['offline_access'] : [])];
}

/** OIDC Core §9. */
export const TOKEN_ENDPOINT_AUTH_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'none',
] as const;
export type TokenEndpointAuthMethod = (typeof TOKEN_ENDPOINT_AUTH_METHODS)[number];

/** Times are milliseconds since the epoch. */
export interface ClientSecret {
  id: string;
  /** Keyed. */
  hash: string;
  createdAt: number;
  /** Null: it goes on. */
  expiresAt: number | null;
}

/** A claim of its own: an attribute of the person, whether they are in a group (its id), or always the same. */
export type OwnClaim = { name: string } & (
  { attribute: string } | { group: string } | { constant: string }
);

/** In seconds, at most the installation's; absent: as the installation has it. */
export interface ClientLifetimes {
  accessToken?: number;
  idToken?: number;
  refreshToken?: number;
}

export interface ClientRecord extends MessageCarrier {
  id: string;
  name: string;
  kind: ClientKind;
  /** Keyed hash of the newest secret; null for public clients, and for no other (oidc/clients/secrets.ts). */
  secretHash: string | null;
  /** Oldest first, 5 at most. */
  secrets: ClientSecret[];
  redirectUris: string[];
  postLogoutRedirectUris: string[];
  backchannelLogoutUri: string | null;
  /** Where people find it (`client_uri`, OIDC Dynamic Client Registration §2); https, http on loopback. */
  clientUri: string | null;
  logoUri: string | null;
  policyUri: string | null;
  tosUri: string | null;
  /** Where a sign-in is begun from elsewhere (OIDC Core §4). */
  initiateLoginUri: string | null;
  tokenEndpointAuthMethod: TokenEndpointAuthMethod;
  /** Keys of `private_key_jwt`: in the record, or where they are fetched from. */
  jwks: { keys: JWK[] } | null;
  jwksUri: string | null;
  alg: SigningAlg;
  lifetimes: ClientLifetimes;
  /** First-party clients are not asked for consent. */
  firstParty: boolean;
  /** Proof Key for Code Exchange (RFC 7636); required of every client without a secret, whatever is stored. */
  requirePkce: boolean;
  /** Its authorization requests are pushed (RFC 9126). */
  requirePar: boolean;
  /** Its access tokens are bound to a key of its own (RFC 9449). */
  requireDpop: boolean;
  /** Tokens for itself, without a person (RFC 6749 §4.4). */
  clientCredentials: boolean;
  /** May it get refresh tokens that outlive the session (OIDC Core §11)? */
  offlineAccess: boolean;
  /** Scopes that it may ask for, besides `offline_access`. */
  scopes: string[];
  /** Ids of the groups that it is told of, of those that its people are in. */
  groups: 'all' | 'none' | string[];
  /** Values of a claim of its own, `rolesClaim`, by group (ids); none: it has no such claim. */
  roles: { value: string; group: string }[];
  rolesClaim: string;
  claims: OwnClaim[];
  /** Are claims of scopes in its ID tokens too, for apps that read nothing else? */
  claimsInIdToken: boolean;
  /** `page`: every error of an authorization request is shown here, none is sent to the app. */
  errors: 'redirect' | 'page';
  /** The resource (its identifier) that a `resource` or `mail` client belongs to. */
  resource: string | null;
  /** The protocols that a `mail` client has passcodes checked for. */
  protocols: Protocol[];
  /** The weakest sign-in that this client accepts, whatever a request says. */
  requireAcr: Level | null;
  /** Does it accept a trusted computer in place of a second factor? */
  acceptTrust: boolean;
  /** Ids of the organisations that it is open to; null: all. */
  organisations: string[] | null;
  /** Since when its organisations are let in (operations/clients/change-client.ts); absent: an older version wrote it. */
  admitted?: Admitted;
  /** Another one with each registration, and after a leak; what was issued carries it. */
  registration?: string;
  /** Of the form that it was registered by: the same one again registers no other. */
  form?: string;
  createdAt: number;
}

/** Of every version; what one of an older version lacks is known (oidc/clients/clients.ts). */
type Stored = 'id' | 'name' | 'kind' | 'secretHash' | 'redirectUris' | 'postLogoutRedirectUris';
type StoredToo = 'backchannelLogoutUri' | 'alg' | 'firstParty' | 'requirePkce' | 'createdAt';
export type StoredClient = Pick<
  ClientRecord,
  Stored | StoredToo | 'requireAcr' | 'clientCredentials'
> &
  Partial<ClientRecord>;

/** Milliseconds since the epoch by organisation, `*` for those not named; absent: always. */
export type Admitted = Readonly<Record<string, number>>;

export const clientCollection = collection<ClientRecord>('client', {
  indexes: {
    postings: outboxIndex,
    name: ({ name, gone }) => (gone ? undefined : foldedName(name)),
  },
  fields: {
    text: [
      'id',
      'name',
      'kind',
      'secretHash',
      'clientUri',
      'logoUri',
      'backchannelLogoutUri',
      'jwksUri',
      'alg',
    ],
    list: ['secrets', 'redirectUris', 'postLogoutRedirectUris', 'postings'],
    object: ['jwks'],
  },
});
