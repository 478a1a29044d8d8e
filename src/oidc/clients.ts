/** Registered clients: what an administrator says about one, checked, and the metadata the library wants. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';
import { carries, type Carrier } from '../audit/posting.ts';
import { Problem } from '../problem.ts';
import { foldedName, isName } from '../text/printable.ts';
import type { Vault } from '../secrets/vault.ts';
import { levelOf, type Level } from '../factors/factor.ts';
import type { ClientPolicy } from '../policy/requirement.ts';
import { kind, type Store } from '../storage/store.ts';
import { checkBuiltInAct } from './built-in-client.ts';
import { checkClientOptions, withoutRefusedOptions } from './client-options.ts';
import { checkClientUri, checkClientUris } from './client-uri.ts';
import type { SigningAlg } from './keys.ts';

/**
 * `web` keeps a secret on its server; `spa` runs in the browser, `native` on a device: public clients.
 * `mail` is a mail server that has passcodes checked (web/mail-passcode.ts): nobody signs in to it.
 */
export type ClientKind = 'web' | 'spa' | 'native' | 'mail';
export const CLIENT_KINDS: readonly ClientKind[] = ['web', 'spa', 'native', 'mail'];

export interface ClientRecord extends Carrier {
  id: string;
  name: string;
  kind: ClientKind;
  /** Keyed hash of the secret; null for public clients. */
  secretHash: string | null;
  redirectUris: string[];
  postLogoutRedirectUris: string[];
  backchannelLogoutUri: string | null;
  /** Where people find it (`client_uri`, OIDC Dynamic Client Registration §2); https, http on loopback. */
  clientUri: string | null;
  alg: SigningAlg;
  /** First-party clients are not asked for consent. */
  firstParty: boolean;
  /** Proof Key for Code Exchange (RFC 7636); required of every client without a secret, whatever is stored. */
  requirePkce: boolean;
  /** Tokens for itself, without a person (RFC 6749 §4.4). */
  clientCredentials: boolean;
  /** May it get refresh tokens that outlive the session (OIDC Core §11)? */
  offlineAccess: boolean;
  /** The weakest sign-in that this client accepts, whatever a request says. */
  requireAcr: Level | null;
  /** Does it accept a trusted computer in place of a second factor? */
  acceptTrust: boolean;
  /** Ids of the organisations that it is open to; null: all. */
  organisations: string[] | null;
  /** Since when its organisations are let in (client-acts.ts); absent: an older version wrote it. */
  admitted?: Admitted;
  /** Another one with each registration, and after a leak; what was issued carries it. */
  registration?: string;
  createdAt: number;
}

/** Milliseconds since the epoch by organisation, `*` for those not named; absent: always. */
export type Admitted = Readonly<Record<string, number>>;

export const clientKind = kind<ClientRecord>('client', {
  indexes: {
    postings: carries,
    name: ({ name, gone }) => (gone ? undefined : foldedName(name)),
  },
});

/** What a document of an older version lacks. */
const DEFAULTS = { acceptTrust: true, organisations: null, offlineAccess: false, clientUri: null };

export interface NewClient {
  id?: string | undefined;
  name: string;
  kind: ClientKind;
  redirectUris: readonly string[];
  postLogoutRedirectUris?: readonly string[] | undefined;
  backchannelLogoutUri?: string | undefined;
  clientUri?: string | null | undefined;
  /** Undefined: RS256, which every library knows (OIDC Dynamic Client Registration §2). */
  alg?: SigningAlg | undefined;
  firstParty?: boolean | undefined;
  /** Undefined: no, where there is a secret. */
  requirePkce?: boolean | undefined;
  clientCredentials?: boolean | undefined;
  /** Undefined: native clients get it, as nobody sees their session end. */
  offlineAccess?: boolean | undefined;
  /** An `acr` value of ours. */
  requireAcr?: string | undefined;
  acceptTrust?: boolean | undefined;
  /** The caller knows that they exist. */
  organisations?: readonly string[] | null | undefined;
}

export interface ClientParts {
  store: Pick<Store, 'insert' | 'get' | 'scan' | 'delete'>;
  vault: Vault;
}

/**
 * Registers a client. The secret (256 random bits) is in the answer and nowhere else afterwards.
 * Problems name the fault: `client-id-format`, `client-taken`, `redirect-uri-missing`,
 * `redirect-uri-invalid`, `acr-unknown`, `client-option`, `client-built-in`.
 */
export async function addClient(
  { store, vault }: ClientParts,
  input: NewClient,
  now: number,
): Promise<{ client: ClientRecord; secret: string | null }> {
  if (input.id !== undefined) checkBuiltInAct(input.id, 'add');
  const secret =
    input.kind === 'web' || input.kind === 'mail' ? randomBytes(32).toString('base64url') : null;
  const client: ClientRecord = {
    ...newClientRecord(input),
    secretHash: secret && hashSecret(vault, secret),
    registration: randomBytes(12).toString('base64url'),
    createdAt: now,
  };
  if (!(await store.insert(clientKind, client.id, client))) {
    throw new Problem('client-taken', { status: 409, values: { id: client.id } });
  }
  return { client, secret };
}

/** A client as it will be kept, checked; problems as those of `addClient`. */
export function newClientRecord(input: NewClient): Omit<ClientRecord, 'secretHash' | 'createdAt'> {
  const id =
    input.id ?? randomBytes(9).toString('base64url').toLowerCase().replaceAll(/[-_]/gu, 'x');
  if (!isClientId(id)) throw new Problem('client-id-format', { values: { id } });
  if (!isName(input.name)) throw new Problem('name-format');
  if (needsRedirects(input)) throw new Problem('redirect-uri-missing');
  checkClientOptions(input, input);
  return {
    id,
    name: input.name.trim(),
    kind: input.kind,
    redirectUris: checkClientUris(input.redirectUris, input.kind),
    postLogoutRedirectUris: checkClientUris(input.postLogoutRedirectUris ?? [], input.kind),
    backchannelLogoutUri:
      input.backchannelLogoutUri === undefined
        ? null
        : checkClientUri(input.backchannelLogoutUri, 'web'),
    clientUri: checkHome(input.clientUri ?? null),
    alg: input.alg ?? 'RS256',
    firstParty: input.firstParty ?? true,
    requirePkce: input.requirePkce ?? !(input.kind === 'web' && input.redirectUris.length > 0),
    clientCredentials: input.clientCredentials ?? false,
    offlineAccess: input.offlineAccess ?? input.kind === 'native',
    requireAcr: checkAcr(input.requireAcr),
    acceptTrust: input.acceptTrust ?? true,
    organisations: input.organisations ? [...input.organisations] : null,
  };
}

/** Problem `redirect-uri-invalid`. */
export function checkHome(clientUri: string | null): string | null {
  return clientUri === null ? null : checkClientUri(clientUri, 'web');
}

/** Can a client have that id? */
export function isClientId(id: string): boolean {
  return /^[\w.-]{1,64}$/u.test(id);
}

function needsRedirects({ kind: of, redirectUris, clientCredentials }: NewClient): boolean {
  return of !== 'mail' && redirectUris.length === 0 && !(of === 'web' && clientCredentials);
}

/** As the rules of today read it, whichever version has stored it. */
export function readClient(stored: ClientRecord): ClientRecord {
  return withoutRefusedOptions({ ...DEFAULTS, ...stored });
}

export async function getClient(
  store: Pick<Store, 'get'>,
  id: string,
): Promise<ClientRecord | undefined> {
  const stored = await store.get(clientKind, id);
  return stored && !stored.gone ? readClient(stored) : undefined;
}

export async function listClients(store: Pick<Store, 'scan'>): Promise<ClientRecord[]> {
  const { items } = await store.scan(clientKind, { limit: 10_000 });
  return items.flatMap(({ value }) => (value.gone ? [] : [readClient(value)]));
}

/** Problem `acr-unknown`. */
export function checkAcr(acr: string | undefined): Level | null {
  if (acr === undefined) return null;
  const level = levelOf(acr);
  if (!level) throw new Problem('acr-unknown', { values: { acr } });
  return level;
}

/** A keyed hash, not a password hash: the secret has 256 random bits, and every token request pays for it. */
export function hashSecret(vault: Vault, secret: string): string {
  return vault.hash('client secret', secret);
}

/** Compares in constant time. `expected` is what `clientMetadata` gave the library as `client_secret`. */
export function secretMatches(vault: Vault, given: string, expected: string): boolean {
  const hash = hashSecret(vault, given);
  return (
    hash.length === expected.length && timingSafeEqual(Buffer.from(hash), Buffer.from(expected))
  );
}

/** The client as the library's dynamic registration metadata (OIDC Dynamic Client Registration §2). */
export function clientMetadata(client: ClientRecord): AdapterPayload {
  const signsIn = client.redirectUris.length > 0;
  return {
    client_id: client.id,
    client_name: client.name,
    ...(client.clientUri === null ? {} : { client_uri: client.clientUri }),
    application_type: client.kind === 'native' ? 'native' : 'web',
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    response_types: signsIn ? ['code'] : [],
    grant_types: [
      ...(signsIn ? ['authorization_code', 'refresh_token'] : []),
      ...(client.clientCredentials ? ['client_credentials'] : []),
    ],
    // Written out: unset means RS256 to the library.
    id_token_signed_response_alg: client.alg,
    ...(client.secretHash
      ? { client_secret: client.secretHash, token_endpoint_auth_method: 'client_secret_basic' }
      : { token_endpoint_auth_method: 'none' }),
    ...(client.backchannelLogoutUri
      ? {
          backchannel_logout_uri: client.backchannelLogoutUri,
          backchannel_logout_session_required: true,
        }
      : {}),
    [FIRST_PARTY]: client.firstParty,
    [REQUIRE_PKCE]: client.requirePkce || client.secretHash === null,
    [OFFLINE_ACCESS]: client.offlineAccess,
    [REQUIRE_ACR]: client.requireAcr,
    [ACCEPT_TRUST]: client.acceptTrust,
    [ORGANISATIONS]: client.organisations,
    [REGISTRATION]: client.registration ?? null,
    [ADMITTED]: client.admitted ?? null,
  };
}

/** Metadata of our own, which the library carries on its Client under the same names. */
export const FIRST_PARTY = 'latchkey_first_party';
export const REQUIRE_PKCE = 'latchkey_require_pkce';
export const OFFLINE_ACCESS = 'latchkey_offline_access';
export const REQUIRE_ACR = 'latchkey_require_acr';
export const ACCEPT_TRUST = 'latchkey_accept_trust';
export const ORGANISATIONS = 'latchkey_organisations';
export const REGISTRATION = 'latchkey_registration';
export const ADMITTED = 'latchkey_admitted';
export const OWN_METADATA = [
  FIRST_PARTY,
  REQUIRE_PKCE,
  OFFLINE_ACCESS,
  REQUIRE_ACR,
  ACCEPT_TRUST,
  ORGANISATIONS,
  REGISTRATION,
  ADMITTED,
];

/** What policy looks at, from the library's Client. */
export function policyOf(client: object): ClientPolicy {
  const metadata = client as Record<string, unknown>;
  const level = metadata[REQUIRE_ACR];
  const organisations = metadata[ORGANISATIONS];
  return {
    requireAcr: typeof level === 'string' ? (level as Level) : null,
    acceptTrust: metadata[ACCEPT_TRUST] !== false,
    organisations: Array.isArray(organisations) ? (organisations as string[]) : null,
  };
}
