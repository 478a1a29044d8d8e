/** Whether somebody is being made to wait after wrong secrets, for whoever looks after them. */
import { entries } from '../storage/pages.ts';
import type { Store } from '../storage/store.ts';
import { attemptsCollection, CODE_RULE } from './attempts.ts';

/** `until`: milliseconds since the epoch; `null`: until an administrator lifts it. */
export interface Lock {
  until: number | null;
}

/** Counters that are suspended, not only slowed down. */
const SUSPENDABLE = /^(?:totp|email-code|code):/u;

/** The longest of the account's and of its known computers'; null: there is none. */
export async function lockOf(
  store: Pick<Store, 'find'>,
  person: string,
  now: number,
): Promise<Lock | null> {
  const query = { index: 'owner', equals: person };
  let longest = 0;
  for await (const { id, value } of entries((after) =>
    store.find(attemptsCollection, { ...query, after }),
  )) {
    if (SUSPENDABLE.test(id) && value.failures >= CODE_RULE.suspendAt) return { until: null };
    longest = Math.max(longest, value.waitUntil);
  }
  return longest > now ? { until: longest } : null;
}
