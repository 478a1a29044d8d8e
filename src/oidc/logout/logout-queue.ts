/**
 * The queue of relying apps that have to be told of the end of a session (OIDC Back-Channel Logout
 * 1.0). An entry that is claimed is leased, so that two processes never tell at the same time; a lease
 * that ran out (its process was killed) is claimed again. Settled entries stay until they expire, so
 * that one that is ordered again is known.
 */
import type { LogoutNotice } from '../../outbox/message.ts';
import { collection, type Change, type Store } from '../../storage/store.ts';

/** All times are milliseconds since the epoch. */
interface LogoutRecord extends Omit<LogoutNotice, 'id'> {
  state: 'queued' | 'told' | 'failed';
  /** How often it was claimed. */
  attempts: number;
  nextAt: number;
  /** Somebody is telling, until then at the latest. */
  lease: { until: number } | null;
}

/** By the notice's id. */
export const logoutCollection = collection<LogoutRecord>('logout', {
  indexes: {
    due: ({ state, lease, nextAt }) =>
      state === 'queued' ? (lease ? lease.until : nextAt) : undefined,
  },
});

type Logouts = Pick<Store, 'insert' | 'find' | 'update'>;

/** A notice that is the caller's to deliver until its lease ends. */
export interface ClaimedLogout extends LogoutNotice {
  attempts: number;
}

/** Milliseconds after the first, second, … attempt that failed; after the last one it is given up. */
const PAUSES = [5_000, 30_000, 120_000, 600_000, 1_800_000] as const;
const KEPT_FOR = 86_400_000;

/** `false`: it is there already, told or not. `attempts`: those that were made elsewhere. */
export function orderLogout(
  store: Pick<Store, 'insert'>,
  { id, ...notice }: LogoutNotice,
  attempts = 0,
): Promise<boolean> {
  const nextAt = notice.orderedAt + (PAUSES[attempts - 1] ?? 0);
  const entry: LogoutRecord = { ...notice, state: 'queued', attempts, nextAt, lease: null };
  return store.insert(logoutCollection, id, entry, { expiresAt: notice.orderedAt + KEPT_FOR });
}

/** Leases up to `most` that are due for `lease` milliseconds. */
export async function claimLogouts(
  store: Logouts,
  { now, lease, most }: { now: number; lease: number; most: number },
): Promise<ClaimedLogout[]> {
  const due = { index: 'due', below: now + 1, limit: most };
  const { items } = await store.find(logoutCollection, due);
  const claims = items.map(({ id }) => claim(store, id, now, lease));
  return (await Promise.all(claims)).filter((claimed) => claimed !== undefined);
}

function claim(
  store: Logouts,
  id: string,
  now: number,
  lease: number,
): Promise<ClaimedLogout | undefined> {
  return store.update(
    logoutCollection,
    id,
    (entry): Change<LogoutRecord, ClaimedLogout | undefined> => {
      const isDue = entry?.state === 'queued' && (entry.lease?.until ?? entry.nextAt) <= now;
      if (!isDue) return { result: undefined };
      const attempts = entry.attempts + 1;
      const { client, person, orderedAt } = entry;
      return {
        put: { ...entry, attempts, lease: { until: now + lease } },
        result: { id, client, person, orderedAt, attempts },
      };
    },
  );
}

/**
 * Writes down whether the app was told. Of a claim whose lease has been taken over since, only that it
 * was told counts. Answers the state that the entry is in now.
 */
export function settleLogout(
  store: Logouts,
  { id, attempts }: Pick<ClaimedLogout, 'id' | 'attempts'>,
  told: boolean,
  now: number,
): Promise<LogoutRecord['state'] | undefined> {
  return store.update(
    logoutCollection,
    id,
    (entry): Change<LogoutRecord, LogoutRecord['state']> => {
      if (entry?.state !== 'queued') return { result: entry?.state ?? 'told' };
      if (told) return { put: { ...entry, state: 'told', lease: null }, result: 'told' };
      if (entry.attempts !== attempts) return { result: 'queued' };
      const pause = PAUSES[attempts - 1];
      const state = pause === undefined ? 'failed' : 'queued';
      return { put: { ...entry, state, lease: null, nextAt: now + (pause ?? 0) }, result: state };
    },
  );
}
