/**
 * A second process on the same store. Its argument is the JSON of the store's options; over IPC it
 * is told what to do, and answers with what became of it.
 */
import { writeSync } from 'node:fs';
import type { StoreOptions } from '../../src/storage/options.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Store } from '../../src/storage/store.ts';
import { contractKinds, counters, notes, oneTimes } from './kinds.ts';

export type Order = RaceOrder | { stream: true } | { close: true };

/** The operation is fired `times` at once; `at` (ms since the epoch) is when every process begins. */
interface RaceOrder {
  race: RaceName;
  id: string;
  times: number;
  at: number;
}

export type RaceName = keyof typeof races;

/** For `insert` and `spend`: who won (`true`) and who lost; for `take`: whether; for `add`: the sum. */
export type Verdicts = (boolean | number)[];

const races = {
  insert: (store: Store, id: string) => store.insert(notes, id, { text: String(process.pid) }),
  spend: (store: Store, id: string) =>
    store.update(oneTimes, id, (thing) => {
      if (!thing || thing.spentBy !== undefined) return { result: false };
      return { put: { spentBy: String(process.pid) }, result: true };
    }),
  take: async (store: Store, id: string) => (await store.take(counters, id, { max: 25 })).taken,
  add: (store: Store, id: string) =>
    store.update(counters, id, (counter) => {
      const count = (counter?.count ?? 0) + 1;
      return { put: { count }, result: count };
    }),
};

const options = JSON.parse(process.argv[2] ?? '') as StoreOptions;
const store = await openStore(options, contractKinds, { now: Date.now });

process.on('message', (order: Order) => void obey(order));
process.send?.('ready');

async function obey(order: Order): Promise<void> {
  if ('race' in order) process.send?.(await race(order));
  else if ('stream' in order) await writeWithoutEnd();
  else await store.close().then(() => process.disconnect());
}

async function race(order: RaceOrder): Promise<Verdicts> {
  // Both processes leave this loop in the same moment; a timer would be off by a millisecond or two.
  while (Date.now() < order.at);
  return Promise.all(Array.from({ length: order.times }, () => races[order.race](store, order.id)));
}

/** Writes for as long as it lives, and tells of each document as soon as it is promised durable. */
async function writeWithoutEnd(): Promise<never> {
  for (let number = 0; ; number += 10) {
    const ids = Array.from({ length: 10 }, (_, n) => `stream-${number + n}`);
    await Promise.all(ids.map((id) => store.insert(notes, id, { text: id })));
    writeSync(1, ids.map((id) => `${id}\n`).join(''));
  }
}
