/** What an administrator says about a client, field by field, as it will be kept. */
import type { Config } from '../../../config/schema.ts';
import type { ClientLifetimes, ClientRecord } from '../../../records/client.ts';
import { PROTOCOLS } from '../../../records/passcode.ts';
import { checkAcr } from '../clients.ts';
import { checkClientUri, checkClientUris } from '../client-uri.ts';
import type { ClientFields } from '../new-client.ts';
import type { ClientOption } from '../client-options.ts';
import {
  checkGroups,
  checkOwnClaims,
  checkRoles,
  checkRolesClaim,
  checkScopes,
} from './client-claims.ts';
import { checkKeys } from './client-keys.ts';
import { refusedValue } from './client-value.ts';

/** Seconds: as long as tokens of the installation live. */
export type Longest = Pick<Config['lifetimes'], 'access_token' | 'id_token' | 'refresh_token'>;

/** What a field is looked at beside. */
export interface Beside {
  client: Pick<ClientRecord, 'kind' | 'lifetimes'>;
  longest: Longest;
}

type Checks = {
  readonly [Name in ClientOption]: (
    value: NonNullable<ClientFields[Name]>,
    beside: Beside,
  ) => ClientRecord[Name];
};

const asItIs = <T>(value: T): T => value;
/** Of a page or an endpoint on the client's side. */
const webUri = (uri: string): string => checkClientUri(uri, 'web');

const CHECKS: Checks = {
  redirectUris: (uris, { client }) => checkClientUris(uris, client.kind),
  postLogoutRedirectUris: (uris, { client }) => checkClientUris(uris, client.kind),
  backchannelLogoutUri: webUri,
  clientUri: webUri,
  logoUri: webUri,
  policyUri: webUri,
  tosUri: webUri,
  initiateLoginUri: webUri,
  tokenEndpointAuthMethod: asItIs,
  jwks: checkKeys,
  jwksUri: webUri,
  alg: asItIs,
  lifetimes: checkLifetimes,
  firstParty: asItIs,
  requirePkce: asItIs,
  requirePar: asItIs,
  requireDpop: asItIs,
  clientCredentials: asItIs,
  offlineAccess: asItIs,
  scopes: checkScopes,
  groups: checkGroups,
  roles: checkRoles,
  rolesClaim: checkRolesClaim,
  claims: checkOwnClaims,
  claimsInIdToken: asItIs,
  errors: asItIs,
  resource: asItIs,
  protocols: (given) => PROTOCOLS.filter((protocol) => given.includes(protocol)),
  requireAcr: (acr) => checkAcr(acr),
  acceptTrust: asItIs,
  organisations: (ids) => [...new Set(ids)],
};

/** Those that were given. Problems: `redirect-uri-invalid`, `acr-unknown`, `client-value`. */
export function checkedFields(fields: ClientFields, beside: Beside): Partial<ClientRecord> {
  const names = Object.keys(CHECKS) as ClientOption[];
  const given = names.filter((name) => fields[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, checked(name, fields[name], beside)]));
}

function checked(name: ClientOption, value: unknown, beside: Beside): unknown {
  const check = CHECKS[name] as (value: unknown, beside: Beside) => unknown;
  return value === null ? null : check(value, beside);
}

const LIFETIMES: readonly [keyof ClientLifetimes, keyof Longest, flag: string][] = [
  ['accessToken', 'access_token', 'access-token-lifetime'],
  ['idToken', 'id_token', 'id-token-lifetime'],
  ['refreshToken', 'refresh_token', 'refresh-token-lifetime'],
];
/** Seconds; a shorter one could not be used before it has expired. */
const SHORTEST = 30;

function checkLifetimes(
  given: NonNullable<ClientFields['lifetimes']>,
  { client, longest }: Beside,
): ClientLifetimes {
  const kept: ClientLifetimes = { ...client.lifetimes };
  for (const [name, of, flag] of LIFETIMES) {
    const seconds = given[name];
    if (seconds === null) delete kept[name];
    if (seconds === null || seconds === undefined) continue;
    const refuse = (reason: string) => refusedValue('lifetimes', String(seconds), reason, flag);
    if (client.kind === 'service' && name !== 'accessToken')
      throw refuse('a service gets access tokens alone');
    if (!Number.isInteger(seconds) || seconds < SHORTEST || seconds > longest[of])
      throw refuse(`it is ${SHORTEST} to ${longest[of]} seconds, as long as the installation’s`);
    kept[name] = seconds;
  }
  return kept;
}
