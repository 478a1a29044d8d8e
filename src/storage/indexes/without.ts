/** A page of a query without an index: of all documents, those that come first in its order. */
import { indexedOf, indexValue } from '../document.ts';
import { compareValues, isInRange, type Place } from '../paging.ts';
import type { Collection, IndexValue, Query } from '../store.ts';

/** A document that was read, and where the engine has it. */
export interface Candidate<R, P extends string | number> {
  row: R;
  id: string;
  text: string;
  at: P;
}

export interface Chosen<R, P extends string | number> extends Place<P> {
  row: R;
  id: string;
}

export interface Choice<P extends string | number> {
  /** So many, and one more where there is one. */
  limit: number;
  /** It goes on behind that. */
  after: Place<P> | undefined;
  /** The order of documents whose value is the same. */
  compareAt(one: P, other: P): number;
}

/** `chunks`: of all documents, read one after the other. */
export async function chooseFrom<R, P extends string | number>(
  chunks: AsyncIterable<readonly Candidate<R, P>[]>,
  collection: Collection<any>,
  query: Query,
  { limit, after, compareAt }: Choice<P>,
): Promise<Chosen<R, P>[]> {
  const direction = query.descending ? -1 : 1;
  const compare = (one: Place<P>, other: Place<P>): number =>
    direction * (compareValues(one.value, other.value) || compareAt(one.at, other.at));
  let chosen: Chosen<R, P>[] = [];
  for await (const chunk of chunks) {
    const fit = chunk.flatMap((one) => candidates(one, collection, query));
    const beyond = fit.filter((one) => after === undefined || compare(one, after) > 0);
    if (beyond.length === 0) continue;
    // One that was removed and written anew while all were read is there twice: as it is now.
    const all = new Map([...chosen, ...beyond].map((one) => [one.id, one]));
    chosen = [...all.values()].toSorted(compare).slice(0, limit + 1);
  }
  return chosen;
}

function candidates<R, P extends string | number>(
  { row, id, text, at }: Candidate<R, P>,
  collection: Collection<any>,
  query: Query,
): Chosen<R, P>[] {
  const read = (value: unknown): IndexValue | undefined =>
    indexValue(collection, query.index, value);
  const value = indexedOf(text, read);
  return value !== undefined && isInRange(value, query) ? [{ row, id, at, value }] : [];
}
