/** What a request asks of the store, call by call, and in how many rounds: calls that wait for none of each other. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import type { Store } from '../../src/storage/store.ts';

const VERBS = [
  'insert',
  'put',
  'get',
  'getMany',
  'find',
  'scan',
  'update',
  'take',
  'delete',
] as const;

interface Round {
  calls: string[];
  underWay: number;
  over: PromiseWithResolvers<void>;
}

export interface Rounds {
  /** Those since the last time: each with its calls, as `get person`. */
  taken(): string[][];
  stop(): void;
}

/**
 * Answers of one round come together: what is asked for then is the next one. So a round is what a store behind a
 * network answers in one round trip, on whatever engine. `counts`: false for what runs beside the requests.
 */
export function inRounds(store: Store, counts: (call: string) => boolean): Rounds {
  const originals = Object.fromEntries(VERBS.map((verb) => [verb, store[verb]]));
  const within = new AsyncLocalStorage<true>();
  let rounds: string[][] = [];
  let open: Round | undefined;

  const close = async (round: Round): Promise<void> => {
    await turn();
    if (round.underWay > 0 || open !== round) return;
    open = undefined;
    rounds.push(round.calls);
    round.over.resolve();
  };
  const held = async (call: string, work: () => Promise<unknown>): Promise<unknown> => {
    const round = (open ??= { calls: [], underWay: 0, over: Promise.withResolvers() });
    round.calls.push(call);
    round.underWay += 1;
    try {
      return await work();
    } finally {
      round.underWay -= 1;
      void close(round);
      await round.over.promise;
    }
  };
  const watched =
    (verb: (typeof VERBS)[number]) =>
    (...args: [{ name: string }]): unknown => {
      const call = `${verb} ${args[0].name}`;
      const work = (): Promise<unknown> =>
        within.run(true, () =>
          Reflect.apply(originals[verb] as () => Promise<unknown>, store, args),
        );
      // An engine may do one call by another one.
      return within.getStore() || !counts(call) ? work() : held(call, work);
    };
  Object.assign(store, Object.fromEntries(VERBS.map((verb) => [verb, watched(verb)])));
  return {
    taken() {
      const those = rounds;
      rounds = [];
      return those;
    },
    stop: () => void Object.assign(store, originals),
  };
}
