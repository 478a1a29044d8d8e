/**
 * People with their organisations, for what is asked with every code and token: may they use this app? Cached
 * as clients are: what an administrator changes is seen within half a second, on every process. What a
 * sign-in is judged by is read anew each time (oidc/authorization/with-organisation.ts).
 */
import { LRUCache } from 'lru-cache';
import { getOrganisation, type Organisation } from '../../records/organisation.ts';
import { getGroups } from '../../records/group.ts';
import type { Person } from '../../records/person.ts';
import type { Store } from '../../storage/store.ts';
import { createGroupNames } from '../claims/group-names.ts';

/** Milliseconds that an organisation may be stale. */
const FRESH = 500;
const MOST = 1000;

export interface KnownOrganisations {
  /** Undefined: the organisation is gone, or there is none of that id. */
  of<P extends Grouped>(person: P): Promise<InOrganisation<P> | undefined>;
}

type Grouped = Pick<Person, 'organisation' | 'groups'>;
interface InOrganisation<P extends Grouped> {
  person: P;
  organisation: Organisation;
}

export function createKnownOrganisations({
  store,
  now,
}: {
  store: Pick<Store, 'get' | 'getMany'>;
  /** Milliseconds since the epoch. */
  now(): number;
}): KnownOrganisations {
  const cached = new LRUCache<string, { at: number; organisation: Organisation | undefined }>({
    max: MOST,
  });
  const names = createGroupNames(store, now);
  const read = async (id: string): Promise<Organisation | undefined> => {
    const at = now();
    const known = cached.get(id);
    if (known && Math.abs(at - known.at) < FRESH) return known.organisation;
    const organisation = await getOrganisation(store, id);
    cached.set(id, { at, organisation });
    return organisation;
  };
  return {
    async of(person) {
      const organisation = await read(person.organisation);
      const living = async (ids: string[]) => (await names.of(ids)).map(({ id }) => id);
      return organisation && withLivingGroups({ person, organisation }, living);
    },
  };
}

/** The same, with those of the groups that there are: one that is gone lets nobody in. */
export async function withLivingGroups<P extends Grouped>(
  { person, organisation }: InOrganisation<P>,
  living: (ids: string[]) => Promise<string[]>,
): Promise<InOrganisation<P>> {
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
