/** Ordering a mail with a code: bound to this sign-in, capped, and told in the audit log. */
import { sendAgainIn, withCode } from '../../src/factors/email-code.ts';
import { orderCode, type OrderedCode } from '../../src/factors/order-code.ts';
import { mailLocale } from '../../src/mail/notices.ts';
import type { MailState } from '../../src/mail/queue.ts';
import type { Subject } from '../../src/policy/assurance.ts';
import { signInCollection } from '../../src/records/sign-in.ts';
import { languageOf, type Notice } from '../../src/web/pages.ts';
import { changeVisit, eventOf, recordRefusal } from './report.ts';
import type { Visit } from '../step.ts';

/** What a page tells of the newest code of the sign-in; null: none was sent. */
export interface SentNews {
  reference: string;
  state: MailState;
  /** Seconds until "Send again" works; 0: now. */
  again: number;
}

/** Answers what is wrong, or undefined when the mail is on its way. */
export async function sendCode(visit: Visit, address: string): Promise<Notice | undefined> {
  const { parts, who, now } = visit;
  if (!who) return undefined;
  const ordered = await order(visit, who, address);
  if (ordered.verdict === 'send-again')
    return { code: 'send-again', values: { seconds: ordered.seconds } };
  if (ordered.verdict === 'too-many-codes') {
    await recordRefusal(visit, 'code.sent', ['too many codes']);
    return { code: 'too-many-codes', values: {} };
  }
  const { sent, mail } = ordered;
  const event = eventOf(visit, 'code.sent', { details: { reference: sent.reference } });
  const changed = await changeVisit(
    visit,
    (current) =>
      // Two presses of the button at once are one mail.
      sendAgainIn(current.emailCodes, now) > 0
        ? current
        : { ...current, emailCodes: withCode(current.emailCodes, sent) },
    [{ mail }, { event }],
  );
  if (changed) parts.relay.soon(signInCollection, visit.id);
  return undefined;
}

function order(visit: Visit, { person, organisation }: Subject, to: string): Promise<OrderedCode> {
  const { parts, id, record, client, origin, now, ctx } = visit;
  const order = {
    account: person.id,
    organisation: organisation.id,
    to,
    from: origin,
    owner: isVerified(person, to) ? person.name : null,
    goodFor: id,
    codes: record.emailCodes,
    template: 'email-code' as const,
    language: mailLocale(person, languageOf(ctx, parts.config.default_language)),
    values: async () => ({
      organisation: organisation.name,
      client: await parts.clientLabel(client),
    }),
  };
  return orderCode(parts, order, now);
}

/** In the wizard somebody may have entered an address that is not theirs. */
function isVerified({ secondaryEmail }: Subject['person'], address: string): boolean {
  if (secondaryEmail === null || secondaryEmail.verifiedAt === null) return false;
  return secondaryEmail.address === address;
}

export async function newsOf({ parts, record, now }: Visit): Promise<SentNews | null> {
  const newest = record.emailCodes.at(-1);
  if (!newest) return null;
  const status = await parts.mailQueue.status(newest.mail);
  return {
    reference: newest.reference,
    state: status?.state ?? 'queued',
    again: sendAgainIn(record.emailCodes, now),
  };
}
