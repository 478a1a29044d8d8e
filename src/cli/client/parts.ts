/** What the commands for clients share. */
import { clientNamed } from '../../operations/clients/client-named.ts';
import { groupsIn } from '../../operations/clients/check-named.ts';
import { getGroups, writtenGroup } from '../../records/group.ts';
import type { Installation } from '../../server/opened.ts';
import type { ClientRecord } from '../../records/client.ts';
import type { World } from '../../server/world.ts';
import type { Store } from '../../storage/store.ts';
import { confirm } from '../confirm.ts';
import { UsageError } from '../usage-error.ts';
import {
  onlyPositional,
  oneOf,
  string,
  strings,
  type Arguments,
  type Options,
} from '../command.ts';

/** One that is not there is no question. */
export async function confirmFor(
  world: World,
  args: Arguments,
  { store }: Installation,
  what: string,
): Promise<void> {
  if (args.options['yes'] !== true) await clientNamed(store, onlyPositional(args, 'CLIENT_ID'));
  await confirm(world, args.options, what);
}

export const YES_NO = ['yes', 'no'] as const;

/** Undefined when it was not given. */
export function yesOrNo(options: Options, name: string): boolean | undefined {
  const answer = oneOf(options, name, YES_NO);
  return answer && answer === 'yes';
}

/** `none`, or nothing, takes away what was there; undefined when it was not given. */
export function removable(options: Options, name: string): string | null | undefined {
  const value = string(options, name);
  return value === '' || value === 'none' ? null : value;
}

/** `none` alone, or an empty one, is an empty list; undefined when it was not given. */
export function listFrom(options: Options, name: string): string[] | undefined {
  const values = strings(options, name);
  if (values.length === 0) return undefined;
  const isNone = values.length === 1 && (values[0] === '' || values[0] === 'none');
  return isNone ? [] : values;
}

/** Null: `none`. */
export function secondsFrom(options: Options, name: string): number | null | undefined {
  const value = removable(options, name);
  if (value === undefined || value === null) return value;
  if (!/^\d{1,9}$/u.test(value))
    throw new UsageError(`--${name} must be a whole number of seconds, or none. It is "${value}".`);
  return Number(value);
}

/** As `--json` tells of it. `groups`: what they are called, by id. */
export function view(client: ClientRecord, groups: ReadonlyMap<string, string>) {
  const { lifetimes } = client;
  return {
    client_id: client.id,
    name: client.name,
    kind: client.kind,
    alg: client.alg,
    ...urisIn(client),
    auth_method: client.tokenEndpointAuthMethod,
    jwks: client.jwks,
    jwks_uri: client.jwksUri,
    first_party: client.firstParty,
    require_pkce: client.requirePkce,
    require_par: client.requirePar,
    require_dpop: client.requireDpop,
    client_credentials: client.clientCredentials,
    access_token_lifetime: lifetimes.accessToken ?? null,
    id_token_lifetime: lifetimes.idToken ?? null,
    refresh_token_lifetime: lifetimes.refreshToken ?? null,
    offline_access: client.offlineAccess,
    ...toldIn(client, groups),
    errors: client.errors,
    resource: client.resource,
    protocols: client.protocols,
    require_acr: client.requireAcr,
    trusted_computers: client.acceptTrust,
    organisations: client.organisations,
  };
}

function urisIn(client: ClientRecord) {
  return {
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris,
    backchannel_logout_uri: client.backchannelLogoutUri,
    client_uri: client.clientUri,
    logo_uri: client.logoUri,
    policy_uri: client.policyUri,
    terms_uri: client.tosUri,
    initiate_login_uri: client.initiateLoginUri,
  };
}

/** What it may be told of people. */
function toldIn(client: ClientRecord, groups: ReadonlyMap<string, string>) {
  const called = (id: string): string => groups.get(id) ?? id;
  return {
    allowed_scopes: client.scopes,
    groups: Array.isArray(client.groups) ? client.groups.map(called) : client.groups,
    roles: client.roles.map(({ value, group }) => ({ value, group: called(group) })),
    roles_claim: client.rolesClaim,
    claims: client.claims.map((claim) =>
      'group' in claim ? { ...claim, group: called(claim.group) } : claim,
    ),
    id_token_claims: client.claimsInIdToken,
  };
}

/** What the groups that a client names are called, as they are written: `ORG/NAME`. One that is gone has no name. */
export async function groupsOf(
  store: Pick<Store, 'getMany'>,
  client: ClientRecord,
): Promise<ReadonlyMap<string, string>> {
  const found = await getGroups(store, groupsIn(client));
  return new Map([...found].map(([id, group]) => [id, writtenGroup(group)]));
}
