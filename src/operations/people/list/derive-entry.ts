/** The list of people follows their own documents, their profiles and their sign-ins. */
import { compareLevels, enrolledFactors } from '../../../policy/factors.ts';
import { strongestLevel } from '../../../policy/assurance.ts';
import {
  personEntryCollection,
  type Enrolled,
  type PersonEntry,
} from '../../../records/lists/person-entry.ts';
import { countAnew } from '../../../records/lists/rollout.ts';
import { getPerson, type Person } from '../../../records/person.ts';
import { getProfile, type Profile } from '../../../records/profile.ts';
import type { Change, Store } from '../../../storage/store.ts';
import { dayOf } from '../../../text/day-of.ts';

type Entries = Pick<Store, 'get' | 'update' | 'delete'>;

/**
 * Whatever is told, and in whatever order: the documents are read anew, and once more after what was
 * written, as somebody else may have followed older ones meanwhile. `person`: subject identifier.
 * `lastSignIn`: where there is no entry that knows it; `YYYY-MM-DD`.
 */
export async function deriveEntry(
  store: Entries,
  person: string,
  lastSignIn: string | null = null,
): Promise<void> {
  for (let written: string | undefined; ;) {
    const [owner, profile] = await Promise.all([
      getPerson(store, person),
      getProfile(store, person),
    ]);
    const truth = JSON.stringify(owner ? entryOf(owner, profile) : null);
    if (truth === written) return;
    const before = await store.get(personEntryCollection, person);
    if (owner) await write(store, entryOf(owner, profile), lastSignIn);
    else await store.delete(personEntryCollection, person);
    for (const one of new Set([before?.organisation, owner?.organisation]))
      if (one !== undefined) await countAnew(store, one);
    written = truth;
  }
}

/** The day of the last sign-in stays as it is there. Nothing is written where all is like that already. */
async function write(
  store: Entries,
  entry: Omit<PersonEntry, 'lastSignIn'>,
  lastSignIn: string | null,
): Promise<void> {
  await store.update(personEntryCollection, entry.person, (stored): Change<PersonEntry, void> => {
    const put = { ...entry, lastSignIn: stored?.lastSignIn ?? lastSignIn };
    return JSON.stringify(stored) === JSON.stringify(put)
      ? { result: undefined }
      : { put, result: undefined };
  });
}

/** A sign-in that was completed: its day, written once a day. `at`: milliseconds since the epoch. */
export async function noteSignIn(store: Entries, person: string, at: number): Promise<void> {
  const day = dayOf(at);
  const isKnown = (entry: PersonEntry | undefined): boolean =>
    !entry || (entry.lastSignIn !== null && entry.lastSignIn >= day);
  const read = await store.get(personEntryCollection, person);
  if (isKnown(read)) return;
  await store.update(personEntryCollection, person, (entry): Change<PersonEntry, void> =>
    !entry || isKnown(entry)
      ? { result: undefined }
      : { put: { ...entry, lastSignIn: day }, result: undefined },
  );
  if (read?.lastSignIn === null) await countAnew(store, read.organisation);
}

function entryOf(person: Person, { familyName }: Profile): Omit<PersonEntry, 'lastSignIn'> {
  const { id, organisation, login, email, name, role, mfa, mfaFrom, active, createdAt } = person;
  return {
    person: id,
    organisation,
    login,
    email,
    name,
    family: familyName ?? name.split(' ').at(-1) ?? name,
    role,
    state: stateOf(person),
    factors: enrolledFactors(person),
    mfa,
    mfaFrom,
    ...(person.service ? { service: true as const } : {}),
    active,
    ...(person.graceExtension ? { graceUntil: person.graceExtension.until } : {}),
    activeUntil: person.activeUntil ?? null,
    removedAt: person.deletion?.dueAt ?? null,
    createdAt,
  };
}

function stateOf(person: Person): Enrolled {
  const level = strongestLevel(person);
  if (level === 'password') return 'none';
  return compareLevels(level, 'mfa') < 0 ? 'email' : 'strong';
}
