/** Setting up a passkey inside a sign-in: one page, then the last page of every set-up (enrolled.ts). */
import { z } from 'zod';
import { entryOwner } from '../../../src/branding/brand.ts';
import type { Passkey } from '../../../src/records/factors/passkey.ts';
import type { Person } from '../../../src/records/person.ts';
import { activatePasskey } from '../../../src/operations/factors/activate-passkey.ts';
import { LONGEST_ANSWER } from '../../../src/factors/passkey-answer.ts';
import { creationOptions } from '../../../src/factors/passkey-options.ts';
import { verifyRegistration } from '../../../src/factors/passkey.ts';
import { parseFields, text, type Fields } from '../../../src/web/forms.ts';
import type { Notice } from '../../../src/web/pages.ts';
import { showEnrolled } from '../../parts/enrolled-stage.ts';
import { isFull } from '../../../src/policy/enrolled-factors.ts';
import { isEnrolled } from '../../../src/policy/factors.ts';
import { daysToPostpone, otherSetUps } from '../../parts/other-ways.ts';
import { presentChallenge, takeChallenge } from '../../parts/passkey-challenge.ts';
import { previousOf } from '../../parts/previous-page.ts';
import { performedIn, recordRefusal } from '../../parts/report.ts';
import { typedName } from '../../parts/set-up-page.ts';
import type { Answer, Step, Visit } from '../../step.ts';

const form = z.object({
  response: text(LONGEST_ANSWER),
  name: text(60).pipe(z.string().trim().min(1, 'required')),
});

export const passkeyEnrol: Step = {
  name: 'passkey-enrol',

  async show(visit) {
    return enrolPage(visit, { typed: typedName(visit, passkeyEnrol.name) });
  },

  async submit(visit, fields) {
    if (fields['go'] === 'previous') return { next: true };
    return create(visit, fields);
  },
};

async function create(visit: Visit, fields: Fields): Promise<Answer> {
  const { parts, person, now } = visit;
  const typed = fields['name'] ?? '';
  if (!person) return { next: true };
  const parsed = parseFields(form, fields);
  if (!parsed.ok) {
    const { name } = parsed.errors;
    return enrolPage(visit, name ? { typed, errors: { name } } : { typed, code: 'passkey-wrong' });
  }
  const { name, response } = parsed.values;
  // Without JavaScript the form comes without an answer: nothing was tried.
  if (response === '') return enrolPage(visit, { typed, code: 'passkey-missing' });
  if (isFull(person, 'passkey')) return enrolPage(visit, { typed, code: 'passkey-limit' });

  const taken = await takeChallenge(visit, 'register');
  if (!taken) return { next: true };
  const expected = { issuer: parts.config.issuer, challenge: taken.challenge };
  const verdict = await verifyRegistration(parts, expected, { response, name }, now);
  if (verdict.verdict === 'accepted') return activate(visit, person, verdict.passkey);
  if (verdict.cause !== undefined) parts.log.info({ err: verdict.cause }, 'passkey refused');
  const details = { factor: 'passkey' };
  await recordRefusal(visit, 'factor.enrolled', [`passkey-${verdict.reason}`], { details });
  return enrolPage(taken.after, { typed, code: 'passkey-wrong' });
}

async function activate(visit: Visit, person: Person, made: Passkey): Promise<Answer> {
  const activated = await activatePasskey(visit.parts, performedIn(visit, person), person, made);
  if (activated.ok) await showEnrolled(visit, person.id, 'passkey', activated.value.newCodes);
  return { next: true };
}

function enrolPage(
  visit: Visit,
  said: { typed?: string; code?: string; errors?: Record<string, string> },
): Answer {
  const { parts, who } = visit;
  if (!who) return { next: true };
  const { typed = '', code, errors = {} } = said;
  const problem: Notice | null = code === undefined ? null : { code, values: {} };
  const refused = problem !== null || Object.keys(errors).length > 0;
  const challenge = presentChallenge(visit, 'register');
  const rpName = entryOwner(parts.config.branding, who.organisation.name);
  const asked = { rpName, challenge, person: who.person };
  const context = {
    problem,
    errors,
    name: typed,
    options: creationOptions({ issuer: parts.config.issuer, ...asked }),
    adding: isEnrolled(who.person),
    previous: previousOf(visit, passkeyEnrol.name),
    others: otherSetUps(visit, 'passkey'),
    postpone: daysToPostpone(visit),
  };
  return { show: 'interactions/passkey-enrol', context, status: refused ? 400 : 200 };
}
