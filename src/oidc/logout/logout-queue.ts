/**
 * The queue of relying apps that have to be told of the end of a session (OIDC Back-Channel Logout 1.0).
 * Settled entries stay until they expire, so that one that is ordered again is known.
 */
import type { LogoutNotice } from '../../outbox/message.ts';
import { dueIndex, leaseQueue, UNCLAIMED, type LeasedWork } from '../../storage/lease-queue.ts';
import { collection, type Store } from '../../storage/store.ts';

type LogoutEnd = 'told' | 'failed';

type LogoutRecord = Omit<LogoutNotice, 'id'> & LeasedWork<LogoutEnd>;

/** By the notice's id. */
export const logoutCollection = collection<LogoutRecord>('logout', { indexes: { due: dueIndex } });

type Logouts = Pick<Store, 'find' | 'update'>;

/** A notice that is the caller's to deliver until its lease ends. */
export interface ClaimedLogout extends LogoutNotice {
  attempts: number;
}

/** Milliseconds after the first, second, … attempt that failed; after the last one it is given up. */
const PAUSES = [5_000, 30_000, 120_000, 600_000, 1_800_000] as const;
const KEPT_FOR = 86_400_000;

const queue = leaseQueue<LogoutRecord, LogoutEnd>({
  collection: logoutCollection,
  longest: Math.max(...PAUSES),
  nextAt({ attempts }, now) {
    const pause = PAUSES[attempts - 1];
    return pause === undefined ? { givenUp: 'failed' } : now + pause;
  },
});

/** `false`: it is there already, told or not. `attempts`: those that were made elsewhere. */
export function orderLogout(
  store: Pick<Store, 'insert'>,
  { id, ...notice }: LogoutNotice,
  attempts = 0,
): Promise<boolean> {
  const nextAt = notice.orderedAt + (PAUSES[attempts - 1] ?? 0);
  const entry: LogoutRecord = { ...UNCLAIMED, ...notice, attempts, nextAt };
  return store.insert(logoutCollection, id, entry, { expiresAt: notice.orderedAt + KEPT_FOR });
}

/** Leases up to `most` that are due for `lease` milliseconds. */
export async function claimLogouts(
  store: Logouts,
  by: { now: number; lease: number; most: number },
): Promise<ClaimedLogout[]> {
  const claimed = await queue.claim(store, by);
  return claimed.map(({ id, value: { client, person, orderedAt, attempts } }) => ({
    id,
    client,
    person,
    orderedAt,
    attempts,
  }));
}

/** Writes down whether the app was told. Answers the state that the entry is in now. */
export function settleLogout(
  store: Logouts,
  claimed: Pick<ClaimedLogout, 'id' | 'attempts'>,
  isTold: boolean,
  now: number,
): Promise<LogoutRecord['state'] | undefined> {
  return queue.settle(store, claimed, { state: isTold ? 'told' : 'again' }, now);
}
