/**
 * Notices that the store which is served is on its way to another one, or has gone: nobody locks a store that several
 * machines share, and what a server changes there would be missing in the new one.
 */
import type { Store } from '../storage/store.ts';
import { createLoop } from '../timing/loop.ts';
import { MARKER, markerCollection, whyLeft } from './marker.ts';

/** Milliseconds between two looks. */
export const LOOK_EVERY = 1_000;

export interface MarkWatch {
  /** Resolves with what the mark says; nobody looks any more then. */
  left: Promise<string>;
  close(): Promise<void>;
}

export function watchMark(store: Pick<Store, 'get'>): MarkWatch {
  const { promise: left, resolve } = Promise.withResolvers<string>();
  const look = async (isClosed: () => boolean): Promise<void> => {
    const reason = await markOn(store);
    if (reason === undefined || isClosed()) return;
    void loop.close();
    resolve(reason);
  };
  // While the store cannot be asked, nothing can be changed in it either.
  const loop = createLoop(look, { every: LOOK_EVERY, failed() {} });
  loop.start();
  return { left, close: () => loop.close() };
}

/** Undefined: it may be served. */
export async function markOn(store: Pick<Store, 'get'>): Promise<string | undefined> {
  const marker = await store.get(markerCollection, MARKER);
  return marker && whyLeft(marker);
}
