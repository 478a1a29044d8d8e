/** Two processes on one store that do the same at the same moment. */
import { fork } from 'node:child_process';
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
}

/** What each of two processes of `racer` answers. */
export async function raceInTwo<V>(racer: URL, order: RaceOrder): Promise<V[]> {
  const racers = [fork(racer), fork(racer)];
  for (const one of racers) one.send(order);
  await Promise.all(racers.map((one) => once(one, 'message')));
  const answers = racers.map((one) => once(one, 'message') as Promise<[V]>);
  for (const one of racers) one.send('go');
  return (await Promise.all(answers)).map(([answer]) => answer);
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
