/**
 * Of all processes that share a store one sweeps at a time. Whoever does has a lease, which lapses soon when
 * it is killed; the same document says how much is left, for whoever is asked.
 */
import { collection, type Change, type Store } from '../storage/store.ts';
import { hasCome } from '../timing/has-come.ts';

/** Who does something that one of all processes does. */
export interface Lease {
  /** Of the process: made up at its start. */
  by: string;
  /** Milliseconds since the epoch; 0: nobody does it. */
  until: number;
}

export interface Sweeping extends Lease {
  /** Expired documents that were there when it was last looked, about. */
  left: number;
  /** When the last sweep went through everything, milliseconds since the epoch; 0: never. */
  endedAt: number;
}

/** One document for each thing: of the sweep it says how far it is, of what else is leased, who has it (watch/left-behind.ts). */
export const sweepingCollection = collection<Lease | Sweeping>('sweeping');
const ID = 'sweep';

/** Milliseconds: no slice takes as long. */
export const LEASE = 20_000;

type Kept = Pick<Store, 'update'>;

/** Of the sweep's document. */
const sweepIn = (current: Lease | Sweeping | undefined): Sweeping | undefined =>
  current && { left: 0, endedAt: 0, ...current };

/** False: another one sweeps, or has gone through everything since `since`. */
export function claimSweep(
  store: Kept,
  { by, now, since }: { by: string; now: number; since: number },
): Promise<boolean> {
  return store.update(sweepingCollection, ID, (stored): Change<Sweeping, boolean> => {
    const current = sweepIn(stored);
    const isHeld = current && !hasCome(current.until, now, LEASE);
    const isDone = current && current.endedAt > since && current.endedAt <= now;
    if ((isHeld && current.by !== by) || isDone) return { result: false };
    const before = { left: current?.left ?? 0, endedAt: current?.endedAt ?? 0 };
    return { put: { ...before, by, until: now + LEASE }, result: true };
  });
}

/** False: the lease had lapsed, and another one has it. */
export function renewSweep(
  store: Kept,
  { by, now, left }: { by: string; now: number; left: number },
): Promise<boolean> {
  return settle(store, by, (current) => ({ ...current, until: now + LEASE, left }));
}

export function endSweep(store: Kept, { by, now }: { by: string; now: number }): Promise<boolean> {
  return settle(store, by, (current) => ({ ...current, until: 0, left: 0, endedAt: now }));
}

function settle(
  store: Kept,
  by: string,
  change: (current: Sweeping) => Sweeping,
): Promise<boolean> {
  return store.update(sweepingCollection, ID, (stored): Change<Sweeping, boolean> => {
    const current = sweepIn(stored);
    if (current?.by !== by) return { result: false };
    return { put: change(current), result: true };
  });
}

/** Expired documents that are still there, about; undefined: no process has swept this store yet. */
export async function expiredLeft(store: Pick<Store, 'get'>): Promise<number | undefined> {
  return sweepIn(await store.get(sweepingCollection, ID))?.left;
}
