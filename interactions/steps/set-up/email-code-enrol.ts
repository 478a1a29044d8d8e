/**
 * Setting up codes by mail inside a sign-in: to the secondary address that is known, or to one that
 * is entered here and verified by the code itself.
 */
import { shownSender } from '../../../src/mail/sender.ts';
import { z } from 'zod';
import { refusalNotice } from '../../../src/factors/code-notice.ts';
import { canonicalAddress, isOwnMailbox } from '../../../src/factors/email-code.ts';
import { maskAddress } from '../../../src/text/mailbox.ts';
import { activateEmailCodes } from '../../../src/operations/factors/activate-email-codes.ts';
import { isEnrolled } from '../../../src/policy/factors.ts';
import { sixDigits } from '../../../src/factors/totp.ts';
import { parseFields, text } from '../../../src/web/forms.ts';
import type { Notice } from '../../../src/web/pages.ts';
import { countedFor } from '../../parts/counted-for.ts';
import { showEnrolled } from '../../parts/enrolled-stage.ts';
import { daysToPostpone, otherSetUps } from '../../parts/other-ways.ts';
import { previousOf } from '../../parts/previous-page.ts';
import { performedIn } from '../../parts/report.ts';
import { newsOf, sendCode } from '../../parts/send-code.ts';
import type { Answer, Step, Visit } from '../../step.ts';

const form = z.object({ go: text(20), address: text(255), code: text(64) });

export const emailCodeEnrol: Step = {
  name: 'email-code-enrol',

  async show(visit) {
    return enrolPage(visit, '', null);
  },

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    if (!parsed.ok) {
      const wrong = parsed.errors['address'] ? 'email-format' : 'six-digits-format';
      return enrolPage(visit, '', said(wrong), 400);
    }
    const { go, address, code } = parsed.values;
    if (go === 'submit') return activate(visit, code);
    if (go === 'send') return send(visit, address);
    // To the box for the address; from there to the set-up that is offered first.
    if (go === 'previous') return visit.page === 'code' ? { page: '' } : { next: true };
    return { page: visit.page };
  },
};

const said = (code: string): Notice => ({ code, values: {} });

/** An address of one's own choice, while no other one is known to be the person's. */
async function send(visit: Visit, typed: string): Promise<Answer> {
  const { person } = visit;
  if (!person) return { next: true };
  const address = canonicalAddress(typed.trim() === '' ? knownAddress(visit) : typed);
  if (address === undefined) return enrolPage(visit, typed, said('email-format'), 400);
  if (isOwnMailbox(person, address)) return enrolPage(visit, typed, said('email-own-mailbox'), 400);
  const problem = await sendCode(visit, address);
  return problem ? enrolPage(visit, typed, problem, 429) : { page: 'code' };
}

/** Where the newest code of this sign-in went, else the address that the person has given before. */
function knownAddress({ record, person }: Visit): string {
  return record.emailCodes.at(-1)?.address ?? person?.secondaryEmail?.address ?? '';
}

async function activate(visit: Visit, typed: string): Promise<Answer> {
  const { person } = visit;
  const code = sixDigits(typed);
  if (!person) return { next: true };
  if (code === undefined) return enrolPage(visit, '', said('six-digits-format'), 400);
  const counted = await countedFor(visit, person.id);
  const given = { signIn: visit.id, code };
  const performed = performedIn(visit, person);
  const tried = await activateEmailCodes(visit.parts, performed, { person, counted }, given);
  if (!tried.accepted) {
    const [refused = { verdict: 'wrong' }] = tried.refused;
    return enrolPage(visit, '', refusalNotice(refused), 'verdict' in refused ? 400 : 429);
  }
  const { activated } = tried.accepted;
  if (activated) await showEnrolled(visit, person.id, 'email-code', activated.newCodes);
  return { next: true };
}

async function enrolPage(
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
    sender: shownSender(parts.config, visit.who?.organisation.senderName),
    adding: person !== undefined && isEnrolled(person),
    previous: previousOf(visit, emailCodeEnrol.name),
    others: otherSetUps(visit, 'email-code'),
    postpone: daysToPostpone(visit),
    login: person?.login ?? '',
  };
  return { show: 'interactions/email-code-enrol', context, status };
}
