/**
 * The set-up wizard of the authenticator app inside a sign-in. Its pages are the paths below the
 * step; the last one is shown when the write that activated the authenticator has already ended all
 * the person's sessions, so closing the tab changes nothing.
 */
import { z } from 'zod';
import { getOrganisation } from '../src/accounts/organisation.ts';
import { activateAuthenticator, pendingAuthenticator } from '../src/factors/totp-enrolment.ts';
import { noticeOf } from '../src/factors/code-notice.ts';
import { sixDigits } from '../src/factors/totp.ts';
import { changeSignIn } from '../src/oidc/sign-in-record.ts';
import { parseFields, text } from '../src/web/forms.ts';
import type { Notice } from '../src/web/pages.ts';
import { codePage, plainPage, scanPage, turnPage } from '../src/web/totp-wizard.ts';
import type { Answer, Step, Visit } from './step.ts';

const form = z.object({ go: text(20), code: text(64), pending: text(64) });

export const totpEnrol: Step = {
  name: 'totp-enrol',

  async show(visit) {
    return page(visit, visit.page, null);
  },

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    if (!parsed.ok) return page(visit, visit.page, { code: 'code-format', values: {} }, 400);
    const { go, code, pending } = parsed.values;
    if (visit.record.stage === 'enrolled') return leave(visit);
    if (go === 'submit') return activate(visit, code, pending);
    if (go === 'refresh' && visit.person) {
      await pendingAuthenticator(visit.parts, visit.person.id, true, visit.now);
      return { page: 'scan' };
    }
    return { page: turnPage(visit.page, go) };
  },
};

async function activate(visit: Visit, typed: string, pendingId: string): Promise<Answer> {
  const code = sixDigits(typed);
  if (code === undefined) return page(visit, 'code', { code: 'code-format', values: {} }, 400);
  if (!visit.person) return { next: true };
  const outcome = await activateAuthenticator(
    visit.parts,
    visit.person.id,
    { pendingId, code },
    visit.now,
  );
  if ('taken' in outcome && outcome.taken) throw new Error('An attempt is not an outcome.');
  if ('taken' in outcome) return page(visit, 'code', noticeOf(outcome), 429);
  if (outcome.verdict !== 'accepted') return page(visit, 'code', noticeOf(outcome), 400);
  await changeSignIn(visit.parts.store, visit.id, (record) => ({
    ...record,
    person: null,
    proofs: [],
    stage: 'enrolled',
  }));
  return { next: true };
}

/** "Finish": on to the sign-in with the next code, inside the same authorization request. */
async function leave(visit: Visit): Promise<Answer> {
  await changeSignIn(visit.parts.store, visit.id, (record) => ({ ...record, stage: 'again' }));
  return { next: true };
}

async function page(
  visit: Visit,
  name: string,
  problem: Notice | null,
  status = 200,
): Promise<Answer> {
  const { parts, person, now, record } = visit;
  if (record.stage === 'enrolled') return plainPage('done', 'sign-in', now);
  if (!person || (name !== 'scan' && name !== 'code')) return plainPage(name, 'sign-in', now);
  const pending = await pendingAuthenticator(parts, person.id, false, now);
  if (!pending) return { next: true };
  if (name === 'code') return { ...codePage(pending.id, problem, 'sign-in', now), status };
  const organisation = await getOrganisation(parts.store, person.organisation);
  const names = { issuer: organisation?.name ?? 'Latchkey', account: person.email };
  return scanPage(parts.vault, pending, names, 'sign-in');
}
