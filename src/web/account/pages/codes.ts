/** One-time codes: how many are left, the codes themselves after a fresh proof, and a new set. */
import { z } from 'zod';
import { codesLeft } from '../../../factors/one-time-codes.ts';
import { replaceOneTimeCodes } from '../../../operations/factors/replace-one-time-codes.ts';
import { viewOneTimeCodes } from '../../../operations/factors/view-one-time-codes.ts';
import { isEnrolled } from '../../../policy/factors.ts';
import { parseFields, text } from '../../forms.ts';
import { CODES_FILE } from '../../codes-file.ts';
import { confirm } from '../../signed-in/confirm.ts';
import { changedMeanwhile, found, valueOr } from '../../signed-in/found.ts';
import type { Answer } from '../../signed-in/page.ts';
import type { AccountPage, AccountVisit } from '../page.ts';
import { TWO_STEP } from './two-step.ts';

const CODES = `${TWO_STEP}/codes`;

const form = z.object({ set: text(40) });

/** What is to be kept of them, on paper or in a file, is told from other sets by its date. */
async function viewed(visit: AccountVisit) {
  const { parts, performed, person, who } = visit;
  const set = valueOr(await viewOneTimeCodes(parts, performed, person), TWO_STEP);
  const whose = { organisation: who.organisation.name, login: person.login };
  return { ...set, ...whose, left: codesLeft(person), issuer: parts.config.issuer };
}

async function codesPage(visit: AccountVisit, template: string): Promise<Answer> {
  return { show: template, context: await viewed(visit) };
}

export const codes: AccountPage = {
  path: CODES,
  operation: 'one-time-codes.view',
  section: 'two-step',
  fresh: true,
  show: (visit) => codesPage(visit, 'account/codes'),
};

export const codesPrint: AccountPage = {
  path: `${CODES}/print`,
  operation: 'one-time-codes.view',
  section: 'two-step',
  fresh: true,
  show: (visit) => codesPage(visit, 'interactions/one-time-codes-print'),
};

export const codesDownload: AccountPage = {
  path: `${CODES}/download`,
  operation: 'one-time-codes.view',
  section: 'two-step',
  fresh: true,
  show: async (visit) => ({ ...CODES_FILE, context: await viewed(visit) }),
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

  async submit({ parts, performed, person }, fields) {
    const parsed = parseFields(form, fields);
    if (!parsed.ok) throw changedMeanwhile(TWO_STEP);
    valueOr(await replaceOneTimeCodes(parts, performed, person, parsed.values), TWO_STEP);
    return { to: CODES, said: { what: 'codes-made', values: {} } };
  },
};

export const codePages: readonly AccountPage[] = [codes, codesPrint, codesDownload, codesNew];
