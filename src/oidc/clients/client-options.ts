/** Which options a kind of client can have, and why not: one table for registration, change and reading. */
import { Problem } from '../../problem.ts';
import { kindOf, type ClientKind, type ClientRecord } from '../../records/client.ts';
import type { ClientFields } from './new-client.ts';

/** What an administrator says about a client besides what it is and how it is called. */
export type ClientOption = keyof ClientFields & keyof ClientRecord;

interface OptionRule<Name extends ClientOption> {
  /** As the command line calls it. */
  flag: string;
  /** What a client that cannot have the option has. */
  without: ClientRecord[Name];
  /** The kinds that cannot have it, with the reason. */
  refusedFor: Partial<Record<ClientKind, string>>;
  /** Does whoever says what holds anyway ask for it still? */
  askedByDefault?: true;
}

const nobody = 'nobody signs in to it';
const noWayBack = 'nobody signs in to it without a redirect URI';
const nobodySignsIn = { service: noWayBack, resource: nobody, mail: nobody };
const elsewhere = 'people sign in to it on another device, and nobody comes back to it';
const askedByItself = 'it asks by itself, without a browser';
const noSecret = 'it cannot keep a secret';
const noServer = 'it has no server that could be called';
const bareCode = `${noSecret}, so whoever gets hold of a code could redeem it (RFC 9700 §2.1.1)`;
const noTokens = { resource: 'it is handed tokens and gets none', mail: 'it gets no tokens' };
const noKey = { spa: noSecret, native: noSecret, mail: 'passcodes are checked with a secret' };
const noResource = 'only what is handed tokens belongs to a resource';
const onlyResources = {
  web: noResource,
  spa: noResource,
  native: noResource,
  device: noResource,
  service: noResource,
};
const noMail = 'only mail servers have passcodes checked';
const signsIn = { refusedFor: nobodySignsIn };
const inBrowser = (device: string) => ({ refusedFor: { ...nobodySignsIn, device } });

export const CLIENT_OPTIONS: { readonly [Name in ClientOption]: OptionRule<Name> } = {
  redirectUris: {
    flag: 'redirect-uri',
    without: [],
    refusedFor: {
      ...nobodySignsIn,
      device: elsewhere,
      service: 'one that people come back to is a web client',
    },
  },
  postLogoutRedirectUris: { flag: 'post-logout-uri', without: [], ...inBrowser(elsewhere) },
  backchannelLogoutUri: {
    flag: 'backchannel-logout-uri',
    without: null,
    refusedFor: { spa: noServer, native: noServer, device: noServer, ...nobodySignsIn },
  },
  clientUri: { flag: 'client-uri', without: null, ...signsIn },
  logoUri: { flag: 'logo-uri', without: null, ...signsIn },
  policyUri: { flag: 'policy-uri', without: null, ...signsIn },
  tosUri: { flag: 'terms-uri', without: null, ...signsIn },
  initiateLoginUri: {
    flag: 'initiate-login-uri',
    without: null,
    ...inBrowser('a sign-in begins at the device'),
  },
  tokenEndpointAuthMethod: {
    flag: 'auth-method',
    without: 'none',
    refusedFor: { spa: noSecret, native: noSecret },
  },
  jwks: { flag: 'jwks-file', without: null, refusedFor: noKey },
  jwksUri: { flag: 'jwks-uri', without: null, refusedFor: noKey },
  alg: { flag: 'alg', without: 'RS256', ...signsIn, askedByDefault: true },
  lifetimes: { flag: 'access-token-lifetime', without: {}, refusedFor: noTokens },
  firstParty: { flag: 'third-party', without: true, ...signsIn },
  requirePkce: {
    flag: 'require-pkce',
    without: true,
    refusedFor: {
      spa: bareCode,
      native: bareCode,
      device: 'its code comes by no redirect',
      ...nobodySignsIn,
    },
  },
  requirePar: { flag: 'require-par', without: false, ...inBrowser(askedByItself) },
  requireDpop: { flag: 'require-dpop', without: false, refusedFor: noTokens },
  clientCredentials: {
    flag: 'client-credentials',
    without: false,
    refusedFor: {
      spa: noSecret,
      native: noSecret,
      device: 'its tokens are for whoever has signed in; what gets tokens for itself is a service',
      resource: 'it is handed tokens and gets none',
      mail: 'passcodes are checked without tokens',
    },
  },
  offlineAccess: { flag: 'offline-access', without: false, ...signsIn },
  scopes: { flag: 'scope', without: [], refusedFor: noTokens },
  groups: { flag: 'groups', without: 'none', ...signsIn },
  roles: { flag: 'role', without: [], ...signsIn },
  rolesClaim: { flag: 'roles-claim', without: 'roles', ...signsIn },
  claims: { flag: 'claim', without: [], ...signsIn },
  claimsInIdToken: { flag: 'id-token-claims', without: false, ...signsIn },
  errors: { flag: 'errors', without: 'redirect', ...inBrowser('nothing is redirected to it') },
  resource: { flag: 'resource', without: null, refusedFor: onlyResources },
  protocols: {
    flag: 'protocols',
    without: [],
    refusedFor: {
      web: noMail,
      spa: noMail,
      native: noMail,
      device: noMail,
      service: noMail,
      resource: noMail,
    },
  },
  requireAcr: { flag: 'require-acr', without: null, ...signsIn },
  acceptTrust: { flag: 'trusted-computers', without: true, ...signsIn },
  // A mail server checks the passcodes of some organisations: it can have this one.
  organisations: {
    flag: 'org',
    without: null,
    refusedFor: { service: noWayBack, resource: nobody },
  },
};

const NAMES = Object.keys(CLIENT_OPTIONS) as ClientOption[];

export type GivenOptions = { readonly [Name in ClientOption]?: unknown };

/** Problem `client-option` for the first given one that a client of this kind cannot have. */
export function checkClientOptions(
  client: Pick<ClientRecord, 'kind'> & { redirectUris: readonly string[] },
  given: GivenOptions,
): void {
  const use = kindOf(client);
  for (const name of NAMES) {
    const { flag, without, refusedFor, askedByDefault = false } = CLIENT_OPTIONS[name];
    const reason = refusedFor[use];
    if (reason !== undefined && isGiven(given[name], without, askedByDefault)) {
      throw new Problem('client-option', { values: { option: flag, use: client.kind, reason } });
    }
  }
}

/** A stored client without what it cannot have: a version before may have let it be registered so. */
export function withoutRefusedOptions<T extends Pick<ClientRecord, 'kind' | 'redirectUris'>>(
  client: T,
): T {
  const use = kindOf(client);
  const taken = NAMES.filter((name) => CLIENT_OPTIONS[name].refusedFor[use] !== undefined);
  const without = taken.map((name) => [name, CLIENT_OPTIONS[name].without] as const);
  return { ...client, ...(Object.fromEntries(without) as Partial<T>) };
}

/** What holds anyway, an empty list and null ask for nothing. */
function isGiven(value: unknown, without: unknown, askedByDefault: boolean): boolean {
  if (value === undefined || value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  return askedByDefault || value !== without;
}
