/**
 * Work that waits in the store until it is done, tried again after pauses. Whoever claims some leases it,
 * so that two processes are never at the same; a lease that ran out (its process was killed) is claimed
 * again, so none is lost. What has ended stays until it expires: what is ordered again is known.
 */
import { hasCome } from '../timing/has-come.ts';
import { duePages, type Due } from './due.ts';
import type { Change, Collection, Entry, Store } from './store.ts';

/** All times are milliseconds since the epoch. `State`: how it ended. */
export interface LeasedWork<State extends string> {
  state: 'queued' | State;
  orderedAt: number;
  /** How often it was claimed. */
  attempts: number;
  nextAt: number;
  /** Somebody is at it, until then at the latest. */
  lease: { until: number } | null;
}

/** How work begins. */
export const UNCLAIMED = { state: 'queued' as const, attempts: 0, lease: null };

/** The index of its collection, under the name `due`. */
export function dueIndex({ state, lease, nextAt }: LeasedWork<string>): number | undefined {
  return state === 'queued' ? (lease?.until ?? nextAt) : undefined;
}

export interface LeaseRules<T extends LeasedWork<State>, State extends string> {
  collection: Collection<T>;
  /** Milliseconds: the longest pause between two tries. */
  longest: number;
  /** Those with the lowest number are claimed first. */
  order?(work: T): number;
  /** How it has ended when it is too late for it. */
  lapsed?(work: T, now: number): State | undefined;
  /** When it is tried again after its last attempt has failed. */
  nextAt(work: T, now: number): number | { givenUp: State };
  /** What becomes of it with its end, besides its state. */
  ended?(work: T, now: number): { put: T; expiresAt: number };
}

/** `again`: it stays queued, and comes up after a pause. `put`: fields that change with it. */
export interface LeaseOutcome<T, State extends string> {
  state: State | 'again';
  put?: Partial<T>;
}

type Works = Pick<Store, 'find' | 'update'>;

export interface LeaseQueue<T, State extends string> {
  /** Leases up to `most` that are due for `lease` milliseconds; what lapsed is ended on the way. */
  claim(store: Works, by: { now: number; lease: number; most: number }): Promise<Entry<T>[]>;
  /**
   * Writes down what came of claimed work (`attempts`: of the claim). Of a claim whose lease has been
   * taken over since, only what is final counts. Answers the state that the work is in now.
   */
  settle(
    store: Works,
    claimed: { id: string; attempts: number },
    outcome: LeaseOutcome<T, State>,
    now: number,
  ): Promise<'queued' | State | undefined>;
}

const LOOKED_AT_ONCE = 50;

export function leaseQueue<T extends LeasedWork<State>, State extends string>(
  rules: LeaseRules<T, State>,
): LeaseQueue<T, State> {
  const { collection, order } = rules;
  return {
    async claim(store, { now, lease, most }) {
      const claimed: Entry<T>[] = [];
      const due = { now, longest: Math.max(rules.longest, lease) };
      const claimOne = ({ id }: Entry<T>): Promise<Entry<T> | undefined> =>
        store.update(collection, id, (work) => claimChange(rules, { id, work }, due, lease));
      for await (const items of duePages(store, collection, due, { limit: LOOKED_AT_ONCE })) {
        const left = order ? items.toSorted((a, b) => order(a.value) - order(b.value)) : [...items];
        while (left.length > 0 && claimed.length < most) {
          const claims = left.splice(0, most - claimed.length).map(claimOne);
          claimed.push(...(await Promise.all(claims)).filter((one) => one !== undefined));
        }
        if (claimed.length >= most) break;
      }
      return claimed;
    },
    settle: (store, { id, attempts }, outcome, now) =>
      store.update(collection, id, (work) => settleChange(rules, { work, attempts }, outcome, now)),
  };
}

function claimChange<T extends LeasedWork<State>, State extends string>(
  rules: LeaseRules<T, State>,
  { id, work }: { id: string; work: T | undefined },
  { now, longest }: Due,
  lease: number,
): Change<T, Entry<T> | undefined> {
  const at = work && dueIndex(work);
  if (!work || at === undefined || !hasCome(at, now, longest)) return { result: undefined };
  const lapsed = rules.lapsed?.(work, now);
  if (lapsed !== undefined) return { ...end(rules, work, lapsed, now), result: undefined };
  const value = { ...work, attempts: work.attempts + 1, lease: { until: now + lease } };
  return { put: value, result: { id, value } };
}

function settleChange<T extends LeasedWork<State>, State extends string>(
  rules: LeaseRules<T, State>,
  { work: stored, attempts }: { work: T | undefined; attempts: number },
  { state, put }: LeaseOutcome<T, State>,
  now: number,
): Change<T, 'queued' | State | undefined> {
  if (stored?.state !== 'queued') return { result: stored?.state };
  const work = { ...stored, ...put };
  if (state !== 'again') return { ...end(rules, work, state, now), result: state };
  if (stored.attempts !== attempts) return { result: 'queued' };
  const nextAt = rules.nextAt(work, now);
  if (typeof nextAt === 'number')
    return { put: { ...work, lease: null, nextAt }, result: 'queued' };
  return { ...end(rules, work, nextAt.givenUp, now), result: nextAt.givenUp };
}

function end<T extends LeasedWork<State>, State extends string>(
  { ended }: LeaseRules<T, State>,
  work: T,
  state: State,
  now: number,
): { put: T; expiresAt?: number } {
  const over = { ...work, state, lease: null };
  return ended ? ended(over, now) : { put: over };
}
