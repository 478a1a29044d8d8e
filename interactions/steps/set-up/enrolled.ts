/**
 * The last page of every set-up: "You have enrolled in MFA", with the one-time codes. The write that
 * activated the factor has already ended all the person's sessions, so closing the tab changes nothing.
 */
import { readOneTimeCodes } from '../../../src/factors/one-time-codes.ts';
import { secondOfStep } from '../../../src/factors/totp.ts';
import { isFresh } from '../../../src/policy/fresh-proof.ts';
import { changeVisit } from '../../parts/report.ts';
import type { Step, Visit } from '../../step.ts';

export const enrolledStep: Step = {
  name: 'enrolled',

  async show(visit) {
    const { record, page, now } = visit;
    const shown = await newCodes(visit);
    const show = page === 'print' && shown.length > 0 ? 'print' : 'interactions/enrolled';
    const context = {
      factor: record.enrolled?.factor ?? '',
      added: record.enrolled?.added === true,
      codes: shown,
      hidden: record.enrolled?.newCodes === true && shown.length === 0,
      second: secondOfStep(now),
      ...(await printed(visit)),
    };
    return { show: show === 'print' ? 'interactions/one-time-codes-print' : show, context };
  },

  /** "Finish": on to the sign-in with the next code, inside the same authorization request. */
  async submit(visit) {
    await changeVisit(visit, (record) => {
      const expects = record.enrolled?.person ?? null;
      return { ...record, stage: 'again', enrolled: null, expects };
    });
    return { next: true };
  },
};

/**
 * Those that were made with it. They are shown while the set-up is a fresh proof; later they are hidden from
 * whoever comes to the screen. A set that was made since, perhaps after a reset, is for other eyes.
 */
async function newCodes({ parts, record, now }: Visit): Promise<{ code: string; used: boolean }[]> {
  const { enrolled } = record;
  if (!enrolled?.newCodes || !isFresh(enrolled, now)) return [];
  const person = await parts.people.get(undefined, enrolled.person);
  const set = person?.oneTimeCodes;
  return set?.createdAt === enrolled.at ? readOneTimeCodes(parts.vault, set) : [];
}

async function printed({ parts, record }: Visit): Promise<{ login: string; issuer: string }> {
  const id = record.enrolled?.person;
  const person = id === undefined ? undefined : await parts.people.get(undefined, id);
  return { login: person?.login ?? '', issuer: parts.config.issuer };
}
