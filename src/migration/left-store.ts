/**
 * Notices that the store which is served is on its way to another one, or has gone: nobody locks a store that several
 * machines share, and what a server changes there would be missing in the new one.
 */
import type { Store } from '../storage/store.ts';
import { createLoop, type Loop } from '../timing/loop.ts';
import { MARKER, markerCollection, whyLeft } from './marker.ts';

/** Milliseconds between two looks. */
export const LOOK_EVERY = 1_000;

/** `left`: told once, with what the mark says. Nobody looks any more then. */
export function watchMark(
  store: Pick<Store, 'get'>,
  left: (reason: string) => void,
): Pick<Loop, 'close'> {
  const look = async (isClosed: () => boolean): Promise<void> => {
    const reason = await markOn(store);
    if (reason === undefined || isClosed()) return;
    void loop.close();
    left(reason);
  };
  // While the store cannot be asked, nothing can be changed in it either.
  const loop = createLoop(look, { every: LOOK_EVERY, failed() {} });
  loop.start();
  return loop;
}

/** Undefined: it may be served. */
export async function markOn(store: Pick<Store, 'get'>): Promise<string | undefined> {
  const marker = await store.get(markerCollection, MARKER);
  return marker && whyLeft(marker);
}
