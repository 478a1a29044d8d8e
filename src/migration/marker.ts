/**
 * What a store carries while its data is on the way to another one, and afterwards: nobody serves or
 * changes half of a store, or an old one by mistake.
 */
import { collection, type Store } from '../storage/store.ts';

export type Marker =
  | {
      /** Data is coming in. */
      role: 'target';
      /** Where from (storeName). */
      source: string;
      /** By kind: the cursor to go on from; null when it is done. */
      done: Record<string, string | null>;
      /** By kind: how many are there up to that cursor. An older version wrote none. */
      copied?: Record<string, number>;
    }
  | {
      /** Data is going out, or has gone. */
      role: 'source';
      target: string;
      state: 'moving' | 'moved';
      /** Milliseconds since the epoch. */
      at: number;
    };

export const markerCollection = collection<Marker>('migration');
export const MARKER = 'migration';

/** Throws with a message for the operator when the store is only half there, or has been left. */
export async function requireSettled(store: Pick<Store, 'get'>): Promise<void> {
  const marker = await store.get(markerCollection, MARKER);
  if (marker) throw new Error(whyLeft(marker));
}

/** Why nobody may use the store that carries it, and what to do: for the operator. */
export function whyLeft(marker: Marker): string {
  if (marker.role === 'target')
    return `The migration from ${marker.source} into this store has not finished. Run latchkey migrate again, as before: it goes on where it was.`;
  const { target, state } = marker;
  const at = new Date(marker.at).toISOString();
  return state === 'moving'
    ? `A migration from this store to ${target} was begun at ${at} and has not finished. Run latchkey migrate again, as before; or give it up with latchkey migrate --forget.`
    : `This store was moved to ${target} at ${at}. Configure that one (store.engine). To use this one again, without what has happened since: latchkey migrate --forget.`;
}
