/** Removes expired documents by the index that the server's own removal (TTL) goes by. */
import type { StoredCollection } from './collection.ts';

/** Documents removed by one command. */
const slice = 1_000;

/** Answers how many went; fewer than `limit` when none is left. */
export async function sweepCollection(
  collection: StoredCollection,
  limit: number,
  now: number,
): Promise<number> {
  const expired = { exp: { $lte: new Date(now) } };
  let removed = 0;
  while (removed < limit) {
    const found = await collection
      .find(expired, { projection: { _id: 1 } })
      .limit(Math.min(slice, limit - removed))
      .toArray();
    if (found.length === 0) break;
    const ids = found.map(({ _id }) => _id);
    // Once more with the time: one may have been written anew in between.
    const { deletedCount } = await collection.deleteMany({ _id: { $in: ids }, ...expired });
    removed += deletedCount;
  }
  return removed;
}
