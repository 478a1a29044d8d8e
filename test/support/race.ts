/** Two processes on one store that do the same at the same moment. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { createVault, vaultKey, type Vault } from '../../src/secrets/vault.ts';
import type { StoreOptions } from '../../src/storage/options.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Store } from '../../src/storage/store.ts';

/** What every racer is told; the rest of the order is its own. */
export interface RaceOrder {
  store: StoreOptions;
  /** The vault's, as base64url. */
  key: string;
  /** Milliseconds since the epoch. */
  now: number;
  /** Which of the two it is; `raceInTwo` says so. Ids of processes follow one another only where nothing else starts. */
  racer?: 0 | 1;
}

/** What each of two processes of `racer` answers. */
export async function raceInTwo<V>(racer: URL, order: RaceOrder): Promise<V[]> {
  const racers = [fork(racer), fork(racer)];
  for (const [at, one] of racers.entries()) one.send({ ...order, racer: at });
  await Promise.all(racers.map(told));
  const answers = Promise.all(racers.map((one) => told<V>(one)));
  for (const one of racers) one.send('go');
  return answers;
}

/** What it says next; one that ends without is a failure and nothing to be waited for. */
async function told<V>(racer: ChildProcess): Promise<V> {
  const over = new AbortController();
  const { signal } = over;
  const ended = async (): Promise<never> => {
    const [code, by] = (await once(racer, 'exit', { signal })) as [number | null, string | null];
    throw new Error(`A racer has ended with ${code ?? by} before it had said anything.`);
  };
  try {
    const said = once(racer, 'message', { signal }) as Promise<[V]>;
    const [answer] = await Promise.race([said, ended()]);
    return answer;
  } finally {
    over.abort();
  }
}

/** In the racer's own file: `run` is called when both are ready. */
export function answerRace<O extends RaceOrder, V>(
  run: (order: O, parts: { store: Store; vault: Vault }) => Promise<V>,
): void {
  process.once('message', async (order: O) => {
    const store = await openStore(order.store, COLLECTIONS, { now: () => order.now });
    const vault = createVault([vaultKey(Buffer.from(order.key, 'base64url'))]);
    process.send?.('ready');
    process.once('message', async () => {
      const answer = await run(order, { store, vault });
      await store.close();
      process.send?.(answer, () => process.disconnect());
    });
  });
}

/** As many at once as `times`. */
export function timesAtOnce<T>(times: number, act: (nth: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: times }, (_, nth) => act(nth)));
}

/** How often each verdict was given. */
export function tally(verdicts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const verdict of verdicts) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}
