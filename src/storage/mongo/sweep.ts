/** Removes expired documents by the index that the server's own removal (TTL) goes by. */
import type { StoredCollection } from './collection.ts';

/** Documents removed by one command. */
const slice = 1_000;

export interface Sweep {
  limit: number;
  /** Milliseconds since the epoch. */
  now: number;
  /** Waited for after each slice that went. */
  rest: (() => Promise<void>) | undefined;
  /** `false` at closing. */
  goOn(): boolean;
}

/** Answers how many went; fewer than `limit` when none is left, or at closing. */
export async function sweepCollection(
  stored: StoredCollection,
  { limit, now, rest, goOn }: Sweep,
): Promise<number> {
  const expired = { exp: { $lte: new Date(now) } };
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
    await rest?.();
  }
  return removed;
}
