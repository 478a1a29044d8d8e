/** Which options a kind of client can have, and why not: one table for registration, change and reading. */
import { Problem } from '../../problem.ts';
import { kindOf, type ClientKind, type ClientRecord } from '../../records/client.ts';
import type { NewClient } from './new-client.ts';

/** What an administrator says about a client besides what it is and how it is called. */
export type ClientOption = Exclude<keyof ClientRecord & keyof NewClient, 'id' | 'name' | 'kind'>;

interface OptionRule<Name extends ClientOption> {
  /** As the command line calls it. */
  flag: string;
  /** What a client that cannot have the option has. */
  without: ClientRecord[Name];
  /** The kinds that cannot have it, with the reason. */
  refusedFor: Partial<Record<ClientKind, string>>;
}

const nobody = 'nobody signs in to it';
const noWayBack = 'nobody signs in to it without a redirect URI';
const nobodySignsIn = { service: noWayBack, resource: nobody, mail: nobody };
const noSecret = 'it cannot keep a secret';
const noServer = 'it has no server that could be called';
const bareCode = `${noSecret}, so whoever gets hold of a code could redeem it (RFC 9700 §2.1.1)`;

export const CLIENT_OPTIONS: { readonly [Name in ClientOption]: OptionRule<Name> } = {
  redirectUris: {
    flag: 'redirect-uri',
    without: [],
    refusedFor: { service: noWayBack, resource: nobody, mail: nobody },
  },
  postLogoutRedirectUris: { flag: 'post-logout-uri', without: [], refusedFor: nobodySignsIn },
  backchannelLogoutUri: {
    flag: 'backchannel-logout-uri',
    without: null,
    refusedFor: { spa: noServer, native: noServer, ...nobodySignsIn },
  },
  clientUri: { flag: 'client-uri', without: null, refusedFor: nobodySignsIn },
  alg: { flag: 'alg', without: 'RS256', refusedFor: nobodySignsIn },
  firstParty: { flag: 'third-party', without: true, refusedFor: nobodySignsIn },
  requirePkce: {
    flag: 'require-pkce',
    without: true,
    refusedFor: { spa: bareCode, native: bareCode, ...nobodySignsIn },
  },
  clientCredentials: {
    flag: 'client-credentials',
    without: false,
    refusedFor: {
      spa: noSecret,
      native: noSecret,
      resource: 'it is handed tokens and gets none',
      mail: 'passcodes are checked without tokens',
    },
  },
  offlineAccess: { flag: 'offline-access', without: false, refusedFor: nobodySignsIn },
  requireAcr: { flag: 'require-acr', without: null, refusedFor: nobodySignsIn },
  acceptTrust: { flag: 'trusted-computers', without: true, refusedFor: nobodySignsIn },
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
    const { flag, without, refusedFor } = CLIENT_OPTIONS[name];
    const reason = refusedFor[use];
    if (reason !== undefined && isGiven(given[name], without)) {
      throw new Problem('client-option', { values: { option: flag, use: client.kind, reason } });
    }
  }
}

/** A stored client without what it cannot have: a version before may have let it be registered so. */
export function withoutRefusedOptions(client: ClientRecord): ClientRecord {
  const use = kindOf(client);
  const taken = NAMES.filter((name) => CLIENT_OPTIONS[name].refusedFor[use] !== undefined);
  const without = taken.map((name) => [name, CLIENT_OPTIONS[name].without] as const);
  return { ...client, ...(Object.fromEntries(without) as Partial<ClientRecord>) };
}

/** A flag that says what holds anyway, an empty list and null ask for nothing. */
function isGiven(value: unknown, without: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== 'boolean' || value !== without;
}
