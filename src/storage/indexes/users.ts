/**
 * Who may write to a store: every process that has written, until it closes. Each says which indexes it declares, and
 * that it lives; whoever stands still for long says all of it anew before it writes again (versions.ts).
 */
import { performance } from 'node:perf_hooks';
import { collection, type Entry, type Store } from '../store.ts';
import { entries } from '../pages.ts';
import type { Declared } from './declared.ts';

export interface StoreUser {
  host: string;
  pid: number;
  /** Of the program; absent: it was not told. */
  version?: string;
  declared: Declared;
  /** Another one each time that it says so. */
  beat: number;
  /** Milliseconds since the epoch, by its own clock: for people, and for what was left long ago. */
  at: number;
}

export const userCollection = collection<StoreUser>('store_user');

/** Processes of versions that did not say what they declare report their keys here; those that do, say their version. */
const REPORTS = 'process';

/** Milliseconds after which one that has not said anything new lives no longer: it takes that itself for granted sooner. */
export const LAPSED_AFTER = 45_000;
/** What was killed so long ago, by the clocks of both, is taken away. */
const LEFT_FOR = 86_400_000;

export function usersOf(store: Pick<Store, 'scan'>): Promise<Entry<StoreUser>[]> {
  return Array.fromAsync(entries((after) => store.scan(userCollection, { after })));
}

export async function removeLeft(
  store: Pick<Store, 'scan' | 'update'>,
  now: number,
): Promise<void> {
  for (const one of await usersOf(store))
    if (one.value.at < now - LEFT_FOR) await removeUser(store, one);
}

/** Unless it has said something new since it was read. */
export function removeUser(
  store: Pick<Store, 'update'>,
  { id, value: { beat } }: Entry<StoreUser>,
): Promise<void> {
  return store.update(userCollection, id, (current) =>
    current?.beat === beat ? { remove: true, result: undefined } : { result: undefined },
  );
}

/** Signs of life of processes that say nothing of indexes, by their ids. */
export async function formerSigns(
  store: Pick<Store, 'scan'>,
  collections: readonly { name: string }[],
): Promise<Map<string, unknown>> {
  const signs = new Map<string, unknown>();
  if (!collections.some(({ name }) => name === REPORTS)) return signs;
  const reports = collection<{ version?: string; at: number }>(REPORTS);
  for await (const { id, value } of entries((after) => store.scan(reports, { after })))
    if (value.version === undefined) signs.set(id, value.at);
  return signs;
}

/**
 * Tells who lives without comparing two clocks: whoever was seen to say something new not long ago, by a clock that
 * nobody sets. While this machine sleeps it stands still, and they live longer.
 */
export class Lives {
  readonly #seen = new Map<string, { sign: unknown; at: number }>();
  readonly #lapsedAfter: number;
  readonly #steady: () => number;

  /** Milliseconds. */
  constructor(lapsedAfter: number, steady = (): number => performance.now()) {
    this.#lapsedAfter = lapsedAfter;
    this.#steady = steady;
  }

  isLiving(id: string, sign: unknown): boolean {
    const known = this.#seen.get(id);
    if (known && known.sign === sign) return this.#steady() - known.at < this.#lapsedAfter;
    this.#seen.set(id, { sign, at: this.#steady() });
    return true;
  }
}
