/** After a sign-in with one of the last one-time codes: a new set is offered, and shown once. */
import { z } from 'zod';
import { codesLeft, readOneTimeCodes } from '../../../src/factors/one-time-codes.ts';
import { replaceOneTimeCodes } from '../../../src/operations/factors/replace-one-time-codes.ts';
import { parseFields, text } from '../../../src/web/forms.ts';
import { CODES_FILE } from '../../../src/web/codes-file.ts';
import { changeVisit, performedIn } from '../../parts/report.ts';
import type { Answer, Step, Visit } from '../../step.ts';

const form = z.object({ go: text(20) });

export const oneTimeCodesNew: Step = {
  name: 'one-time-codes-new',

  async show(visit) {
    return visit.record.newCodes === 'made' ? made(visit) : offer(visit);
  },

  async submit(visit, fields) {
    const parsed = parseFields(form, fields);
    const go = parsed.ok ? parsed.values.go : '';
    if (go === 'generate' && visit.record.newCodes !== 'made') return generate(visit);
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
  const { parts, person, who, page } = visit;
  const set = visit.missing ? null : person?.oneTimeCodes;
  const codes = set ? await readOneTimeCodes(parts.vault, set) : [];
  const context = {
    left: codes.length,
    codes,
    madeAt: set?.createdAt ?? 0,
    organisation: who?.organisation.name ?? '',
    login: person?.login ?? '',
    issuer: parts.config.issuer,
    problem: null,
    errors: {},
  };
  if (page === 'download' && codes.length > 0) return { ...CODES_FILE, context };
  const print = page === 'print' && codes.length > 0;
  return { show: `interactions/one-time-codes-${print ? 'print' : 'new'}`, context };
}

async function generate(visit: Visit): Promise<Answer> {
  const { parts, person, missing } = visit;
  if (!person) return { next: true };
  if (missing) {
    // Grown old on the way: password and factor again, and back here; or on, where nothing can prove it.
    const newCodes = missing.next === 'refuse' ? null : ('wanted' as const);
    await changeVisit(visit, (record) => ({ ...record, newCodes }));
    return { next: true };
  }
  const input = { set: person.oneTimeCodes?.id ?? '' };
  const replaced = await replaceOneTimeCodes(parts, performedIn(visit, person), person, input);
  if (replaced.ok) await changeVisit(visit, (record) => ({ ...record, newCodes: 'made' }));
  return { page: '' };
}
