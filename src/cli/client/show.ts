import { ACR } from '../../policy/factors.ts';
import { hasPeople, type ClientRecord } from '../../records/client.ts';
import { groupsFor } from '../../policy/apps/who-may.ts';
import { getGroups } from '../../records/group.ts';
import { listOrganisations } from '../../records/organisation.ts';
import type { Store } from '../../storage/store.ts';
import { pkceOf } from '../../oidc/clients/client-pkce.ts';
import { needs } from '../../oidc/clients/needs.ts';
import { clientNamed } from '../../operations/clients/client-named.ts';
import { groupsOf, view } from './parts.ts';
import { lines, needsInLines } from './needs.ts';
import { secretsInLines, shownSecrets } from './secrets.ts';
import { onlyPositional, withInstallation, type Command } from '../command.ts';

const yesOrNo = (is: boolean): string => (is ? 'yes' : 'no');

type Groups = ReadonlyMap<string, string>;
type Lines = Record<string, string | undefined>;

/** What an administrator has said of it; of one that nobody signs in to, there is less to say. */
function registered(client: ClientRecord, groups: Groups): Lines {
  const { id, name, kind, organisations } = client;
  return {
    client_id: id,
    name,
    kind,
    organisations: organisations?.join(' ') ?? 'all',
    resource: client.resource ?? undefined,
    protocols: client.protocols.join(' ') || undefined,
    ...(hasPeople(kind) ? ofPeople(client, groups) : {}),
    keys: keysOf(client),
    lifetimes: lifetimesOf(client),
    'requires DPoP': client.requireDpop ? 'yes' : undefined,
  };
}

/** Where nothing was said, most of it has no line. */
function ofPeople(client: ClientRecord, groups: Groups): Lines {
  const { requireAcr } = client;
  return {
    'third party': yesOrNo(!client.firstParty),
    'require acr': requireAcr === null ? 'none' : ACR[requireAcr],
    'accepts trust': yesOrNo(client.acceptTrust),
    'offline access': yesOrNo(client.offlineAccess),
    'client URI': client.clientUri ?? 'none',
    'logo URI': client.logoUri ?? undefined,
    'policy URI': client.policyUri ?? undefined,
    'terms URI': client.tosUri ?? undefined,
    'begun at': client.initiateLoginUri ?? undefined,
    'requires PAR': client.requirePar ? 'yes' : undefined,
    errors: client.errors === 'page' ? 'shown on our page' : undefined,
    ...toldOf(client, groups),
  };
}

function toldOf(client: ClientRecord, groups: Groups): Lines {
  const { groups: those, roles, claims } = view(client, groups);
  const source = (claim: (typeof claims)[number]): string => {
    if ('group' in claim) return `group:${claim.group}`;
    return 'attribute' in claim ? `attribute:${claim.attribute}` : `constant:${claim.constant}`;
  };
  return {
    groups: Array.isArray(those) ? those.join(', ') : those,
    [client.rolesClaim]:
      roles.map(({ value, group }) => `${value}=group:${group}`).join(', ') || undefined,
    claims: claims.map((claim) => `${claim.name}=${source(claim)}`).join(', ') || undefined,
    'in ID tokens': client.claimsInIdToken ? 'all claims' : undefined,
  };
}

function keysOf({ jwks, jwksUri }: ClientRecord): string | undefined {
  if (jwks) return jwks.keys.map(({ kid, kty }) => `${kty} ${kid ?? ''}`.trim()).join(', ');
  return jwksUri ?? undefined;
}

function lifetimesOf({ lifetimes }: ClientRecord): string | undefined {
  const { accessToken, idToken, refreshToken } = lifetimes;
  const told = Object.entries({
    'access token': accessToken,
    'ID token': idToken,
    'refresh token': refreshToken,
  }).flatMap(([what, seconds]) => (seconds === undefined ? [] : [`${what} ${seconds} s`]));
  return told.join(', ') || undefined;
}

/** Organisations that let some of their people use it alone. */
async function withinOrganisations(store: Pick<Store, 'getMany' | 'scan'>, { id }: ClientRecord) {
  const told: Lines = {};
  for await (const organisation of listOrganisations(store)) {
    const those = groupsFor(organisation, id);
    if (!those) continue;
    const names = [...(await getGroups(store, those)).values()].map(({ name }) => name);
    told[`within ${organisation.id}`] = names.join(', ') || 'nobody';
  }
  return told;
}

export const clientShow: Command = {
  usage: 'CLIENT_ID',
  options: {},
  run: (world, args) =>
    withInstallation(world, args.options, async ({ store, config: { issuer } }) => {
      const client = await clientNamed(store, onlyPositional(args, 'CLIENT_ID'));
      const groups = await groupsOf(store, client);
      const known = { client, issuer, pkce: await pkceOf(store, client) };
      const secrets = await shownSecrets(store, client, world.now());
      const json = { ...view(client, groups), ...needs(known), secrets };
      const told = { ...registered(client, groups), ...(await withinOrganisations(store, client)) };
      const text = [...lines(told), ...needsInLines(known), ...secretsInLines(secrets)].join('\n');
      return { text, json };
    }),
};
