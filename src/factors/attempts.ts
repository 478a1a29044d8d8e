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
}
export const attemptsKind = kind<Attempts>('attempts');

export type Taken =
  | { taken: true }
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
      const seconds = Math.ceil((waitUntil - now) / 1000);
      return { result: { taken: false, reason: 'wait', seconds } };
    }
    const next = { failures: failures + 1, waitUntil: now + rule.pause(failures + 1) };
    const expiresAt = rule.forgetAfter === undefined ? undefined : now + rule.forgetAfter;
    return { put: next, expiresAt, result: { taken: true } };
  });
}

/** A proof: the failures before it no longer count. */
export async function clearAttempts(store: Pick<Store, 'delete'>, id: string): Promise<void> {
  await store.delete(attemptsKind, id);
}

/** The counter of a person's six-digit codes, authenticator and email together. */
export const codeCounter = (person: string): string => `code:${person}`;
/** The counter of a person's password. */
export const passwordCounter = (person: string): string => `password:${person}`;
/** The counter of a name that nobody has, so that it can't be told from one that somebody has. */
export const unknownNameCounter = (hash: string): string => `password-of-nobody:${hash}`;
