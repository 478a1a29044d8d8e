/**
 * Counting how far organisations have come, at leisure: those of which something has changed, each by one process
 * at a time. It may be broken off anywhere, and is begun anew when its lease is over.
 */
import { setImmediate as rest } from 'node:timers/promises';
import { rolloutState } from '../../policy/rollout/rollout-state.ts';
import { membersOf, membershipCollection } from '../../records/membership.ts';
import { groupCollection, type Group } from '../../records/group.ts';
import {
  getOrganisation,
  listOrganisations,
  type Organisation,
} from '../../records/organisation.ts';
import { onMainPassword, usedUntil } from '../../records/lists/app-use.ts';
import { personEntryCollection, type PersonEntry } from '../../records/lists/person-entry.ts';
import {
  countAnew,
  getRollout,
  NOTHING_COUNTED,
  rolloutCollection,
  rolloutId,
  type Rollout,
  type RolloutCounts,
  type RolloutState,
} from '../../records/lists/rollout.ts';
import { dueEntries, isFree } from '../../storage/due.ts';
import { entries, pages } from '../../storage/pages.ts';
import type { Change, Store } from '../../storage/store.ts';
import { withGrace } from '../people/list/find-people.ts';

type Lists = Pick<Store, 'get' | 'find' | 'scan' | 'update' | 'delete'>;

/** Milliseconds for which one process counts an organisation. */
const LEASE = 300_000;
/** Entries that are read at once: other requests are answered in between. */
const SLICE = 500;
/** The character after the space. */
const AFTER_SPACE = '!';

/** Organisations that an older version left uncounted. */
export async function countEarlierOrganisations(store: Lists): Promise<void> {
  for await (const { id } of listOrganisations(store))
    if ((await getRollout(store, id)) === undefined) await countAnew(store, id);
}

/**
 * Those that are due. `now`: milliseconds since the epoch. `setBack`: the clock has been, perhaps, so that what is
 * far ahead is looked at too: most of it is a date.
 */
export async function countRollouts(
  store: Lists,
  now: () => number,
  isClosed: () => boolean = () => false,
  setBack = false,
): Promise<void> {
  const due = { now: now(), longest: LEASE };
  const all = dueEntries(store, rolloutCollection, due, { ahead: setBack });
  for await (const { value } of all) {
    if (isClosed()) return;
    await countOne(store, value.organisation, now(), isClosed);
  }
}

async function countOne(
  store: Lists,
  id: string,
  now: number,
  isClosed: () => boolean,
): Promise<void> {
  if (!(await claim(store, id, now))) return;
  const organisation = await getOrganisation(store, id);
  if (!organisation) return removeAll(store, id);
  const board = await countPeople(store, organisation, now, isClosed);
  if (isClosed()) return;
  const groups = await countGroups(store, id, board, isClosed);
  if (isClosed()) return;
  await writeGroups(store, organisation, groups, now);
  await store.update(rolloutCollection, rolloutId(id), (rollout): Change<Rollout, void> => {
    if (!rollout) return { result: undefined };
    const { counts, changesAt } = board;
    const made = { name: organisation.name, counts, changesAt, madeAt: now, leasedUntil: null };
    return { put: { ...rollout, ...made, counted: rollout.seen }, result: undefined };
  });
}

/** Is it due, and nobody at it? What changes from here on is counted the next time. */
function claim(store: Lists, id: string, now: number): Promise<boolean> {
  return store.update(rolloutCollection, rolloutId(id), (rollout): Change<Rollout, boolean> => {
    if (!rollout || !isFree(rollout.leasedUntil, { now, longest: LEASE })) return { result: false };
    const isStale = rollout.changes !== rollout.counted || (rollout.changesAt ?? Infinity) <= now;
    if (!isStale) return { result: false };
    // Also where time alone has changed something: a counting that is broken off is begun anew.
    const changes = rollout.changes === rollout.counted ? rollout.changes + 1 : rollout.changes;
    const put = { ...rollout, changes, seen: changes, leasedUntil: now + LEASE };
    return { put, result: true };
  });
}

interface Board {
  counts: RolloutCounts;
  /** Of everybody who is counted. */
  states: ReadonlyMap<string, Counted>;
  changesAt: number | null;
}

interface Counted {
  state: RolloutState;
  isOnPassword: boolean;
  isNew: boolean;
}

async function countPeople(
  store: Lists,
  organisation: Organisation,
  now: number,
  isClosed: () => boolean,
): Promise<Board> {
  const days = new Map<string, string>();
  for await (const { person, day } of onMainPassword(store, now)) days.set(person, day);
  const states = new Map<string, Counted>();
  let changesAt = Infinity;
  const soonest = (at: number | undefined | null): void => {
    changesAt = Math.min(changesAt, at ?? Infinity);
  };
  for await (const entry of entriesOf(store, organisation.id)) {
    if (isClosed()) break;
    if (!isCounted(entry, now)) continue;
    soonest(entry.activeUntil);
    const at = rolloutState({ person: withGrace(entry), organisation }, now);
    soonest(at.changesAt);
    // Where more is asked, mail takes no main password any more, whatever a program still sends.
    const day = at.state === 'open' ? days.get(entry.person) : undefined;
    if (day !== undefined) soonest(usedUntil(day));
    const { state } = at;
    const isNew = entry.lastSignIn === null;
    states.set(entry.person, { state, isOnPassword: day !== undefined, isNew });
  }
  const counts = countsOf(states.values());
  return { counts, states, changesAt: changesAt === Infinity ? null : changesAt };
}

function isCounted({ active, activeUntil }: PersonEntry, now: number): boolean {
  return active && now < (activeUntil ?? Infinity);
}

async function* entriesOf(store: Lists, organisation: string): AsyncGenerator<PersonEntry> {
  const range = { from: `${organisation} `, below: `${organisation}${AFTER_SPACE}` };
  const query = { index: 'organisationName', ...range, limit: SLICE };
  const read = (after: string | undefined) =>
    store.find(personEntryCollection, { ...query, after });
  for await (const { items } of pages(read)) {
    for (const { value } of items) yield value;
    await rest();
  }
}

function countsOf(people: Iterable<Counted>): RolloutCounts {
  const counts: Record<keyof RolloutCounts, number> = { ...NOTHING_COUNTED };
  for (const { state, isOnPassword, isNew } of people) {
    counts.people += 1;
    counts[state] += 1;
    if (isOnPassword) counts.mailPassword += 1;
    if (isNew) counts.neverSignedIn += 1;
  }
  return counts;
}

interface CountedGroup {
  group: Group;
  counts: RolloutCounts;
}

async function countGroups(
  store: Lists,
  organisation: string,
  { states }: Board,
  isClosed: () => boolean,
): Promise<CountedGroup[]> {
  const range = { from: `${organisation} `, below: `${organisation}${AFTER_SPACE}` };
  const query = { index: 'organisation', ...range, limit: SLICE };
  const all = entries((after) => store.find(groupCollection, { ...query, after }));
  const counted: CountedGroup[] = [];
  for await (const { value: group } of all) {
    if (isClosed()) break;
    const members = entries((after) =>
      store.find(membershipCollection, { ...membersOf(group.id), limit: SLICE, after }),
    );
    const people: Counted[] = [];
    for await (const { value } of members) {
      const state = states.get(value.person);
      if (state) people.push(state);
    }
    counted.push({ group, counts: countsOf(people) });
    await rest();
  }
  return counted;
}

/** Those that are other than before; what is no group any more goes. */
async function writeGroups(
  store: Lists,
  { id }: Organisation,
  counted: readonly CountedGroup[],
  now: number,
): Promise<void> {
  const before = new Map<string, Rollout>();
  for await (const one of groupRollouts(store, id)) before.set(one.id, one.value);
  for (const { group, counts } of counted) {
    const key = rolloutId(id, group.id);
    const was = before.get(key);
    before.delete(key);
    const isSame =
      was?.name === group.name && JSON.stringify(was.counts) === JSON.stringify(counts);
    if (isSame) continue;
    await store.update(rolloutCollection, key, (): Change<Rollout, void> => {
      const put = { ...COUNTED_ONCE, organisation: id, group: group.id, name: group.name };
      return { put: { ...put, counts, madeAt: now }, result: undefined };
    });
  }
  for (const gone of before.keys()) await store.delete(rolloutCollection, gone);
}

const COUNTED_ONCE = { changes: 0, seen: 0, counted: 0, leasedUntil: null, changesAt: null };

function groupRollouts(store: Pick<Store, 'find'>, organisation: string) {
  const range = { from: `${organisation} `, below: `${organisation}${AFTER_SPACE}` };
  return entries((after) =>
    store.find(rolloutCollection, { index: 'group', ...range, limit: SLICE, after }),
  );
}

async function removeAll(store: Lists, organisation: string): Promise<void> {
  for await (const { id } of groupRollouts(store, organisation))
    await store.delete(rolloutCollection, id);
  await store.delete(rolloutCollection, rolloutId(organisation));
}
