/** A process of its own that uses one code many times at once, when told to; see code-race.test.ts. */
import type { Authenticator } from '../../src/records/person.ts';
import { clearedBy, counterOf } from '../../src/factors/counters.ts';
import { attempt } from '../../src/throttling/attempt.ts';
import { CODE_RULE, takeAttempt } from '../../src/throttling/attempts.ts';
import { spendOneTimeCode } from '../../src/factors/one-time-codes.ts';
import { spendEmailCode } from '../../src/factors/spend-email-code.ts';
import { verifyTotp } from '../../src/factors/totp.ts';
import { answerRace, timesAtOnce, type RaceOrder } from '../support/race.ts';

export interface CodeRace extends RaceOrder {
  times: number;
  /**
   * What is done with what: a person's one-time code, a sign-in's email code, an authenticator's code,
   * a try of a counter, wrong codes with the authenticator's right one among them.
   */
  what: 'one-time' | 'email' | 'totp' | 'attempt' | 'guesses';
  id: string;
  code: string;
  authenticator?: Authenticator;
}

answerRace(async (order: CodeRace, { store, vault }) => {
  const { now, times, what, id, code, authenticator } = order;
  const held = { live: authenticator ? [authenticator] : [], retired: [] };
  const whose = { person: id, known: undefined };
  const guess = async (nth: number): Promise<string> => {
    const tries = (['email-code', 'totp'] as const).map((factor) => ({
      counters: [counterOf(factor, whose)],
      clears: clearedBy(factor, whose),
      async compare() {
        if (factor === 'email-code') return { verdict: 'wrong' as const };
        return verifyTotp({ store, vault }, held, nth === 2 ? code : 'wrong', now);
      },
    }));
    const tried = await attempt(store, tries, now, { refused: () => {} });
    if (tried.accepted) return 'accepted';
    return tried.refused.map((one) => ('verdict' in one ? one.verdict : one.reason)).join(' ');
  };
  const uses: Record<CodeRace['what'], (nth: number) => Promise<string>> = {
    'one-time': async () =>
      (await spendOneTimeCode({ store, vault }, id, code, async () => [])).verdict,
    email: async () =>
      (await spendEmailCode(store, id, { isCode: (kept) => kept === code, now })).verdict,
    totp: async () => (await verifyTotp({ store, vault }, held, code, now)).verdict,
    guesses: guess,
    attempt: async () => ((await takeAttempt(store, id, CODE_RULE, now)).taken ? 'taken' : 'not'),
  };
  return timesAtOnce(times, uses[what]);
});
