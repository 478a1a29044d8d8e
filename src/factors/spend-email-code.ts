/** Using an email code up: one conditional write of the sign-in that it was sent for. */
import { changeSignIn, type SignInRecord } from '../records/sign-in.ts';
import type { Store } from '../storage/store.ts';
import { judgeEmailCode, type EmailCodeVerdict, type IsCode } from './email-code.ts';

/** The record with something spent in it; undefined: it can't be, and nothing else changes either. */
export type SpendInSignIn = (record: SignInRecord) => SignInRecord | undefined;

/**
 * What spends the code in whatever write it is put into, and what that came to: `record` is what the
 * write has answered. `address`: only codes that were sent there count.
 */
export function spendingEmailCode(shown: {
  isCode: IsCode;
  now: number;
  address?: string | undefined;
}): { spend: SpendInSignIn; verdict(record: SignInRecord | undefined): EmailCodeVerdict } {
  let verdict: EmailCodeVerdict = { verdict: 'wrong' };
  return {
    spend(record) {
      const { address, isCode, now } = shown;
      const sent = record.emailCodes.filter(
        (code) => address === undefined || code.address === address,
      );
      const judged = judgeEmailCode(sent, isCode, now);
      ({ verdict } = judged);
      return verdict.verdict === 'accepted' ? { ...record, emailCodes: judged.codes } : undefined;
    },
    verdict: (record) => (record ? verdict : { verdict: 'used' }),
  };
}

/** Spends it and nothing else. Of many at once, one is accepted. */
export async function spendEmailCode(
  store: Pick<Store, 'update'>,
  signIn: string,
  shown: { isCode: IsCode; now: number },
): Promise<EmailCodeVerdict> {
  const { spend, verdict } = spendingEmailCode(shown);
  return verdict(await changeSignIn(store, signIn, (record) => spend(record) ?? record));
}
