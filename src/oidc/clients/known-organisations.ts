/**
 * People with their organisations, for what is asked with every code and token: may they use this app? As of
 * the last half second (timing/half-second.ts). What a sign-in is judged by is read anew each time
 * (oidc/authorization/with-organisation.ts).
 */
import { getOrganisation, type Organisation } from '../../records/organisation.ts';
import { getGroups } from '../../records/group.ts';
import type { Person } from '../../records/person.ts';
import type { Store } from '../../storage/store.ts';
import { halfSecond } from '../../timing/half-second.ts';
import type { GroupNames } from '../claims/group-names.ts';

export interface KnownOrganisations {
  /** Undefined: the organisation is gone, or there is none of that id. */
  of<P extends Grouped>(person: P): Promise<InOrganisation<P> | undefined>;
}

/** By its id, at most half a second old. */
export type ReadOrganisation = (
  id: string,
) => Organisation | undefined | Promise<Organisation | undefined>;

type Grouped = Pick<Person, 'organisation' | 'groups'>;
interface InOrganisation<P extends Grouped> {
  person: P;
  organisation: Organisation;
}

export function cachedOrganisations(
  store: Pick<Store, 'get'>,
  now: () => number,
): ReadOrganisation {
  return halfSecond({ read: (id) => getOrganisation(store, id), now, most: 1000 });
}

export function createKnownOrganisations(parts: {
  organisation: ReadOrganisation;
  groupNames: GroupNames;
}): KnownOrganisations {
  const living = async (ids: string[]): Promise<string[]> =>
    (await parts.groupNames.of(ids)).map(({ id }) => id);
  return {
    async of(person) {
      const organisation = await parts.organisation(person.organisation);
      return organisation && withLivingGroups({ person, organisation }, living);
    },
  };
}

/** The same, with those of the groups that there are: one that is gone lets nobody in. */
export async function withLivingGroups<P extends Grouped>(
  { person, organisation }: InOrganisation<P>,
  living: (ids: string[]) => Promise<string[]>,
): Promise<InOrganisation<P>> {
  // Asked with every token, and most are in none.
  if (person.groups.length === 0) return { person, organisation };
  const lists = Object.entries(organisation.apps);
  const named = new Set(lists.flatMap(([, groups]) => groups));
  const theirs = person.groups.filter((id) => named.has(id));
  // Nothing is read for an organisation whose apps are open to everybody in it.
  if (theirs.length === 0) return { person, organisation };
  const alive = new Set(await living(theirs));
  const gone = new Set(theirs.filter((id) => !alive.has(id)));
  if (gone.size === 0) return { person, organisation };
  const apps = lists.map(([client, groups]) => [client, groups.filter((id) => !gone.has(id))]);
  return { person, organisation: { ...organisation, apps: Object.fromEntries(apps) } };
}

/** As they are in the store now. */
export function livingIn(store: Pick<Store, 'getMany'>) {
  return async (ids: string[]): Promise<string[]> => [...(await getGroups(store, ids)).keys()];
}
