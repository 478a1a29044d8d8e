/** Authenticators that no longer work: kept for a while, so that a code of an old entry can be named as such. Pure. */
import type { Authenticator, RetiredAuthenticator } from '../records/person.ts';

/** Milliseconds. */
const KEPT_FOR = 30 * 24 * 3600_000;
const MOST_KEPT = 3;

/** Those that are kept with one more; null: with none. `now`: milliseconds since the epoch. */
export function retire(
  retired: readonly RetiredAuthenticator[],
  gone: Authenticator | null,
  now: number,
): RetiredAuthenticator[] {
  const recent = retired.filter(({ retiredAt }) => retiredAt + KEPT_FOR > now);
  const all = gone ? [...recent, { ...gone, retiredAt: now }] : recent;
  return all.slice(-MOST_KEPT);
}

/** Where all of them go at once, those that went before are kept whatever their age. */
export function retireAll(
  retired: readonly RetiredAuthenticator[],
  gone: readonly Authenticator[],
  now: number,
): RetiredAuthenticator[] {
  return [...retired, ...gone.map((one) => ({ ...one, retiredAt: now }))].slice(-MOST_KEPT);
}
