/** Going through ranges of indexes, one after the other, from a place on or back from one, until a page is full. */
import { personEntryCollection, type PersonEntry } from '../../../records/lists/person-entry.ts';
import type { Entry, Query, Store } from '../../../storage/store.ts';
import { behind, type Place } from './places.ts';
import type { Range } from './ranges.ts';

/** As it is listed; undefined: it is not. */
export type Matches<T> = (entry: PersonEntry) => Promise<T | undefined>;

export interface Walk<T> {
  ranges: readonly Range[];
  matches: Matches<T>;
  limit: number;
  /** Is the list the other way round than the index? Of a single range only. */
  isTurned: boolean;
}

export interface Walked<T> {
  items: T[];
  next: Place | undefined;
  previous: Place | undefined;
}

/** Entries that a page costs at most. */
const MOST_READ = 2_000;
/** Read at once, after as many as a page has. */
const SLICE = 500;

type Reads = Pick<Store, 'get' | 'find'>;

/** `after`: on from there; `before`: back from there, and the items are in the list's order all the same. */
export async function walk<T>(
  store: Reads,
  { ranges, matches, limit, isTurned }: Walk<T>,
  { after, before }: { after: Place | undefined; before: Place | undefined },
): Promise<Walked<T>> {
  const isBack = before !== undefined;
  const start = before ?? after;
  const ascending = isBack === isTurned;
  const found: { item: T; at: Candidate }[] = [];
  const seen = new Set<string>();
  let last: Candidate | undefined;
  let read = 0;
  for await (const candidate of candidates(store, ranges, { start, ascending, first: limit + 1 })) {
    last = candidate;
    const { entry } = candidate;
    const isNew = entry !== undefined && !seen.has(entry.person);
    const item = isNew && !isGiven(ranges, candidate) ? await matches(entry) : undefined;
    if (entry && item !== undefined) {
      seen.add(entry.person);
      found.push({ item, at: candidate });
    }
    read += 1;
    if (found.length > limit || read === MOST_READ) break;
  }
  const shown = found.slice(0, limit);
  const isFull = found.length > limit;
  const end = isFull ? shown.at(-1)?.at : read === MOST_READ ? last : undefined;
  const onward = end && edge(end, ascending);
  const [first] = shown;
  const backward = start && (first ? edge(first.at, !ascending) : start);
  const items = shown.map(({ item }) => item);
  return isBack
    ? { items: items.toReversed(), next: backward, previous: onward }
    : { items, next: onward, previous: backward };
}

interface Candidate {
  range: number;
  value: string;
  entry: PersonEntry | undefined;
}

/** The place above it, or the one below. */
function edge({ range, value }: Candidate, isAbove: boolean): Place {
  return { range, value: isAbove ? behind(value) : value };
}

function isGiven(ranges: readonly Range[], { range, entry }: Candidate): boolean {
  return entry !== undefined && ranges[range]?.given?.(entry) === true;
}

async function* candidates(
  store: Reads,
  ranges: readonly Range[],
  from: { start: Place | undefined; ascending: boolean; first: number },
): AsyncGenerator<Candidate> {
  const { start, ascending, first } = from;
  const step = ascending ? 1 : -1;
  let at = start?.range ?? (ascending ? 0 : ranges.length - 1);
  let value = start?.value;
  let limit = first;
  for (let range = ranges[at]; range; range = ranges[(at += step)]) {
    const query = queryOf(range, value, ascending);
    let after: string | undefined;
    do {
      const page = await store.find(range.collection, { ...query, limit, after });
      yield* await candidatesOf(store, range, at, page.items);
      limit = SLICE;
      after = page.next;
    } while (after !== undefined);
    value = undefined;
  }
}

/** Above every character that a name can have. */
const TOP = '\u{10FFFF}';

function queryOf({ index, prefix }: Range, value: string | undefined, ascending: boolean): Query {
  const [from, below] = ascending
    ? [value ?? prefix, `${prefix}${TOP}`]
    : [prefix, value ?? `${prefix}${TOP}`];
  return { index, from, below, descending: !ascending };
}

async function candidatesOf(
  store: Reads,
  range: Range,
  at: number,
  items: readonly Entry<any>[],
): Promise<Candidate[]> {
  const { collection, index, owner } = range;
  const isEntry = collection.name === personEntryCollection.name;
  return Promise.all(
    items.map(async ({ value }) => ({
      range: at,
      value: String(collection.indexes[index]?.(value)),
      entry: isEntry
        ? (value as PersonEntry)
        : await store.get(personEntryCollection, owner(value)),
    })),
  );
}
