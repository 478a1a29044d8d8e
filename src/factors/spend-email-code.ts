/** Using an email code up: one conditional write of the sign-in that it was sent for. */
import type { OutboxMessage } from '../outbox/message.ts';
import { changeSignIn, type SignInRecord } from '../records/sign-in.ts';
import type { Store } from '../storage/store.ts';
import { judgeEmailCode, type EmailCodeVerdict } from './email-code.ts';

/**
 * `address`: only codes that were sent there count. `accept` makes the record as it is with the code
 * accepted; `messages` ride in that write. Of many at once, one is accepted.
 */
export async function spendEmailCode(
  store: Pick<Store, 'update'>,
  signIn: string,
  shown: { hash: string; now: number; address?: string | undefined },
  accept: (record: SignInRecord) => SignInRecord,
  messages: readonly OutboxMessage[],
): Promise<EmailCodeVerdict> {
  let verdict: EmailCodeVerdict = { verdict: 'wrong' };
  const change = (record: SignInRecord): SignInRecord => {
    const { address, hash, now } = shown;
    const sent = record.emailCodes.filter(
      (code) => address === undefined || code.address === address,
    );
    const judged = judgeEmailCode(sent, hash, now);
    ({ verdict } = judged);
    if (verdict.verdict !== 'accepted') return record;
    return accept({ ...record, emailCodes: judged.codes });
  };
  const changed = await changeSignIn(store, signIn, change, messages);
  return changed ? verdict : { verdict: 'used' };
}
