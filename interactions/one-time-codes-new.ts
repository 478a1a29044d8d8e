/** After a sign-in with one of the last one-time codes: a new set is offered, and shown once. */
import { z } from 'zod';
import {
  codesLeft,
  newOneTimeCodes,
  readOneTimeCodes,
  replaceOneTimeCodes,
} from '../src/factors/one-time-codes.ts';
import { FRESH_PROOF } from '../src/policy/required-steps.ts';
import { parseFields, text } from '../src/web/forms.ts';
import { changeVisit, eventOf, noticeOf, postPerson } from './report.ts';
import type { Answer, Step, Visit } from './step.ts';

const form = z.object({ go: text(20) });

export const oneTimeCodesNew: Step = {
  name: 'one-time-codes-new',

  async show(visit) {
    return visit.record.newCodes === 'made' ? made(visit) : offer(visit);
  },

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    const go = parsed.ok ? parsed.values.go : '';
    if (go === 'generate' && visit.record.newCodes === 'due') return generate(visit);
    if (go === 'skip' || go === 'finish') {
      await changeVisit(visit, (record) => ({ ...record, newCodes: null }));
      return { next: true };
    }
    return { page: '' };
  },
};

function offer({ person }: Visit): Answer {
  const context = { left: person ? codesLeft(person) : 0, codes: [], problem: null, errors: {} };
  return { show: 'interactions/one-time-codes-new', context };
}

async function made(visit: Visit): Promise<Answer> {
  const { parts, person, page } = visit;
  const set = isFresh(visit) ? person?.oneTimeCodes : null;
  const codes = set ? await readOneTimeCodes(parts.vault, set) : [];
  const context = {
    left: codes.length,
    codes,
    login: person?.login ?? '',
    issuer: parts.config.issuer,
    problem: null,
    errors: {},
  };
  const print = page === 'print' && codes.length > 0;
  return { show: `interactions/one-time-codes-${print ? 'print' : 'new'}`, context };
}

async function generate(visit: Visit): Promise<Answer> {
  const { parts, person, now } = visit;
  // Fresh proof: the one-time code itself, minutes ago. An old one leads on without a new set.
  if (!person || !isFresh(visit)) return { page: '' };
  const { set } = await newOneTimeCodes(parts.vault, now);
  const postings = [
    { event: eventOf(visit, 'one-time-codes.made') },
    ...(await noticeOf(visit, 'one-time-codes-made')),
  ];
  const replaced = await replaceOneTimeCodes(parts.store, person, set, postings);
  if (replaced) {
    postPerson(visit, person.id);
    await changeVisit(visit, (record) => ({ ...record, newCodes: 'made' }));
  }
  return { page: '' };
}

function isFresh({ record, now }: Visit): boolean {
  return record.proofs.some(
    ({ method, at }) => method === 'one-time-codes' && at + FRESH_PROOF >= now,
  );
}
