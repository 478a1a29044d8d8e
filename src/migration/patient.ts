/**
 * What is asked of a store that is slow, or away for a while: again after a pause, and many documents in smaller
 * portions, as long as it answers at all.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { StoreUnavailable, type Collection, type Store, type Stored } from '../storage/store.ts';

export interface Patience {
  stop: AbortSignal;
  /** Why something is tried again, and how many documents are written at a time from now on. */
  onRetry(reason: string, portion: number): void;
}

/** Milliseconds that one and the same thing is tried; that a store is opened, whose address may be wrong. */
const GIVE_UP_AFTER = 600_000;
export const GIVE_UP_OPENING = 30_000;
/** Milliseconds between two tries: the first pause and the longest. */
const PAUSES = [100, 5_000] as const;
const MOST_AT_ONCE = 1_000;

export interface Patient {
  /** What may be done twice. */
  ask<R>(work: () => Promise<R>, giveUpAfter?: number): Promise<R>;
  write(
    store: Pick<Store, 'writeStored'>,
    collection: Collection<any>,
    documents: readonly Stored[],
  ): Promise<void>;
}

export function createPatient({ stop, onRetry }: Patience): Patient {
  let portion = MOST_AT_ONCE;
  const ask: Patient['ask'] = async (work, giveUpAfter = GIVE_UP_AFTER) => {
    const [first, longest] = PAUSES;
    const giveUpAt = performance.now() + giveUpAfter;
    for (let wait: number = first; ; wait = Math.min(2 * wait, longest)) {
      stop.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        if (performance.now() > giveUpAt) throw givenUp(error, giveUpAfter);
        onRetry(error.message, portion);
      }
      await pause(wait, undefined, { signal: stop });
    }
  };
  return {
    ask,
    async write(store, collection, documents) {
      for (let at = 0; at < documents.length;) {
        at += await ask(async () => {
          const some = documents.slice(at, at + portion);
          try {
            await store.writeStored(collection, some);
          } catch (error) {
            // Of several at once that were too many, the first one says so for all.
            portion = Math.min(portion, Math.ceil(some.length / 2));
            throw error;
          }
          return some.length;
        });
        portion = Math.min(MOST_AT_ONCE, portion + Math.ceil(portion / 8));
      }
    },
  };
}

function givenUp(cause: Error, after: number): Error {
  const text = `Tried again for ${after / 1000} s, and given up: ${cause.message} The same command goes on where this one was.`;
  return new Error(text, { cause });
}
