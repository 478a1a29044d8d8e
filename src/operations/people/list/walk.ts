/** Going through ranges of indexes, one after the other, from a place on or back from one, until a page is full. */
import { personEntryCollection, type PersonEntry } from '../../../records/lists/person-entry.ts';
import type { Entry, Query, Store } from '../../../storage/store.ts';
import { behind, type Place } from './places.ts';
import type { Range } from './ranges.ts';

/** As it is listed; undefined: it is not. */
export type Matches<T> = (entry: PersonEntry) => Promise<T | undefined>;

export interface Walk<T> {
  ranges: readonly Range[];
  /** What tells most of them apart, at once: of the others `matches` is not asked. */
  mayMatch(entry: PersonEntry): boolean;
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

type Reads = Pick<Store, 'getMany' | 'find'>;

/** `after`: on from there; `before`: back from there, and the items are in the list's order all the same. */
export async function walk<T>(
  store: Reads,
  list: Walk<T>,
  { after, before }: { after: Place | undefined; before: Place | undefined },
): Promise<Walked<T>> {
  const isBack = before !== undefined;
  const start = before ?? after;
  const ascending = isBack === list.isTurned;
  const { found, end } = await collect(store, list, start, ascending);
  const onward = end && edge(end, ascending);
  const [first] = found;
  const backward = start && (first ? edge(first.at, !ascending) : start);
  const items = found.map(({ item }) => item);
  return isBack
    ? { items: items.toReversed(), next: backward, previous: onward }
    : { items, next: onward, previous: backward };
}

interface Found<T> {
  item: T;
  at: Candidate;
}

/** As many as a page has; `end`: the last one of it, or that was looked at, where there are more. */
async function collect<T>(
  store: Reads,
  { ranges, mayMatch, matches, limit }: Walk<T>,
  start: Place | undefined,
  ascending: boolean,
): Promise<{ found: Found<T>[]; end: Candidate | undefined }> {
  const found: Found<T>[] = [];
  const seen = new Set<string>();
  let read = 0;
  for await (const slice of slices(store, ranges, { start, ascending, first: limit + 1 })) {
    for (const at of slice) {
      const { entry, range } = at;
      read += 1;
      const isNew = entry && !seen.has(entry.person) && !range.given?.(entry);
      const item = isNew && mayMatch(entry) ? await matches(entry) : undefined;
      if (entry && item !== undefined) {
        if (found.length === limit) return { found, end: found.at(-1)?.at };
        seen.add(entry.person);
        found.push({ item, at });
      }
      if (read === MOST_READ) return { found, end: at };
    }
  }
  return { found, end: undefined };
}

interface Candidate {
  range: Range;
  /** Which of the ranges. */
  place: number;
  /** As it is in the collection of its range. */
  value: unknown;
  entry: PersonEntry | undefined;
}

/** The place above it, or the one below. */
function edge({ range, place, value }: Candidate, isAbove: boolean): Place {
  const indexed = String(range.collection.indexes[range.index]?.(value));
  return { range: place, value: isAbove ? behind(indexed) : indexed };
}

async function* slices(
  store: Reads,
  ranges: readonly Range[],
  from: { start: Place | undefined; ascending: boolean; first: number },
): AsyncGenerator<Candidate[]> {
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
      yield await candidates(store, range, at, page.items);
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

async function candidates(
  store: Reads,
  range: Range,
  place: number,
  items: readonly Entry<any>[],
): Promise<Candidate[]> {
  if (range.collection.name === personEntryCollection.name)
    return items.map(({ value }) => ({ range, place, value, entry: value as PersonEntry }));
  const owners = items.map(({ value }) => range.owner(value));
  const found = await store.getMany(personEntryCollection, owners);
  return items.map(({ value }) => ({ range, place, value, entry: found.get(range.owner(value)) }));
}
