/**
 * What a client is answered of a person, in an ID token or at userinfo: the standard claims that are asked
 * for, and claims of its own. Nothing is read that none of them needs.
 */
import type { ClientRecord } from '../../records/client.ts';
import { requestProfiles } from '../request-reads.ts';
import { attributeOf, completeProfile, type Profile } from '../../records/profile.ts';
import type { Person } from '../../records/person.ts';
import {
  clientClaims,
  groupsClaim,
  groupsLookedAt,
  type ClientClaim,
} from '../../policy/claims/client-claims.ts';
import { domainOf, isEmailVerified, isProven } from '../../policy/claims/email-verified.ts';
import {
  STANDARD_CLAIMS,
  type ClaimFacts,
  type ClaimValue,
  type GroupName,
  type Need,
} from '../../policy/claims/standard-claims.ts';
import type { Store } from '../../storage/store.ts';
import type { GroupNames } from './group-names.ts';
import type { MailDomains } from './mail-domains.ts';

export interface ClaimParts {
  store: Pick<Store, 'get'>;
  groupNames: GroupNames;
  mailDomains: MailDomains;
}

export interface AskedClaims {
  /** Names of standard claims. */
  names: ReadonlySet<string>;
  /** Names of the client's own. */
  own: ReadonlySet<string>;
}

export type Claims = Readonly<Record<string, ClaimValue>>;

/** Both without what there is nothing to say of. */
export interface ClaimsAnswer {
  standard: Claims;
  /** In the order of the record, the roles first. */
  own: Claims;
}

export async function answerClaims(
  parts: ClaimParts,
  person: Person,
  client: ClientRecord,
  asked: AskedClaims,
): Promise<ClaimsAnswer> {
  const own = clientClaims(client).filter(({ name }) => asked.own.has(name));
  const facts = await readFacts(parts, person, client, { names: asked.names, own });
  const standard = [...asked.names].map((name): Said => [name, standardClaim(name, client, facts)]);
  return {
    standard: said(standard),
    own: said(own.map(({ name, value }): Said => [name, value(facts)])),
  };
}

type Said = [name: string, value: ClaimValue | undefined];

/** Each is data, whatever it is called. */
function said(claims: readonly Said[]): Claims {
  return Object.fromEntries(
    claims.filter((claim): claim is [string, ClaimValue] => claim[1] !== undefined),
  );
}

function standardClaim(
  name: string,
  client: ClientRecord,
  facts: ClaimFacts,
): ClaimValue | undefined {
  if (name === 'groups') return groupsClaim(client, facts.groups);
  return STANDARD_CLAIMS.get(name)?.value(facts);
}

async function readFacts(
  { store, groupNames, mailDomains }: ClaimParts,
  person: Person,
  client: ClientRecord,
  asked: { names: ReadonlySet<string>; own: readonly ClientClaim[] },
): Promise<ClaimFacts> {
  const needs = needsOf(asked);
  const [profile, groups, emailVerified] = await Promise.all([
    needs.has('profile') ? requestProfiles.of(store, person.id) : NO_PROFILE,
    needs.has('groups')
      ? groupsOf(groupNames, person, groupsLookedAt(client, asked.names.has('groups')))
      : [],
    needs.has('domains') && isVerified(mailDomains, person),
  ]);
  const attribute = (name: string) => attributeOf(profile, name);
  return { person, profile, attribute, groups, emailVerified };
}

const NO_PROFILE: Profile = completeProfile(undefined);

function needsOf(asked: {
  names: ReadonlySet<string>;
  own: readonly ClientClaim[];
}): ReadonlySet<Need> {
  const needs = new Set<Need>();
  for (const name of asked.names) {
    const need = name === 'groups' ? 'groups' : STANDARD_CLAIMS.get(name)?.needs;
    if (need) needs.add(need);
  }
  for (const { needs: need } of asked.own) if (need) needs.add(need);
  return needs;
}

/** Of those that there are: the id of a group that was removed counts for nothing. */
async function groupsOf(
  names: GroupNames,
  { groups }: Person,
  lookedAt: 'all' | ReadonlySet<string>,
): Promise<GroupName[]> {
  return names.of(lookedAt === 'all' ? groups : groups.filter((id) => lookedAt.has(id)));
}

async function isVerified(mailDomains: MailDomains, person: Person): Promise<boolean> {
  if (isProven(person)) return true;
  const { email, organisation } = person;
  const domains = await mailDomains.of(organisation);
  const elsewhere =
    domains === null && (await mailDomains.isElsewhere(domainOf(email), organisation));
  return isEmailVerified(person, domains, elsewhere);
}
