/**
 * Setting up codes by mail inside a sign-in: to the secondary address that is known, or to one that
 * is entered here and verified by the code itself.
 */
import { z } from 'zod';
import type { OutboxMessage } from '../../src/outbox/message.ts';
import { counterOf } from '../../src/throttling/attempt.ts';
import { CODE_RULE, returnAttempt, takeAttempt } from '../../src/throttling/attempts.ts';
import { refusalNotice } from '../../src/factors/code-notice.ts';
import {
  canonicalAddress,
  hashEmailCode,
  isOwnMailbox,
  maskAddress,
  type EmailCodeVerdict,
} from '../../src/factors/email-code.ts';
import { activateFactor } from '../../src/operations/factors/enrolment.ts';
import { spendEmailCode } from '../../src/factors/spend-email-code.ts';
import { sixDigits } from '../../src/factors/totp.ts';
import { parseFields, text } from '../../src/web/forms.ts';
import type { Notice } from '../../src/web/pages.ts';
import { countedFor, tellSuspension } from '../parts/attempts.ts';
import { enrolled, enrolmentMessages } from '../parts/enrolled-stage.ts';
import { daysToPostpone, otherSetUps } from '../parts/other-ways.ts';
import { noticeOf, recordRefusal } from '../parts/report.ts';
import { newsOf, sendCode } from '../parts/send-code.ts';
import type { Answer, Step, Visit } from '../step.ts';

const form = z.object({ go: text(20), address: text(255), code: text(64) });

export const emailCodeEnrol: Step = {
  name: 'email-code-enrol',

  async show(visit) {
    return page(visit, '', null);
  },

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    if (!parsed.ok) {
      const wrong = parsed.errors['address'] ? 'email-format' : 'code-format';
      return page(visit, '', said(wrong), 400);
    }
    const { go, address, code } = parsed.values;
    if (go === 'submit') return activate(visit, code);
    if (go === 'send') return send(visit, address);
    // "Use another address": the page with the box for it again.
    if (go === 'previous') return { page: '' };
    return { page: visit.page };
  },
};

const said = (code: string): Notice => ({ code, values: {} });

/** An address of one's own choice, while no other one is known to be the person's. */
async function send(visit: Visit, typed: string): Promise<Answer> {
  const { person } = visit;
  if (!person) return { next: true };
  const address = canonicalAddress(typed.trim() === '' ? knownAddress(visit) : typed);
  if (address === undefined) return page(visit, typed, said('email-format'), 400);
  if (isOwnMailbox(person, address)) return page(visit, typed, said('email-own-mailbox'), 400);
  const problem = await sendCode(visit, address);
  return problem ? page(visit, typed, problem, 429) : { page: 'code' };
}

/** Where the newest code of this sign-in went, else the address that the person has given before. */
function knownAddress({ record, person }: Visit): string {
  return record.emailCodes.at(-1)?.address ?? person?.secondaryEmail?.address ?? '';
}

async function activate(visit: Visit, typed: string): Promise<Answer> {
  const { parts, person, now } = visit;
  const code = sixDigits(typed);
  if (!person) return { next: true };
  if (code === undefined) return page(visit, '', said('code-format'), 400);
  const counted = await countedFor(visit, person.id);
  const counter = counterOf('email-code', counted).id;
  const taken = await takeAttempt(parts.store, counter, CODE_RULE, now);
  if (!taken.taken) {
    await recordRefusal(visit, 'code.refused', [taken.reason]);
    return page(visit, '', refusalNotice(taken), 429);
  }

  const verdict = await spend(visit, code);
  if (verdict.verdict !== 'accepted') {
    await recordRefusal(visit, 'code.refused', [`code-${verdict.verdict}`]);
    await tellSuspension(visit, counted, ['email-code']);
    return page(visit, '', refusalNotice(verdict), 400);
  }
  const secondaryEmail = { address: verdict.address, verifiedAt: now };
  const made = await activateFactor(
    parts,
    person.id,
    (current) =>
      current.epoch === person.epoch ? { secondaryEmail, emailMfaSince: now } : undefined,
    await messagesFor(visit, verdict.address),
    now,
  );
  // The address may be a new one: its code proves nothing of what was guessed at before.
  await returnAttempt(parts.store, counter, taken.failures);
  if (made) await enrolled(visit, person.id, 'email-code', made.newCodes);
  return { next: true };
}

/** A verified address that is replaced is told as well, and so is the one that replaces it. */
async function messagesFor(visit: Visit, address: string): Promise<OutboxMessage[]> {
  const messages = await enrolmentMessages(visit, 'email-code');
  const before = visit.person?.secondaryEmail;
  if (!before?.verifiedAt || before.address === address) return messages;
  const told = [before.address, address].map((to) =>
    noticeOf(visit, 'factor-enrolled', { factor: 'email-code' }, to),
  );
  return [...messages, ...(await Promise.all(told)).flat()];
}

function spend({ parts, id, now }: Visit, code: string): Promise<EmailCodeVerdict> {
  const hash = hashEmailCode(parts.vault, id, code);
  return spendEmailCode(parts.store, id, { hash, now }, (record) => record, []);
}

async function page(
  visit: Visit,
  typed: string,
  problem: Notice | null,
  status = 200,
): Promise<Answer> {
  const { parts, person } = visit;
  const sent = await newsOf(visit);
  const known = knownAddress(visit);
  const context = {
    problem,
    errors: {},
    sent: visit.page === 'code' ? sent : null,
    address: typed,
    masked: known === '' ? '' : maskAddress(known),
    mailbox: person?.email ?? '',
    minutes: Math.round(parts.config.lifetimes.email_code / 60),
    sender: parts.config.mail.from,
    others: otherSetUps(visit, 'email-code'),
    postpone: daysToPostpone(visit),
    login: person?.login ?? '',
  };
  return { show: 'interactions/email-code-enrol', context, status };
}
