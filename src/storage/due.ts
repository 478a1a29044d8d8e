/** Work that waits in a store until its time has come, by the index `due` of its collection. */
import { hasCome, rangesThatHaveCome } from '../timing/has-come.ts';
import { pages } from './pages.ts';
import type { Collection, Entry, Store } from './store.ts';

/** All in milliseconds; `now`: since the epoch. */
export interface Due {
  now: number;
  /** Nothing is further away than that when it is written down (timing/has-come.ts). */
  longest: number;
}

/** `limit`: of a page. `ahead`: false where most of what is far away is a date, and no clock was set. */
export async function* duePages<T>(
  store: Pick<Store, 'find'>,
  collection: Collection<T>,
  { now, longest }: Due,
  { limit, ahead = true }: { limit?: number; ahead?: boolean } = {},
): AsyncGenerator<readonly Entry<T>[]> {
  const [come, beyond] = rangesThatHaveCome(now, longest);
  for (const range of ahead ? [come, beyond] : [come]) {
    const query = { index: 'due', ...range, ...(limit === undefined ? {} : { limit }) };
    for await (const { items } of pages((after) => store.find(collection, { ...query, after })))
      yield items;
  }
}

/** One by one. */
export async function* dueEntries<T>(
  ...asked: Parameters<typeof duePages<T>>
): AsyncGenerator<Entry<T>> {
  for await (const items of duePages(...asked)) yield* items;
}

/** May it be claimed? `leasedUntil`: somebody is at it until then; null: nobody is. */
export function isFree(leasedUntil: number | null, { now, longest }: Due): boolean {
  return hasCome(leasedUntil ?? 0, now, longest);
}
