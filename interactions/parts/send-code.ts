/** Ordering a mail with a code: bound to this sign-in, capped, and told in the audit log. */
import type { SentCode } from '../../src/records/sent-code.ts';
import {
  hashEmailCode,
  newEmailCode,
  sendAgainIn,
  withCode,
} from '../../src/factors/email-code.ts';
import { maySendCode } from '../../src/throttling/sending-limits.ts';
import { sealMail } from '../../src/mail/mail.ts';
import type { MailState } from '../../src/mail/queue.ts';
import { clientLabel } from '../../src/oidc/clients/client-names.ts';
import { signInCollection } from '../../src/records/sign-in.ts';
import { addressBlock } from '../../src/net/address.ts';
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
  const { parts, who, record, now, origin } = visit;
  if (!who) return undefined;
  const seconds = sendAgainIn(record.emailCodes, now);
  if (seconds > 0) return { code: 'send-again', values: { seconds } };
  const to = { account: who.person.id, address, client: addressBlock(origin.address ?? '') };
  if (!(await maySendCode(parts, to, now))) {
    await recordRefusal(visit, 'code.sent', ['too many codes']);
    return { code: 'too-many-codes', values: {} };
  }
  const { sent, mail } = await newMail(visit, address);
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

async function newMail(visit: Visit, address: string) {
  const { parts, who, client, now, ctx } = visit;
  const lifetime = parts.config.lifetimes.email_code;
  const { code, reference } = newEmailCode();
  const expiresAt = now + lifetime * 1000;
  const language = who?.person.language ?? languageOf(ctx, parts.config.default_language);
  const values = {
    code,
    reference,
    minutes: Math.round(lifetime / 60),
    organisation: who?.organisation.name ?? '',
    client: await clientLabel(parts.store, client),
  };
  const order = { to: address, template: 'email-code' as const, language, values };
  const mail = await sealMail(parts.vault, order, { orderedAt: now, notAfter: expiresAt });
  const hash = hashEmailCode(parts.vault, visit.id, code);
  const sent: SentCode = {
    hash,
    reference,
    mail: mail.id,
    address,
    sentAt: now,
    expiresAt,
    used: false,
  };
  return { sent, mail };
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
