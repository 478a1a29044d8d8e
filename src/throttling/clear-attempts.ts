/** Counters of wrong secrets are set back for whoever looks after their owner. */
import { pages } from '../storage/pages.ts';
import type { Change, Entry, Store } from '../storage/store.ts';
import { attemptsCollection, type Attempts } from './attempts.ts';

/** An administrator lifts every delay and suspension of a person, on every computer. */
export async function clearAllAttempts(
  store: Pick<Store, 'find' | 'update'>,
  person: string,
): Promise<void> {
  const query = { index: 'owner', equals: person };
  const lift = ({ id, value: { failures } }: Entry<Attempts>): Promise<void> =>
    store.update(attemptsCollection, id, (current): Change<Attempts, void> => {
      const left = (current?.failures ?? 0) - failures;
      return left > 0
        ? { put: { owner: person, failures: left, waitUntil: 0 }, result: undefined }
        : { remove: true, result: undefined };
    });
  for await (const { items } of pages((after) =>
    store.find(attemptsCollection, { ...query, after }),
  ))
    await Promise.all(items.map(lift));
}
