/** Removes expired documents by the index that the server's own removal (TTL) goes by. */
import type { Rest } from '../store.ts';
import type { StoredCollection } from './collection.ts';

/** Documents removed by one command. */
const slice = 1_000;
/** Documents of one collection that are counted, as counting takes time too. */
const mostCounted = 1_000_000;

export interface Sweep {
  /** Of each collection. */
  limit: number;
  /** Milliseconds since the epoch. */
  now: number;
  rest: Rest | undefined;
  /** `false` at closing. */
  goOn(): boolean;
}

/** Counts everything first, so that it is known how much there is; answers how many went. */
export async function sweepCollections(
  collections: readonly StoredCollection[],
  how: Sweep,
): Promise<number> {
  const { now, limit, goOn } = how;
  const counted: { stored: StoredCollection; expired: number }[] = [];
  for (const stored of collections) {
    if (!goOn()) break;
    const most = Math.min(limit, mostCounted);
    const expired = await stored.countDocuments(expiredAt(now), { limit: most });
    if (expired > 0) counted.push({ stored, expired });
  }
  let left = counted.reduce((sum, { expired }) => sum + expired, 0);
  const gone = (count: number): number => (left = Math.max(0, left - count));
  let removed = 0;
  for (const { stored } of counted) removed += await sweepCollection(stored, how, gone);
  return removed;
}

/** Answers how many went; fewer than the limit when none is left, or at closing. */
async function sweepCollection(
  stored: StoredCollection,
  { limit, now, rest, goOn }: Sweep,
  gone: (count: number) => number,
): Promise<number> {
  const expired = expiredAt(now);
  let removed = 0;
  while (removed < limit && goOn()) {
    const found = await stored
      .find(expired, { projection: { _id: 1 } })
      .limit(Math.min(slice, limit - removed))
      .toArray();
    if (found.length === 0) break;
    const ids = found.map(({ _id }) => _id);
    // Once more with the time: one may have been written anew in between.
    const { deletedCount } = await stored.deleteMany({ _id: { $in: ids }, ...expired });
    removed += deletedCount;
    await rest?.(gone(deletedCount));
  }
  return removed;
}

const expiredAt = (now: number) => ({ exp: { $lte: new Date(now) } });
