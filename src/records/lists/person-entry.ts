/**
 * People as lists show them: derived from their own documents and profiles, and from their sign-ins, a moment
 * later. Nothing is decided by it.
 */
import type { FactorId } from '../factor-id.ts';
import type { PersonMfa, Role } from '../person.ts';
import { collection, type Store } from '../../storage/store.ts';
import { fold } from '../../text/fold.ts';

/** What somebody has of second factors: none, codes by mail alone, or a stronger one. */
export const ENROLLED = ['none', 'email', 'strong'] as const;
export type Enrolled = (typeof ENROLLED)[number];

export interface PersonEntry {
  /** Its id: a subject identifier. */
  person: string;
  organisation: string;
  login: string;
  email: string;
  name: string;
  /** That of the profile, or the last word of the name. */
  family: string;
  role: Role;
  state: Enrolled;
  factors: readonly FactorId[];
  mfa: PersonMfa;
  /** Milliseconds since the epoch; as of the person. */
  mfaFrom: number | null;
  /** Milliseconds since the epoch; as of the person. Absent: no grace was extended. */
  graceUntil?: number;
  /** Absent: somebody signs in by it. */
  service?: true;
  active: boolean;
  /** Milliseconds since the epoch: disabled from then on; null: it has no end. */
  activeUntil: number | null;
  /** Milliseconds since the epoch; null: they are not being deleted. */
  removedAt: number | null;
  createdAt: number;
  /** Day in UTC, `YYYY-MM-DD`; null: none that is known. */
  lastSignIn: string | null;
}

/**
 * Every value ends in the id, so that each is there once and is a place in a list by itself. Those that few
 * people are in hold nobody else.
 */
export const personEntryCollection = collection<PersonEntry>('person_entry', {
  indexes: {
    name: byName(),
    family: (entry) => place(entry, fold(entry.family), fold(entry.name)),
    login: (entry) => place(entry, fold(entry.login)),
    email: (entry) => place(entry, fold(entry.email)),
    organisationName: byName(({ organisation }) => organisation),
    organisationStateName: byName(({ organisation, state }) => `${organisation} ${state}`),
    duty: byName(({ role }) => (role === 'member' ? undefined : role)),
    disabled: (entry) => (entry.active ? undefined : place(entry, fold(entry.name))),
    neverSignedIn: (entry) =>
      entry.lastSignIn === null ? place(entry, fold(entry.name)) : undefined,
  },
  fields: {
    text: [
      'person',
      'organisation',
      'login',
      'email',
      'name',
      'family',
      'role',
      'state',
      'mfa',
      'lastSignIn',
    ],
    list: ['factors'],
    number: ['mfaFrom', 'createdAt'],
    flag: ['active'],
  },
});

/** In the order of names; `of`: of those alone that it gives something for, each such together. */
function byName(of?: (entry: PersonEntry) => string | undefined) {
  return (entry: PersonEntry): string | undefined => {
    const first = of?.(entry);
    if (of && first === undefined) return undefined;
    return place(entry, ...(first === undefined ? [] : [first]), fold(entry.name));
  };
}

function place({ person }: PersonEntry, ...parts: readonly string[]): string {
  return [...parts, person].join(' ');
}

/** How far a derived list has come with the documents that were there before it. Its id: the name of the list's collection. */
export interface Derivation {
  isComplete: boolean;
  /** A cursor of the collection that it is derived from; absent: from the start. */
  after?: string;
}
export const derivationCollection = collection<Derivation>('derivation');

/** Is everybody in the list who was there before it was made? */
export async function isListComplete(store: Pick<Store, 'get'>): Promise<boolean> {
  const derivation = await store.get(derivationCollection, personEntryCollection.name);
  return derivation?.isComplete === true;
}
