/**
 * Attempt counters. They belong to the account, are kept in the store, and a try is **taken before
 * it is checked**: what was not taken is not evaluated. A new sign-in, code, browser, password or a
 * restart does not reset them. Only a proof does, of what it proves and of what is no stronger: it takes
 * away the failures that were there when its try was taken, and leaves guesses made meanwhile. An
 * attempt during a delay is not evaluated and does not lengthen it.
 */
import { collection, type Change, type Store } from '../storage/store.ts';
import type { Level } from '../records/proof.ts';

/** Failures that were taken, and until when nothing is evaluated (milliseconds since the epoch). */
export interface Attempts {
  failures: number;
  waitUntil: number;
  /** Its owner was told that it is suspended. */
  told?: boolean;
  /** The person, or whatever else it counts for; see the names of counters below. */
  owner?: string;
  /** How many of them were counted by the version before, for both kinds of six-digit codes. */
  earlier?: number;
}
export const attemptsCollection = collection<Attempts>('attempts', {
  indexes: {
    owner: ({ owner }) => owner,
    /** Whose six-digit codes are suspended, from when they were told. */
    suspended: ({ owner, told }) => (told ? owner : undefined),
  },
});

export type Taken =
  /** `failures`: with this one, should it fail. */
  { taken: true; failures: number } | NotTaken;
export type NotTaken =
  { taken: false; reason: 'wait'; seconds: number } | { taken: false; reason: 'suspended' };

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

/** Each kind of six-digit codes: 5 free failures, then 30 s doubling to 1 h, suspended at 50. */
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

/**
 * Codes of devices that nobody has, from one address (RFC 8628 §5.1): 10 free, then 30 s doubling to 10 minutes.
 * There are 20⁸ of them, and each is good for ten minutes.
 */
export const USER_CODE_RULE: AttemptRule = {
  pause: (failures) =>
    failures < 10 ? 0 : Math.min(600_000, 30_000 * 2 ** Math.min(10, failures - 10)),
  suspendAt: Infinity,
  forgetAfter: 3600_000,
};

/** A counter as it is kept, and what the version before has counted of it; see `earlierOf`. */
export interface KnownAttempts {
  current: Attempts | undefined;
  earlier: Attempts | undefined;
}

/** What counters are, in one round trip. */
export async function readAttempts(
  store: Pick<Store, 'getMany'>,
  ids: readonly string[],
): Promise<(id: string) => KnownAttempts> {
  const wanted = new Set(ids.flatMap((id) => [id, earlierId(id) ?? id]));
  const found = await store.getMany(attemptsCollection, [...wanted]);
  return (id) => ({ current: found.get(id), earlier: found.get(earlierId(id) ?? '') });
}

/** Takes one try, or says why not. */
export async function takeAttempt(
  store: Pick<Store, 'get' | 'update'>,
  id: string,
  rule: AttemptRule,
  now: number,
): Promise<Taken> {
  return changeAttempts(store, id, await earlierOf(store, id), taking(rule, now));
}

/**
 * The same of one that was read a moment ago. In as many steps for one that is there as for one that is not: how long
 * it takes must not tell whether somebody has tried a name.
 */
export function takeKnown(
  store: Pick<Store, 'update'>,
  { id, rule }: { id: string; rule: AttemptRule },
  { earlier }: KnownAttempts,
  now: number,
): Promise<Taken> {
  return changeAttempts(store, id, earlier, taking(rule, now));
}

/** Would a try be refused? The one that is taken decides. */
export function looksClosed(
  { current, earlier }: KnownAttempts,
  { suspendAt }: AttemptRule,
  now: number,
): boolean {
  const { failures, waitUntil } = withEarlier(current, earlier);
  return failures >= suspendAt || now < waitUntil;
}

type Decide<R> = (current: Attempts) => Change<Attempts, R>;

function taking(rule: AttemptRule, now: number): Decide<Taken> {
  return (current) => {
    const { failures, waitUntil } = current;
    if (failures >= rule.suspendAt) return { result: { taken: false, reason: 'suspended' } };
    if (now < waitUntil) {
      // A clock that was set back must not make the wait longer than it ever was.
      const until = Math.min(waitUntil, now + rule.pause(failures));
      const seconds = Math.ceil((until - now) / 1000);
      const result: Taken = { taken: false, reason: 'wait', seconds };
      return until < waitUntil ? { put: { ...current, waitUntil: until }, result } : { result };
    }
    const next = { failures: failures + 1, waitUntil: waitAfter(rule, failures + 1, now) };
    const expiresAt = rule.forgetAfter === undefined ? undefined : now + rule.forgetAfter;
    return {
      put: { ...current, ...next },
      expiresAt,
      result: { taken: true, failures: next.failures },
    };
  };
}

/** Not `now` when there is no pause: another process's clock may be a little behind. */
function waitAfter(rule: AttemptRule, failures: number, now: number): number {
  const pause = rule.pause(failures);
  return pause === 0 ? 0 : now + pause;
}

/** How many failures there are now. */
export async function countAttempts(store: Pick<Store, 'get'>, id: string): Promise<number> {
  const [current, earlier] = await Promise.all([
    store.get(attemptsCollection, id),
    earlierOf(store, id),
  ]);
  return failuresOf({ current, earlier });
}

export function failuresOf({ current, earlier }: KnownAttempts): number {
  return withEarlier(current, earlier).failures;
}

/**
 * A proof: as many failures as there were when its try was taken (that one among them) no longer
 * count. Those of guesses that were taken meanwhile do, with the wait that so few of them make.
 */
export function forgiving(rule: AttemptRule, failures: number, now: number): Decide<void> {
  return ({ told, ...current }) => {
    const left = Math.max(0, current.failures - failures);
    const waitUntil = Math.min(current.waitUntil, waitAfter(rule, left, now));
    const isSuspended = left >= rule.suspendAt;
    return kept({
      ...current,
      failures: left,
      waitUntil,
      ...(told && isSuspended ? { told } : {}),
    });
  };
}

/**
 * A try that was taken and is no failure, as it succeeded or was never evaluated: nobody waits for
 * it, and those before it still count. `failures`: as `takeAttempt` has told.
 */
export function returning(failures: number): Decide<void> {
  return (current) => {
    // Whoever was taken after it may have made a wait of their own.
    const isNewest = current.failures === failures;
    const waitUntil = isNewest ? 0 : current.waitUntil;
    return kept({ ...current, failures: Math.max(0, current.failures - 1), waitUntil });
  };
}

/** A counter of which nothing is left needs no document. */
function kept(attempts: Attempts): Change<Attempts, void> {
  const isEmpty = attempts.failures === 0 && !attempts.earlier;
  return isEmpty ? { remove: true, result: undefined } : { put: attempts, result: undefined };
}

/** The one conditional write of a counter; `decide` sees what an earlier version has counted as well. */
export function changeAttempts<R>(
  store: Pick<Store, 'update'>,
  id: string,
  earlier: Attempts | undefined,
  decide: Decide<R>,
): Promise<R> {
  return store.update(attemptsCollection, id, (current) =>
    decide({ ...withEarlier(current, earlier), owner: ownerOf(id) }),
  );
}

/** Also of one that begins with what an earlier version has counted: else nobody finds it to lift it. */
function ownerOf(id: string): string {
  return id.split(':', 2)[1] ?? id;
}

/**
 * The version before counted authenticator and email codes together. Its failures count for either:
 * each counter adds them once, also those that a process of that version adds during an upgrade.
 */
async function earlierOf(store: Pick<Store, 'get'>, id: string): Promise<Attempts | undefined> {
  const earlier = earlierId(id);
  return earlier === undefined ? undefined : store.get(attemptsCollection, earlier);
}

function earlierId(id: string): string | undefined {
  const [, whose] = /^(?:totp|email-code):(.*)$/su.exec(id) ?? [];
  return whose === undefined ? undefined : `code:${whose}`;
}

const NONE: Attempts = { failures: 0, waitUntil: 0 };

function withEarlier(current: Attempts | undefined, earlier: Attempts | undefined): Attempts {
  const { earlier: known = 0, ...own } = current ?? NONE;
  if (!earlier) return own;
  const more = Math.max(0, earlier.failures - known);
  const counted = { ...own, failures: own.failures + more, earlier: earlier.failures };
  if (more === 0) return counted;
  const waitUntil = Math.max(own.waitUntil, earlier.waitUntil);
  return { ...counted, waitUntil, ...(earlier.told ? { told: true } : {}) };
}

/** `true` once for each time that `suspendAt` is reached: somebody is to be told. */
export async function suspensionToTell(
  store: Pick<Store, 'get' | 'update'>,
  id: string,
  rule: AttemptRule,
): Promise<boolean> {
  return changeAttempts(store, id, await earlierOf(store, id), (current) => {
    if (current.failures < rule.suspendAt || current.told) return { result: false };
    return { put: { ...current, told: true }, result: true };
  });
}

/**
 * Whose tries are counted together. A computer from which the person has completed a sign-in
 * (`known`: the hash of its browser's secret) has a budget of its own, so that nobody can lock its
 * owner out. `level`: the strongest that was proven there, all when absent.
 */
export interface Counted {
  person: string;
  known: string | undefined;
  level?: Level | undefined;
}
const counter = (what: string, { person, known }: Counted): string =>
  known === undefined ? `${what}:${person}` : `${what}:${person}:${known}`;

/** Of authenticator codes, on every page. */
export const totpCounter = (whose: Counted): string => counter('totp', whose);
/** Of codes by mail, on every page. */
export const emailCodeCounter = (whose: Counted): string => counter('email-code', whose);
/** Of the version before, which counted both together: read, never written. */
export const codeCounter = (whose: Counted): string => counter('code', whose);
export const oneTimeCounter = (whose: Counted): string => counter('one-time', whose);
export const passwordCounter = (whose: Counted): string => counter('password', whose);
/** Of the code that the administrator hands over at a reset. */
export const enrolmentCodeCounter = (person: string): string => `enrolment:${person}`;
/** The counter of a name that nobody has, so that it can't be told from one that somebody has. */
export const unknownNameCounter = (hash: string): string => `password-of-nobody:${hash}`;
/** `hash`: keyed hash of the client's address (IPv6 by its /64). */
export const addressCounter = (hash: string): string => `address:${hash}`;
/** `hash`: as for `addressCounter`. */
export const userCodeCounter = (hash: string): string => `user-code:${hash}`;
