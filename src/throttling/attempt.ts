/** One frame for trying a secret: takes a try of each counter, compares what was taken, tells, and settles. */
import { Problem } from '../problem.ts';
import type { Store } from '../storage/store.ts';
import {
  changeAttempts,
  failuresOf,
  forgiving,
  looksClosed,
  readAttempts,
  returning,
  takeKnown,
  type AttemptRule,
  type KnownAttempts,
  type NotTaken,
} from './attempts.ts';

export interface Counter {
  id: string;
  rule: AttemptRule;
}

/** A secret that what was given is compared with, and the counters that a try is taken of for it. */
export interface Try<V, R = unknown> {
  /** Taken together; where one refuses, the others are given back. None: nothing can be guessed here. */
  counters: readonly Counter[];
  compare(): Promise<V>;
  /**
   * What follows from its acceptance. It calls `settle` as it begins to write, so that the counters are settled
   * in the same commit; where it has not, they are settled after it.
   */
  accepted?(verdict: Accepted<V>, settle: Settle): Promise<R>;
  /**
   * Counters whose failures an acceptance takes away; a function where only the secret says whose they
   * are. A counter of its own that is not among them is given the try back, and those before it still count.
   */
  clears: readonly Counter[] | ((verdict: Accepted<V>) => Promise<readonly Counter[]>);
}

/** Settles the counters, once. */
export type Settle = () => Promise<void>;

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

/** `followed`: what its try gave when it was accepted. */
export type Attempted<V, R = unknown> =
  | { accepted: Accepted<V>; followed?: Awaited<R> | undefined }
  | { accepted?: never; refused: readonly Refusal<V>[] };

type AttemptStore = Pick<Store, 'getMany' | 'update'>;
/** Counters as they were read. */
export type Known = (id: string) => KnownAttempts;

/**
 * What was not taken is not compared, and a refusal of one is none of the others. The first that is
 * accepted ends it: what was not compared any more has cost nothing. `reading`: where the counters of all tries are
 * being read already.
 */
export async function attempt<V extends Verdict, R = unknown>(
  store: AttemptStore,
  tries: readonly Try<V, R>[],
  now: number,
  telling: Telling<V>,
  reading: Known | Promise<Known> = knownOf(store, tries),
): Promise<Attempted<V, R>> {
  const known = await reading;
  const begun = await Promise.all(tries.map((one) => begin(store, one, known, now)));
  const seen = seenOf(begun, known);
  const refused: Refusal<V>[] = [];
  for (const one of begun) {
    const result = one.notTaken ?? (await compared(store, one, begun.slice(refused.length)));
    if (isAccepted(result)) {
      const others = begun.slice(refused.length).flatMap(({ taken }) => taken);
      const clears = await clearsOf(one, result);
      const settled = once(() => settle(store, clears, { seen, others }, now));
      const followed = await one.accepted?.(result, settled);
      await settled();
      return followed === undefined ? { accepted: result } : { accepted: result, followed };
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

/** What found no room to be compared was not: its try is no failure, and neither are those of `left`. */
async function compared<V>(
  store: AttemptStore,
  one: Try<V>,
  left: readonly Begun<V>[],
): Promise<V> {
  try {
    return await one.compare();
  } catch (error) {
    if (error instanceof Problem && error.code === 'busy')
      await giveBack(
        store,
        left.flatMap(({ taken }) => taken),
      );
    throw error;
  }
}

type Begun<V, R = unknown> = Try<V, R> & {
  taken: readonly Seen[];
  notTaken?: NotTaken;
  stopped?: string;
};

/** Their own counters and those that they clear, as they are before anything is taken. */
async function knownOf<V>(store: AttemptStore, tries: readonly Try<V>[]): Promise<Known> {
  const counters = tries.flatMap(({ counters: own, clears }) => [...own, ...told(clears)]);
  return readAttempts(
    store,
    counters.map(({ id }) => id),
  );
}

/**
 * What refuses is asked first and by itself: who is made to wait for one counter must not touch another, and
 * an impatient person must not slow their neighbours down. Otherwise all are taken in one commit.
 */
async function begin<V, R>(
  store: AttemptStore,
  one: Try<V, R>,
  known: Known,
  now: number,
): Promise<Begun<V, R>> {
  const isClosed = ({ id, rule }: Counter): boolean => looksClosed(known(id), rule, now);
  const closed = one.counters.filter(isClosed);
  const open = one.counters.filter((counter) => !isClosed(counter));
  const taken: Seen[] = [];
  for (const group of [...closed.map((counter) => [counter]), open]) {
    const results = await Promise.all(group.map((counter) => take(store, counter, known, now)));
    taken.push(...results.flatMap(({ seen }) => seen ?? []));
    const refused = results.find(({ notTaken }) => notTaken !== undefined);
    if (refused?.notTaken) {
      await giveBack(store, taken);
      return { ...one, taken: [], notTaken: refused.notTaken, stopped: refused.id };
    }
  }
  return { ...one, taken };
}

type Took = { id: string } & (
  { seen: Seen; notTaken?: never } | { seen?: never; notTaken: NotTaken }
);

async function take(
  store: AttemptStore,
  counter: Counter,
  known: Known,
  now: number,
): Promise<Took> {
  const { id } = counter;
  const { earlier } = known(id);
  const result = await takeKnown(store, counter, known(id), now);
  if (!result.taken) return { id, notTaken: result };
  return { id, seen: { ...counter, failures: result.failures, earlier } };
}

async function giveBack(store: AttemptStore, taken: readonly Seen[]): Promise<void> {
  await Promise.all(
    taken.map(({ id, earlier, failures }) =>
      changeAttempts(store, id, earlier, returning(failures)),
    ),
  );
}

/** What there was when the tries were taken, these among it: of their own counters and of those they clear. */
function seenOf<V>(begun: readonly Begun<V>[], known: Known): Seen[] {
  const own = begun.flatMap(({ taken }) => taken);
  const isOwn = new Set(own.map(({ id }) => id));
  const cleared = begun.flatMap(({ clears }) => told(clears));
  return [
    ...own,
    ...seenNow(
      known,
      cleared.filter(({ id }) => !isOwn.has(id)),
    ),
  ];
}

/** Those that are told before anything is accepted. */
function told<V>(clears: Try<V>['clears']): readonly Counter[] {
  return typeof clears === 'function' ? [] : clears;
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
  const late = clears.filter(({ id }) => !isSeen.has(id));
  const ids = late.map(({ id }) => id);
  const unseen = late.length === 0 ? [] : seenNow(await readAttempts(store, ids), late);
  const gone = [...seen.filter(({ id }) => cleared.has(id)), ...unseen];
  const spare = others.filter(({ id }) => !cleared.has(id));
  const failed = gone.filter(({ failures }) => failures > 0);
  await Promise.all([
    ...failed.map(({ id, rule, earlier, failures }) =>
      changeAttempts(store, id, earlier, forgiving(rule, failures, now)),
    ),
    giveBack(store, spare),
  ]);
}

function once(settle: Settle): Settle {
  let settled: Promise<void> | undefined;
  return () => (settled ??= settle());
}

function isAccepted<V extends Verdict>(result: V | NotTaken): result is Accepted<V> {
  return 'verdict' in result && result.verdict === 'accepted';
}

/** A counter with as many failures as it had. */
type Seen = Counter & { failures: number } & Pick<KnownAttempts, 'earlier'>;

/** Each counter once. */
function seenNow(known: Known, counters: readonly Counter[]): Seen[] {
  const once = new Map(counters.map((one) => [one.id, one]));
  return [...once.values()].map((one) => {
    const kept = known(one.id);
    return { ...one, failures: failuresOf(kept), earlier: kept.earlier };
  });
}
