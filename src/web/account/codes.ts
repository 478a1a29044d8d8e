/** One-time codes: how many are left, the codes themselves after a fresh proof, and a new set. */
import { z } from 'zod';
import { eventAbout } from '../../audit/performed.ts';
import {
  codesLeft,
  newOneTimeCodes,
  readOneTimeCodes,
  replaceOneTimeCodes,
} from '../../factors/one-time-codes.ts';
import { isEnrolled } from '../../policy/factors.ts';
import { parseFields, text } from '../forms.ts';
import { confirm } from './confirm.ts';
import { changedMeanwhile, found } from './found.ts';
import type { AccountPage, AccountVisit, Answer } from './page.ts';
import { postPerson, told } from './report.ts';
import { TWO_STEP } from './two-step.ts';

const CODES = `${TWO_STEP}/codes`;

const form = z.object({ set: text(40) });

async function page(visit: AccountVisit, template: string): Promise<Answer> {
  const { parts, person } = visit;
  const set = found(person.oneTimeCodes ?? undefined, TWO_STEP);
  await parts.relay.record(
    eventAbout(person, visit.performed, { type: 'one-time-codes.viewed' }).event,
  );
  const codes = await readOneTimeCodes(parts.vault, set);
  const { login } = person;
  const context = { codes, left: codesLeft(person), login, issuer: parts.config.issuer };
  return { show: template, context: { ...context, madeAt: set.createdAt } };
}

export const codes: AccountPage = {
  path: CODES,
  operation: 'one-time-codes.view',
  section: 'two-step',
  fresh: true,
  show: (visit) => page(visit, 'account/codes'),
};

export const codesPrint: AccountPage = {
  path: `${CODES}/print`,
  operation: 'one-time-codes.view',
  section: 'two-step',
  fresh: true,
  show: (visit) => page(visit, 'interactions/one-time-codes-print'),
};

/** "Generate new codes": the old set dies. The form names the set that it replaces: of two tabs, one wins. */
export const codesNew: AccountPage = {
  path: `${CODES}/new`,
  operation: 'one-time-codes.replace',
  section: 'two-step',
  fresh: true,

  async show({ person }) {
    found(isEnrolled(person) ? true : undefined, TWO_STEP);
    const hidden = { set: person.oneTimeCodes?.id ?? '' };
    return confirm('codes-new', { back: TWO_STEP, values: { left: codesLeft(person) }, hidden });
  },

  async submit(visit, fields) {
    const { parts, person, now } = visit;
    found(isEnrolled(person) ? true : undefined, TWO_STEP);
    const parsed = parseFields(form, fields);
    if (!parsed.ok || parsed.values.set !== (person.oneTimeCodes?.id ?? ''))
      throw changedMeanwhile(TWO_STEP);
    const { set } = await newOneTimeCodes(parts.vault, now);
    const messages = await told(
      visit,
      { type: 'one-time-codes.made' },
      { template: 'one-time-codes-made' },
    );
    if (!(await replaceOneTimeCodes(parts.store, person, set, messages)))
      throw changedMeanwhile(TWO_STEP);
    postPerson(visit);
    return { to: CODES, said: { what: 'codes-made', values: {} } };
  },
};

export const codePages: readonly AccountPage[] = [codes, codesPrint, codesNew];
