/** A process of its own that uses one code many times at once, when told to; see code-race.test.ts. */
import type { Authenticator } from '../../src/accounts/person.ts';
import { CODE_RULE, takeAttempt } from '../../src/factors/attempts.ts';
import { spendOneTimeCode } from '../../src/factors/one-time-codes.ts';
import { spendEmailCode } from '../../src/factors/spend-email-code.ts';
import { verifyTotp } from '../../src/factors/totp.ts';
import { answerRace, timesAtOnce, type RaceOrder } from '../support/race.ts';

export interface CodeRace extends RaceOrder {
  times: number;
  /**
   * What is done with what: a person's one-time code, a sign-in's email code, an authenticator's code,
   * a try of a counter.
   */
  what: 'one-time' | 'email' | 'totp' | 'attempt';
  id: string;
  code: string;
  authenticator?: Authenticator;
}

answerRace(async (order: CodeRace, { store, vault }) => {
  const { now, times, what, id, code, authenticator } = order;
  const held = { live: authenticator ? [authenticator] : [], retired: [] };
  const uses: Record<CodeRace['what'], () => Promise<string>> = {
    'one-time': async () =>
      (await spendOneTimeCode({ store, vault }, id, code, async () => [])).verdict,
    email: async () => {
      const accept = <T>(record: T): T => record;
      return (await spendEmailCode(store, id, { hash: code, now }, accept, [])).verdict;
    },
    totp: async () => (await verifyTotp({ store, vault }, held, code, now)).verdict,
    attempt: async () => ((await takeAttempt(store, id, CODE_RULE, now)).taken ? 'taken' : 'not'),
  };
  return timesAtOnce(times, uses[what]);
});
