/**
 * How each factor is verified, by the ids of THE TABLE (policy/factors.ts, which waits for nothing): what
 * of it can be given, its counter of wrong ones, its compare. What a factor that is accepted has proven is added
 * to the sign-in by whoever has tried it; where it is kept there, in the write that spends it.
 */
import type { OutboxMessage } from '../outbox/message.ts';
import type { FactorId } from '../records/factor-id.ts';
import type { Person } from '../records/person.ts';
import type { Proof } from '../records/proof.ts';
import type { SignInRecord } from '../records/sign-in.ts';
import type { Vault } from '../secrets/vault.ts';
import type { Store } from '../storage/store.ts';
import {
  CODE_RULE,
  ONE_TIME_RULE,
  emailCodeCounter,
  oneTimeCounter,
  totpCounter,
  type AttemptRule,
  type Counted,
} from '../throttling/attempts.ts';
import { refusalNotice, type CodeNotice } from './code-notice.ts';
import { compareEmailCode, type EmailCodeVerdict } from './email-code.ts';
import { spendOneTimeCode, tenCharacters, type OneTimeVerdict } from './one-time-codes.ts';
import {
  forgetPasskeyCounter,
  verifyAuthentication,
  type AuthenticationVerdict,
  type Expected,
} from './passkey.ts';
import { spendingEmailCode, type SpendInSignIn } from './spend-email-code.ts';
import { useTemporaryCode } from './handed-over/temporary-code.ts';
import { sixDigits, verifyTotp, type TotpVerdict } from './totp.ts';

/** What a try of a factor in a sign-in is made with. */
export interface Trial {
  parts: { store: Store; vault: Vault; config: { issuer: string } };
  /** Whose factor it must be; undefined: it says itself whose it is, and `find` knows them. */
  person: Person | undefined;
  find(id: string): Promise<Person | undefined>;
  /** Id of the sign-in in the store. */
  signIn: string;
  /** That what is given has to answer; empty where nothing is asked. */
  challenge: Expected['challenge'];
  /** Milliseconds since the epoch. */
  now: number;
  /**
   * Adds the proof to the sign-in in the write that spends what is kept there. `undefined`: the sign-in is no longer
   * open.
   */
  proveAndSpend(person: Person, spend: SpendInSignIn): Promise<SignInRecord | undefined>;
  /** Is a code for today accepted, as the policy says? What is told of its use. */
  temporary: { told(): Promise<OutboxMessage[]> } | null;
  /** What is told of a one-time code that was used; `left`: how many there are afterwards. */
  codeUsed(left: number): Promise<OutboxMessage[]>;
}

type NotAccepted<V> = Exclude<V, { verdict: 'accepted' }>;
/** What of a factor that was accepted goes into its proof; `left`: how many there are of such codes afterwards. */
export type Proven = Pick<Proof, 'key' | 'temporary'> & { left?: number };
export type FactorVerdict =
  /** `proven`: what the proof is added with; absent: it was, as what was given is spent in the sign-in. */
  | { verdict: 'accepted'; person: Person; proven?: Proven }
  | NotAccepted<TotpVerdict | EmailCodeVerdict | OneTimeVerdict | AuthenticationVerdict<Person>>;
export type FactorRefused = NotAccepted<FactorVerdict>;

export interface Verify {
  /** What was typed into the box for codes, as it is compared; undefined: it can't be one. Absent: it is not typed. */
  recognise?(typed: string): string | undefined;
  /** Of wrong ones; absent: there is nothing to guess. */
  counter?: { of(whose: Counted): string; rule: AttemptRule };
  /** Is it the way out of a suspension of others? */
  liftsSuspension?: true;
  compare(trial: Trial, given: string): Promise<FactorVerdict>;
  /** What the page says of one that was not accepted. */
  notice(refused: FactorRefused): CodeNotice;
  /** Forgets what is kept outside of the person's document of the one with that id. */
  forget?(parts: { store: Pick<Store, 'delete'>; vault: Vault }, id: string): Promise<void>;
}

export const VERIFY: Readonly<Record<FactorId, Readonly<Verify>>> = {
  totp: {
    recognise: sixDigits,
    counter: { of: totpCounter, rule: CODE_RULE },
    compare: ofPerson(async (trial, person, code) => {
      const held = { live: person.authenticators, retired: person.retiredAuthenticators };
      const verdict = await verifyTotp(trial.parts, held, code, trial.now);
      return verdict.verdict === 'accepted' ? { verdict: 'accepted', person, proven: {} } : verdict;
    }),
    notice: refusalNotice,
  },
  passkey: {
    async compare({ parts, person, find, challenge }, response) {
      const expected = { issuer: parts.config.issuer, challenge };
      const verdict = await verifyAuthentication(parts, expected, person ?? find, response);
      if (verdict.verdict !== 'accepted') return verdict;
      const proven: Proven = verdict.passkey.synced ? { key: 'swk' } : {};
      return { verdict: 'accepted', person: verdict.person, proven };
    },
    notice: ({ verdict }) => ({ code: `passkey-${verdict}`, values: {} }),
    forget: forgetPasskeyCounter,
  },
  'email-code': {
    recognise: sixDigits,
    counter: { of: emailCodeCounter, rule: CODE_RULE },
    compare: ofPerson(async ({ parts, signIn, now, proveAndSpend }, person, code) => {
      const isCode = compareEmailCode(parts.vault, signIn, code);
      const spending = spendingEmailCode({ isCode, now, address: person.secondaryEmail?.address });
      const record = await proveAndSpend(person, spending.spend);
      const verdict = spending.verdict(record);
      return verdict.verdict === 'accepted' ? { verdict: 'accepted', person } : verdict;
    }),
    notice: refusalNotice,
  },
  'one-time-codes': {
    recognise: tenCharacters,
    counter: { of: oneTimeCounter, rule: ONE_TIME_RULE },
    liftsSuspension: true,
    compare: ofPerson(async ({ parts, codeUsed, temporary, now }, person, code) => {
      const use = temporary && { now, messages: await temporary.told() };
      if (use && (await useTemporaryCode(parts, person, code, use)))
        return { verdict: 'accepted', person, proven: { temporary: true } };
      const verdict = await spendOneTimeCode(parts, person.id, code, codeUsed);
      if (verdict.verdict !== 'accepted') return verdict;
      return { verdict: 'accepted', person, proven: { left: verdict.left } };
    }),
    notice: ({ verdict }) => ({ code: `one-time-${verdict}`, values: {} }),
  },
};

/** Of what says by itself nothing of whose it is. */
function ofPerson(
  compare: (trial: Trial, person: Person, given: string) => Promise<FactorVerdict>,
): Verify['compare'] {
  return async (trial, given) =>
    trial.person ? compare(trial, trial.person, given) : { verdict: 'wrong' };
}
