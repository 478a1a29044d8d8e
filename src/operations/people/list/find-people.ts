/** People, page by page, searched and filtered: of all of them, or of the organisation of whoever asks. */
import type { Performed } from '../../../audit/performed.ts';
import { requiredFrom } from '../../../policy/assurance.ts';
import {
  isListComplete,
  personEntryCollection,
  type PersonEntry,
} from '../../../records/lists/person-entry.ts';
import { membershipCollection, membershipId } from '../../../records/membership.ts';
import { getOrganisation } from '../../../records/organisation.ts';
import { resultOf, type Result } from '../../../result.ts';
import type { Vault } from '../../../secrets/vault.ts';
import type { Store } from '../../../storage/store.ts';
import { remembering } from '../../../timing/remembering.ts';
import { checkOrganisations } from '../../organisations/check-organisations.ts';
import { groupAndPermission } from '../../groups/found-group.ts';
import { reach } from '../../permission.ts';
import { PEOPLE_PAGE, type PeopleQuery, type PeopleState } from './people-query.ts';
import { openPlace, sealPlace, type Place } from './places.ts';
import { enrolledOf, isFound, isTurned, rangesOf } from './ranges.ts';
import { walk, type Matches, type Walked } from './walk.ts';

export interface ListedPerson extends PersonEntry {
  /** From when a second factor is required (milliseconds since the epoch; 0: always has been); null: it is not. */
  requiredFrom: number | null;
}

export interface PeoplePage {
  people: ListedPerson[];
  /** Give this as `after` to go on; absent at the end. A page may be short, or empty, and have one: there was much to pass over. */
  next?: string;
  /** Give this as `before` to go back; absent at the start. */
  previous?: string;
  /** False: an older version's people are still being put into the list. */
  isComplete: boolean;
}

export interface FindPeopleParts {
  store: Pick<Store, 'get' | 'getMany' | 'find'>;
  vault: Pick<Vault, 'seal' | 'open'>;
}

/**
 * Reads 2,000 entries at most. Nobody learns of people of an organisation that is not theirs to see.
 * Problems: `organisation-unknown`, `group-unknown`, and those of who may.
 */
export function findPeople(
  { store, vault }: FindPeopleParts,
  performed: Performed,
  query: PeopleQuery,
): Promise<Result<PeoplePage>> {
  return resultOf(async () => {
    const organisation = await reach(store, performed, 'person.list', query.organisation);
    await checkFilters(store, performed, query);
    const list = listOf(organisation, query);
    const after = await openPlace(vault, list, query.after);
    const before = after ? undefined : await openPlace(vault, list, query.before);
    const found = await readList(
      store,
      { organisation, query, now: performed.now },
      { after, before },
    );
    const sealed = async (name: 'next' | 'previous', at: Place | undefined) =>
      at ? { [name]: await sealPlace(vault, list, at) } : {};
    return {
      people: found.items,
      ...(await sealed('next', found.next)),
      ...(await sealed('previous', found.previous)),
      isComplete: await isListComplete(store),
    };
  });
}

async function checkFilters(
  store: FindPeopleParts['store'],
  performed: Performed,
  { organisation, group }: PeopleQuery,
): Promise<void> {
  await checkOrganisations(store, organisation === undefined ? [] : [organisation]);
  if (group === undefined) return;
  const found = await groupAndPermission({ store }, performed, 'group.members', group);
  found.may({ organisation: found.group.organisation });
}

const byField = ([one]: [string, unknown], [other]: [string, unknown]): number =>
  one < other ? -1 : 1;

/** What places are of: the same people in the same order. */
function listOf(organisation: string | null, query: PeopleQuery): string {
  const { after: _after, before: _before, limit: _limit, ...filters } = query;
  return JSON.stringify([organisation, Object.entries(filters).toSorted(byField)]);
}

/** `after` and `before`: places of the list. */
async function readList(
  store: FindPeopleParts['store'],
  { organisation, query, now }: { organisation: string | null; query: PeopleQuery; now: number },
  from: { after: Place | undefined; before: Place | undefined },
): Promise<Walked<ListedPerson>> {
  const organisationOf = remembering((id) => getOrganisation(store, id));
  const mayMatch = (entry: PersonEntry): boolean =>
    (organisation === null || entry.organisation === organisation) && hasFields(entry, query);
  const matches: Matches<ListedPerson> = async (entry) => {
    if (!(await isInGroup(store, entry, query))) return undefined;
    const of = await organisationOf(entry.organisation);
    const from = of && requiredFrom({ person: withGrace(entry), organisation: of });
    const person = { ...entry, requiredFrom: from ?? null };
    return hasState(person, query.state, now) ? person : undefined;
  };
  const ranges = rangesOf(query, organisation);
  const { limit = PEOPLE_PAGE } = query;
  // Of those in a group, or locked, the walk finds who it is.
  const isCut = query.group !== undefined || query.locked === true;
  const named = isCut ? undefined : await ofId(store, query.q);
  const item = named && mayMatch(named) ? await matches(named) : undefined;
  if (item) return { items: [item], next: undefined, previous: undefined };
  return walk(store, { ranges, limit, isTurned: isTurned(query), mayMatch, matches }, from);
}

/** As policy reads a person. */
export function withGrace({ graceUntil, ...entry }: PersonEntry) {
  const extended = graceUntil === undefined ? null : { until: graceUntil, at: 0, reason: '' };
  return { ...entry, graceExtension: extended };
}

/** Somebody whose whole subject identifier that is. */
async function ofId(store: FindPeopleParts['store'], q = ''): Promise<PersonEntry | undefined> {
  const id = q.trim();
  return /^[\w-]{22}$/u.test(id) ? store.get(personEntryCollection, id) : undefined;
}

function hasFields(entry: PersonEntry, query: PeopleQuery): boolean {
  const { q, role, state, disabled, neverSignedIn } = query;
  return (
    (!q || isFound(entry, q)) &&
    (role === undefined || entry.role === role) &&
    (state === undefined || entry.state === enrolledOf(state)) &&
    (!disabled || !entry.active) &&
    (!neverSignedIn || entry.lastSignIn === null)
  );
}

async function isInGroup(
  store: FindPeopleParts['store'],
  { person }: PersonEntry,
  { group, locked }: PeopleQuery,
): Promise<boolean> {
  // Else they were found in its own list.
  if (group === undefined || !locked) return true;
  return (await store.get(membershipCollection, membershipId(group, person))) !== undefined;
}

/** Whoever is disabled is not waited for. */
function hasState(
  { active, requiredFrom: from }: ListedPerson,
  state: PeopleState | undefined,
  now: number,
): boolean {
  if (state !== 'grace' && state !== 'overdue') return true;
  return active && from !== null && (state === 'grace' ? from > now : from <= now);
}
