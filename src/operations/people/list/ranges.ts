/** Which index a list of people is read by: one at a time, and everything else is looked at in memory. Pure. */
import { membershipCollection, type Membership } from '../../../records/membership.ts';
import {
  personEntryCollection,
  type Enrolled,
  type PersonEntry,
} from '../../../records/lists/person-entry.ts';
import type { Collection } from '../../../storage/store.ts';
import { fold } from '../../../text/fold.ts';
import { attemptsCollection, type Attempts } from '../../../throttling/attempts.ts';
import type { PeopleQuery, PeopleState } from './people-query.ts';

/** All that has a value of the index that begins so, in order of that value. */
export interface Range<T = any> {
  collection: Collection<T>;
  index: string;
  prefix: string;
  /** Whose entry it is. */
  owner(value: T): string;
  /** Those that an earlier range has given. */
  given?(entry: PersonEntry): boolean;
}

/** `organisation`: the one that the list is cut to; null: to none. */
export function rangesOf(query: PeopleQuery, organisation: string | null): readonly Range[] {
  const { q = '', group, locked, sort = 'name' } = query;
  if (locked) return [ofAttempts];
  if (group !== undefined) return [ofGroup(group)];
  const searched = fold(q);
  if (searched !== '') return searching(query, organisation, searched);
  const field = sort.replace('-', '');
  if (field !== 'name') return [entries(field, '')];
  return [few(query, organisation) ?? byName(query, organisation, '')];
}

/** Is the list the other way round than its index? */
export function isTurned({ q, group, locked, sort = 'name' }: PeopleQuery): boolean {
  const isSorted = !locked && group === undefined && fold(q ?? '') === '';
  return isSorted && sort.startsWith('-');
}

const ofAttempts: Range<Attempts> = {
  collection: attemptsCollection,
  index: 'suspended',
  prefix: '',
  owner: ({ owner = '' }) => owner,
};

function ofGroup(group: string): Range<Membership> {
  const collection = membershipCollection;
  return { collection, index: 'group', prefix: `${group} `, owner: ({ person }) => person };
}

function entries(index: string, prefix: string): Range<PersonEntry> {
  return { collection: personEntryCollection, index, prefix, owner: ({ person }) => person };
}

/** An index that few people are in. */
function few(
  { role, disabled, neverSignedIn }: PeopleQuery,
  organisation: string | null,
): Range | undefined {
  if (role !== undefined && role !== 'member') return entries('duty', `${role} `);
  if (disabled) return entries('disabled', '');
  return neverSignedIn && organisation === null ? entries('neverSignedIn', '') : undefined;
}

function byName({ state }: PeopleQuery, organisation: string | null, searched: string): Range {
  if (organisation === null) return entries('name', searched);
  if (state === undefined) return entries('organisationName', `${organisation} ${searched}`);
  return entries('organisationStateName', `${organisation} ${enrolledOf(state)} ${searched}`);
}

export function enrolledOf(state: PeopleState): Enrolled {
  return state === 'grace' || state === 'overdue' ? 'none' : state;
}

const SEARCHED = ['name', 'family', 'login', 'email'] as const;

/** First those whose name begins so, then the family names, login names and addresses. */
function searching(
  query: PeopleQuery,
  organisation: string | null,
  searched: string,
): readonly Range[] {
  return SEARCHED.map((field, at) => ({
    ...(at === 0 ? byName(query, organisation, searched) : entries(field, searched)),
    given: (entry) => SEARCHED.slice(0, at).some((one) => fold(entry[one]).startsWith(searched)),
  }));
}

/** Does something of it begin so, or is it the subject identifier? */
export function isFound(entry: PersonEntry, q: string): boolean {
  const searched = fold(q);
  return (
    entry.person === q.trim() || SEARCHED.some((field) => fold(entry[field]).startsWith(searched))
  );
}
