/** What a client is told of a person beyond the standard claims, as its record says. Pure. */
import type { ClientRecord, OwnClaim } from '../../records/client.ts';
import { isOwnClaimName } from './own-claim.ts';
import type { ClaimFacts, ClaimValue, GroupName, Need } from './standard-claims.ts';

type Telling = Pick<ClientRecord, 'organisations' | 'groups' | 'roles' | 'rolesClaim' | 'claims'>;

/** A claim of the client's own. */
export interface ClientClaim {
  name: string;
  /** In words of the administrator's, for the preview; `group`: the id of the one that it is about. */
  from: string;
  group?: string;
  needs?: Need;
  /** Undefined: there is nothing to say. */
  value(facts: ClaimFacts): ClaimValue | undefined;
}

/**
 * The `groups` claim: those that the client sees, of the person's; undefined: it sees none at all. By their
 * names for a client that is open to exactly one organisation and to its groups alone, else
 * ORGANISATION/NAME: the same name elsewhere is another group.
 */
export function groupsClaim(
  { groups: seen, organisations }: Pick<Telling, 'groups' | 'organisations'>,
  groups: readonly GroupName[],
): string[] | undefined {
  if (seen === 'none') return undefined;
  const [only] = organisations?.length === 1 ? organisations : [];
  const told = groups.filter(({ id }) => seen === 'all' || seen.includes(id));
  return told.map(({ organisation, name }) =>
    organisation === only ? name : `${organisation}/${name}`,
  );
}

/** The roles, and then its own claims in their order; of two of one name the first. */
export function clientClaims(client: Telling): ClientClaim[] {
  const { roles, claims } = client;
  const all = [...(roles.length > 0 ? [rolesOf(client)] : []), ...claims.map(ownClaim)];
  const names = all.map(({ name }) => name);
  return all.filter(({ name }, at) => isOwnClaimName(name) && names.indexOf(name) === at);
}

export function clientClaimNames(client: Telling): string[] {
  return clientClaims(client).map(({ name }) => name);
}

function rolesOf({ roles, rolesClaim: name }: Telling): ClientClaim {
  return {
    name,
    from: 'the roles of its groups',
    needs: 'groups',
    value: ({ groups }) => {
      const held = roles.filter(({ group }) => groups.some(({ id }) => id === group));
      return [...new Set(held.map(({ value }) => value))];
    },
  };
}

function ownClaim(own: OwnClaim): ClientClaim {
  const { name } = own;
  if ('constant' in own) return { name, from: 'a constant', value: () => own.constant };
  if ('group' in own)
    return {
      name,
      from: 'membership of the group',
      group: own.group,
      needs: 'groups',
      value: ({ groups }) => groups.some(({ id }) => id === own.group),
    };
  return {
    name,
    from: `attribute ${own.attribute}`,
    needs: 'profile',
    value: ({ attribute }) => attribute(own.attribute),
  };
}

/** Ids of the groups that anything that the client is told depends on; `all`: every one. */
export function groupsLookedAt(client: Telling, withGroups: boolean): 'all' | ReadonlySet<string> {
  if (withGroups && client.groups === 'all') return 'all';
  return new Set([
    ...(withGroups && client.groups !== 'none' ? client.groups : []),
    ...client.roles.map(({ group }) => group),
    ...client.claims.flatMap((own) => ('group' in own ? [own.group] : [])),
  ]);
}
