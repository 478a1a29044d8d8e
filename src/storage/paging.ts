/** What every engine asks of a query and a cursor before it reads a page. */
import type { IndexValue, Collection, Query } from './store.ts';

const usualLimit = 100;

/** Where a page ended: the index value of the last document (`''` in a scan) and its place in the engine. */
export interface Place<P extends string | number> {
  value: IndexValue;
  at: P;
}

export function checkedLimit(limit = usualLimit): number {
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new RangeError('A limit is a whole number above 0.');
}

export function checkQuery(
  collection: Collection<any>,
  { index, equals, from, below }: Query,
): void {
  if (!Object.hasOwn(collection.indexes, index))
    throw new Error(`"${collection.name}" has no index "${index}".`);
  if (equals !== undefined && (from !== undefined || below !== undefined)) {
    throw new Error('`equals` goes with no range.');
  }
}

export function encodePlace({ value, at }: Place<string | number>): string {
  return Buffer.from(JSON.stringify([value, at])).toString('base64url');
}

/** Where the query goes on. RangeError for a cursor of another range: it would lead out of this one. */
export function placeIn<P extends string | number>(
  query: Query,
  isPlace: (at: unknown) => at is P,
): Place<P> | undefined {
  if (query.after === undefined) return undefined;
  const place = decodePlace(query.after, isPlace);
  if (isInRange(place.value, query)) return place;
  throw new RangeError('`after` is a cursor of another range.');
}

export function isInRange(value: IndexValue, { equals, from, below }: Query): boolean {
  if (equals !== undefined) return value === equals;
  return (
    (from === undefined || compareValues(value, from) >= 0) &&
    (below === undefined || compareValues(value, below) < 0)
  );
}

/** Text by its code points, as the engines have it: their order is that of its bytes in UTF-8. */
export function compareValues(one: IndexValue, other: IndexValue): number {
  if (typeof one === 'string' && typeof other === 'string')
    return Buffer.compare(Buffer.from(one), Buffer.from(other));
  return typeof one === 'number' && typeof other === 'number' ? one - other : NaN;
}

/** `isPlace` tells what the engine's places look like. RangeError for what was no cursor of its. */
export function decodePlace<P extends string | number>(
  cursor: string,
  isPlace: (at: unknown) => at is P,
): Place<P> {
  try {
    const [value, at] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if ((typeof value === 'string' || typeof value === 'number') && isPlace(at))
      return { value, at };
  } catch {
    // Refused below.
  }
  throw new RangeError('`after` is no cursor that this store gave.');
}
