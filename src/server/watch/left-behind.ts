/**
 * What a process leaves behind when it ends is looked for by one of all that share a store: on MongoDB a look is a
 * question for each kind of document, to every shard, and a process for each core of many machines would ask nothing
 * else all day. Whoever looks has a lease; where it lapses another goes on. Two that look do no harm.
 */
import { randomUUID } from 'node:crypto';
import type { Change, Store } from '../../storage/store.ts';
import { hasCome } from '../../timing/has-come.ts';
import { sweepingCollection, type Lease } from '../sweep-lease.ts';

/** Beside the document of who sweeps. */
const ID = 'look';

/** Milliseconds: what a process that was killed has left is found that much later, where it was the one that looked. */
export const LOOKS_FOR = 10_000;

export interface Lookout {
  /** May this process look now? Each does once after its start, as it may be alone and have been killed before. */
  isMine(): Promise<boolean>;
  /** Another one may from now on. */
  leave(): Promise<void>;
}

/** `now`: milliseconds since the epoch. */
export function createLookout(store: Pick<Store, 'update'>, now: () => number): Lookout {
  const by = randomUUID();
  let isFirst = true;
  return {
    async isMine() {
      const isLeased = await store.update(sweepingCollection, ID, lease(by, now()));
      const isDue = isFirst || isLeased;
      isFirst = false;
      return isDue;
    },
    async leave() {
      await store.update(sweepingCollection, ID, (current): Change<Lease, void> => {
        if (current?.by !== by) return { result: undefined };
        return { put: { by, until: 0 }, result: undefined };
      });
    },
  };
}

/** Half of it is left when it is renewed, so that not every look is a write. */
function lease(by: string, now: number) {
  return (current: Lease | undefined): Change<Lease, boolean> => {
    const until = current?.until ?? 0;
    const isHeld = !hasCome(until, now, LOOKS_FOR);
    if (isHeld && current?.by !== by) return { result: false };
    if (isHeld && until - now > LOOKS_FOR / 2) return { result: true };
    return { put: { by, until: now + LOOKS_FOR }, result: true };
  };
}
