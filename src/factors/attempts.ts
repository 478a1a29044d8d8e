/**
 * Attempt counters. They belong to the account, are kept in the store, and a try is **taken before
 * it is checked**: what was not taken is not evaluated. A new sign-in, code, browser, password or a
 * restart does not reset them; only a proof does. An attempt during a delay is not evaluated and
 * does not lengthen it.
 */
import { kind, type Change, type Store } from '../storage/store.ts';

/** Failures that were taken, and until when nothing is evaluated (milliseconds since the epoch). */
export interface Attempts {
  failures: number;
  waitUntil: number;
  /** Its owner was told that it is suspended. */
  told?: boolean;
  /** The person, or whatever else it counts for; see the names of counters below. */
  owner?: string;
}
export const attemptsKind = kind<Attempts>('attempts', {
  indexes: { owner: ({ owner }) => owner },
});

export type Taken =
  /** `failures`: with this one, should it fail. */
  | { taken: true; failures: number }
  | { taken: false; reason: 'wait'; seconds: number }
  | { taken: false; reason: 'suspended' };

export interface AttemptRule {
  /** Milliseconds to wait after the given number of failures; 0 for none. */
  pause(failures: number): number;
  /** Failures after which nothing is evaluated until an administrator lifts it. */
  suspendAt: number;
  /** Milliseconds after which failures are forgotten; never, for a second factor. */
  forgetAfter: number | undefined;
}

/** Delays from the 5th failure on, 60 s at most, never a lasting lock: names are public. */
export const PASSWORD_RULE: AttemptRule = {
  pause: (failures) => (failures < 5 ? 0 : Math.min(60_000, 1000 * 2 ** (failures - 5))),
  suspendAt: Infinity,
  forgetAfter: 24 * 3600_000,
};

/** One counter for all six-digit codes: 5 free failures, then 30 s doubling to 1 h, suspended at 50. */
export const CODE_RULE: AttemptRule = {
  pause: (failures) => (failures < 5 ? 0 : Math.min(3600_000, 30_000 * 2 ** (failures - 5))),
  suspendAt: 50,
  forgetAfter: undefined,
};

/** One-time codes have 50 random bits each: the same delays, and never a suspension, as they are the way out of it. */
export const ONE_TIME_RULE: AttemptRule = { ...CODE_RULE, suspendAt: Infinity };

/** Wrong passwords from one address: many people may share it, so it only slows down, and is soon forgotten. */
export const ADDRESS_RULE: AttemptRule = {
  pause: (failures) =>
    failures < SPRAY ? 0 : Math.min(60_000, 1000 * 2 ** Math.min(10, failures - SPRAY)),
  suspendAt: Infinity,
  forgetAfter: 3600_000,
};
/** As many wrong passwords from one address are an alert. */
export const SPRAY = 50;

/** Takes one try, or says why not. */
export async function takeAttempt(
  store: Pick<Store, 'update'>,
  id: string,
  rule: AttemptRule,
  now: number,
): Promise<Taken> {
  return store.update(attemptsKind, id, (current): Change<Attempts, Taken> => {
    const { failures, waitUntil } = current ?? { failures: 0, waitUntil: 0 };
    if (failures >= rule.suspendAt) return { result: { taken: false, reason: 'suspended' } };
    if (now < waitUntil) {
      // A clock that was set back must not make the wait longer than it ever was.
      const until = Math.min(waitUntil, now + rule.pause(failures));
      const seconds = Math.ceil((until - now) / 1000);
      const result: Taken = { taken: false, reason: 'wait', seconds };
      return current && until < waitUntil
        ? { put: { ...current, waitUntil: until }, result }
        : { result };
    }
    const pause = rule.pause(failures + 1);
    // Not `now` when there is none: another process's clock may be a little behind.
    const next = { failures: failures + 1, waitUntil: pause === 0 ? 0 : now + pause };
    const expiresAt = rule.forgetAfter === undefined ? undefined : now + rule.forgetAfter;
    const owner = id.split(':', 2)[1] ?? id;
    const put = { ...current, ...next, owner };
    return { put, expiresAt, result: { taken: true, failures: next.failures } };
  });
}

/** A proof: the failures before it no longer count. */
export async function clearAttempts(store: Pick<Store, 'delete'>, id: string): Promise<void> {
  await store.delete(attemptsKind, id);
}

/** An administrator lifts every delay and suspension of a person, on every computer. */
export async function clearAllAttempts(
  store: Pick<Store, 'find' | 'delete'>,
  person: string,
): Promise<void> {
  const { items } = await store.find(attemptsKind, { index: 'owner', equals: person, limit: 1000 });
  await Promise.all(items.map(({ id }) => clearAttempts(store, id)));
}

/**
 * A try that was taken and is no failure, as it succeeded or was never evaluated: nobody waits for
 * it, and those before it still count. `failures`: as `takeAttempt` has told.
 */
export async function returnAttempt(
  store: Pick<Store, 'update'>,
  id: string,
  failures: number,
): Promise<void> {
  await store.update(attemptsKind, id, (current): Change<Attempts, void> => {
    if (!current) return { result: undefined };
    // Whoever was taken after it may have made a wait of their own.
    const isNewest = current.failures === failures;
    const waitUntil = isNewest ? 0 : current.waitUntil;
    const put = { ...current, failures: Math.max(0, current.failures - 1), waitUntil };
    return { put, result: undefined };
  });
}

/** `true` once for each time that `suspendAt` is reached: somebody is to be told. */
export async function suspensionToTell(
  store: Pick<Store, 'update'>,
  id: string,
  rule: AttemptRule,
): Promise<boolean> {
  return store.update(attemptsKind, id, (current): Change<Attempts, boolean> => {
    if (!current || current.failures < rule.suspendAt || current.told) return { result: false };
    return { put: { ...current, told: true }, result: true };
  });
}

/**
 * Whose tries are counted together. A computer from which the person has completed a sign-in
 * (`known`: the hash of its browser's secret) has a budget of its own, so that nobody can lock its
 * owner out.
 */
export interface Counted {
  person: string;
  known: string | undefined;
}
const counter = (what: string, { person, known }: Counted): string =>
  known === undefined ? `${what}:${person}` : `${what}:${person}:${known}`;

/** Of six-digit codes, authenticator and email together, on every page. */
export const codeCounter = (whose: Counted): string => counter('code', whose);
export const oneTimeCounter = (whose: Counted): string => counter('one-time', whose);
export const passwordCounter = (whose: Counted): string => counter('password', whose);
/** Of the code that the administrator hands over at a reset. */
export const enrolmentCodeCounter = (person: string): string => `enrolment:${person}`;
/** The counter of a name that nobody has, so that it can't be told from one that somebody has. */
export const unknownNameCounter = (hash: string): string => `password-of-nobody:${hash}`;
/** `hash`: keyed hash of the client's address (IPv6 by its /64). */
export const addressCounter = (hash: string): string => `address:${hash}`;
