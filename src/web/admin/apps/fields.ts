/**
 * THE TABLE of what can be set of an app, as forms have it: in which part each field is, how it is shown and
 * what of a form it is read from. Which of them an app can have its kind says (oidc/clients/client-options.ts).
 */
import { CLIENT_OPTIONS, type ClientOption } from '../../../oidc/clients/client-options.ts';
import { isOwnClient } from '../../../oidc/clients/own/own-clients.ts';
import type { TaggedField } from '../../../operations/clients/seen/client-tag.ts';
import { ACR } from '../../../policy/factors.ts';
import { TOKEN_ENDPOINT_AUTH_METHODS, type ClientRecord } from '../../../records/client.ts';
import { PROTOCOLS } from '../../../records/passcode.ts';
import { SIGNING_ALGS } from '../../../records/signing-key.ts';

export type AppFieldName =
  Exclude<ClientOption, 'lifetimes' | 'organisations'> | 'name' | keyof ClientRecord['lifetimes'];

/** `lines`: a box, one in each line; `set`: some of the values; `seconds`: a number, or nothing. */
export type AppFieldKind =
  'text' | 'lines' | 'flag' | 'choice' | 'set' | 'seconds' | 'keys' | 'groups' | 'roles' | 'claims';

export interface AppField {
  name: AppFieldName;
  kind: AppFieldKind;
  /** Of a choice or a set. */
  values?: readonly string[];
  /** Are they words of ours (`apps.value.<name>.<value>`), or names of a standard? */
  worded?: true;
}

export const PART_IDS = ['about', 'addresses', 'sign-in', 'told', 'tokens'] as const;
export type PartId = (typeof PART_IDS)[number];

const text = (name: AppFieldName): AppField => ({ name, kind: 'text' });
const lines = (name: AppFieldName): AppField => ({ name, kind: 'lines' });
const flag = (name: AppFieldName): AppField => ({ name, kind: 'flag' });
const seconds = (name: AppFieldName): AppField => ({ name, kind: 'seconds' });

export const PARTS: Readonly<Record<PartId, readonly AppField[]>> = {
  about: [
    text('name'),
    flag('firstParty'),
    text('clientUri'),
    text('logoUri'),
    text('policyUri'),
    text('tosUri'),
  ],
  addresses: [
    lines('redirectUris'),
    lines('postLogoutRedirectUris'),
    text('backchannelLogoutUri'),
    text('initiateLoginUri'),
  ],
  'sign-in': [
    { name: 'requireAcr', kind: 'choice', values: ['none', ...Object.values(ACR)], worded: true },
    flag('acceptTrust'),
    { name: 'errors', kind: 'choice', values: ['redirect', 'page'], worded: true },
  ],
  told: [
    lines('scopes'),
    flag('claimsInIdToken'),
    { name: 'groups', kind: 'groups', values: ['all', 'none', 'named'], worded: true },
    text('rolesClaim'),
    { name: 'roles', kind: 'roles' },
    { name: 'claims', kind: 'claims' },
  ],
  tokens: [
    { name: 'resource', kind: 'choice', values: [] },
    { name: 'protocols', kind: 'set', values: PROTOCOLS },
    { name: 'tokenEndpointAuthMethod', kind: 'choice', values: TOKEN_ENDPOINT_AUTH_METHODS },
    { name: 'jwks', kind: 'keys' },
    text('jwksUri'),
    flag('requirePkce'),
    flag('requirePar'),
    flag('requireDpop'),
    flag('clientCredentials'),
    flag('offlineAccess'),
    { name: 'alg', kind: 'choice', values: SIGNING_ALGS },
    seconds('accessToken'),
    seconds('idToken'),
    seconds('refreshToken'),
  ],
};

const LIFETIMES: readonly string[] = ['accessToken', 'idToken', 'refreshToken'];
/** Of Latchkey's own apps, only what is asked of a sign-in can be set. */
const OF_OWN: readonly string[] = ['requireAcr', 'acceptTrust'];

/** Where the value is kept. */
export function keptIn(name: AppFieldName): TaggedField {
  return (LIFETIMES.includes(name) ? 'lifetimes' : name) as TaggedField;
}

/** Those of a part that this app can have; none: there is no such part of it. */
export function fieldsOf({ id, kind }: ClientRecord, part: PartId): readonly AppField[] {
  const options: Readonly<Record<string, { refusedFor: Partial<Record<string, string>> }>> =
    CLIENT_OPTIONS;
  return PARTS[part].filter(({ name }) => {
    if (isOwnClient(id)) return OF_OWN.includes(name);
    return options[keptIn(name)]?.refusedFor[kind] === undefined;
  });
}

/** The field that an option of the command line is, as problems name it. */
export function fieldOfFlag(flagName: string): AppFieldName | undefined {
  const ofLifetime = { 'id-token-lifetime': 'idToken', 'refresh-token-lifetime': 'refreshToken' };
  if (flagName === 'access-token-lifetime') return 'accessToken';
  if (Object.hasOwn(ofLifetime, flagName))
    return ofLifetime[flagName as keyof typeof ofLifetime] as AppFieldName;
  const names = Object.keys(CLIENT_OPTIONS) as ClientOption[];
  return names.find((name) => CLIENT_OPTIONS[name].flag === flagName) as AppFieldName | undefined;
}
