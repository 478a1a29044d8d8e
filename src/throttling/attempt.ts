/** One frame for trying a secret: takes a try of each counter, compares what was taken, tells, and settles. */
import type { Store } from '../storage/store.ts';
import {
  countAttempts,
  forgiveAttempts,
  returnAttempt,
  takeAttempt,
  type AttemptRule,
  type NotTaken,
} from './attempts.ts';

export interface Counter {
  id: string;
  rule: AttemptRule;
}

/** A secret that what was given is compared with, and the counters that a try is taken of for it. */
export interface Try<V> {
  /** Taken one after another; one that refuses gives back those before it. None: nothing can be guessed here. */
  counters: readonly Counter[];
  compare(): Promise<V>;
  /** What follows from its acceptance, beside the settling of the counters. */
  accepted?(verdict: Accepted<V>): Promise<unknown>;
  /**
   * Counters whose failures an acceptance takes away; a function where only the secret says whose they
   * are. A counter of its own that is not among them is given the try back, and those before it still count.
   */
  clears: readonly Counter[] | ((verdict: Accepted<V>) => Promise<readonly Counter[]>);
}

/** Called when nothing was accepted. */
export interface Telling<V> {
  /** Records it. What each try came to, in their order; `stopped`: the ids of counters that were not taken. */
  refused(refused: readonly Refusal<V>[], stopped: readonly string[]): unknown;
  /** A counter has come to its end, or may have with what was compared: tells its owner, once. */
  suspended?(): Promise<unknown>;
}

interface Verdict {
  verdict: string;
}
type Accepted<V> = Extract<V, { verdict: 'accepted' }>;
/** What was compared and is wrong, or why it was not. */
export type Refusal<V> = Exclude<V, { verdict: 'accepted' }> | NotTaken;

export type Attempted<V> =
  { accepted: Accepted<V> } | { accepted?: never; refused: readonly Refusal<V>[] };

type AttemptStore = Pick<Store, 'get' | 'update'>;

/**
 * What was not taken is not compared, and a refusal of one is none of the others. The first that is
 * accepted ends it: what was not compared any more has cost nothing.
 */
export async function attempt<V extends Verdict>(
  store: AttemptStore,
  tries: readonly Try<V>[],
  now: number,
  telling: Telling<V>,
): Promise<Attempted<V>> {
  const begun = await Promise.all(tries.map((one) => begin(store, one, now)));
  const seen = await seenOf(store, begun);
  const refused: Refusal<V>[] = [];
  for (const one of begun) {
    const result = one.notTaken ?? (await one.compare());
    if (isAccepted(result)) {
      const others = begun.slice(refused.length).flatMap(({ taken }) => taken);
      const settled = settle(store, await clearsOf(one, result), { seen, others }, now);
      await Promise.all([settled, one.accepted?.(result)]);
      return { accepted: result };
    }
    refused.push(result as Refusal<V>);
  }
  // One that was suspended before, too: whoever was to tell it then may have been broken off.
  const mayBeSuspended = refused.some((one) => 'verdict' in one || one.reason === 'suspended');
  const stopped = begun.flatMap((one) => one.stopped ?? []);
  await Promise.all([
    telling.refused(refused, stopped),
    mayBeSuspended ? telling.suspended?.() : undefined,
  ]);
  return { refused };
}

type Begun<V> = Try<V> & { taken: readonly Seen[]; notTaken?: NotTaken; stopped?: string };

async function begin<V>(store: AttemptStore, one: Try<V>, now: number): Promise<Begun<V>> {
  const taken: Seen[] = [];
  for (const counter of one.counters) {
    const result = await takeAttempt(store, counter.id, counter.rule, now);
    if (!result.taken) {
      // It is not evaluated: an impatient person must not slow their neighbours down.
      for (const { id, failures } of taken) await returnAttempt(store, id, failures);
      return { ...one, taken: [], notTaken: result, stopped: counter.id };
    }
    taken.push({ ...counter, failures: result.failures });
  }
  return { ...one, taken };
}

/** What there was when the tries were taken, these among it: of their own counters and of those they clear. */
async function seenOf<V>(store: AttemptStore, begun: readonly Begun<V>[]): Promise<Seen[]> {
  const own = begun.flatMap(({ taken }) => taken);
  const isOwn = new Set(own.map(({ id }) => id));
  const cleared = begun.flatMap(({ clears }) => (typeof clears === 'function' ? [] : clears));
  return [
    ...own,
    ...(await seenNow(
      store,
      cleared.filter(({ id }) => !isOwn.has(id)),
    )),
  ];
}

async function clearsOf<V>({ clears }: Try<V>, accepted: Accepted<V>): Promise<readonly Counter[]> {
  return typeof clears === 'function' ? clears(accepted) : clears;
}

/** `others`: what was taken for the one that was accepted, and for those that were then not compared any more. */
async function settle(
  store: AttemptStore,
  clears: readonly Counter[],
  { seen, others }: { seen: readonly Seen[]; others: readonly Seen[] },
  now: number,
): Promise<void> {
  const cleared = new Set(clears.map(({ id }) => id));
  const isSeen = new Set(seen.map(({ id }) => id));
  const unseen = await seenNow(
    store,
    clears.filter(({ id }) => !isSeen.has(id)),
  );
  const gone = [...seen.filter(({ id }) => cleared.has(id)), ...unseen];
  const spare = others.filter(({ id }) => !cleared.has(id));
  await Promise.all([
    ...gone.map(({ id, rule, failures }) => forgiveAttempts(store, id, rule, failures, now)),
    ...spare.map(({ id, failures }) => returnAttempt(store, id, failures)),
  ]);
}

function isAccepted<V extends Verdict>(result: V | NotTaken): result is Accepted<V> {
  return 'verdict' in result && result.verdict === 'accepted';
}

/** A counter with as many failures as it had. */
type Seen = Counter & { failures: number };

/** Each counter once. */
async function seenNow(store: AttemptStore, counters: readonly Counter[]): Promise<Seen[]> {
  const once = new Map(counters.map((one) => [one.id, one]));
  return Promise.all(
    [...once.values()].map(async (one) => ({
      ...one,
      failures: await countAttempts(store, one.id),
    })),
  );
}
