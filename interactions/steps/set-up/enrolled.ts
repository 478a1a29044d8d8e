/**
 * The last page of every set-up: "You have enrolled in MFA", with the one-time codes. The write that
 * activated the factor has already ended all the person's sessions, so closing the tab changes nothing.
 */
import { readOneTimeCodes } from '../../../src/factors/one-time-codes.ts';
import { secondOfStep } from '../../../src/factors/totp.ts';
import { isFresh } from '../../../src/policy/fresh-proof.ts';
import { getOrganisation } from '../../../src/records/organisation.ts';
import { showForPerson } from '../../../src/web/brand/organisation-brand.ts';
import { CODES_FILE } from '../../../src/web/codes-file.ts';
import { changeVisit } from '../../parts/report.ts';
import type { Step, Visit } from '../../step.ts';

export const enrolledStep: Step = {
  name: 'enrolled',

  async show(visit) {
    const { record, page, now, parts, ctx } = visit;
    // Nothing is proven here any more, and it is still known whose page it is.
    await showForPerson(parts)(ctx, record.enrolled?.person ?? '');
    const shown = await newCodes(visit);
    if (shown.length > 0 && page === 'print')
      return {
        show: 'interactions/one-time-codes-print',
        context: await printed(visit, shown),
      };
    if (shown.length > 0 && page === 'download')
      return { ...CODES_FILE, context: await printed(visit, shown) };
    const context = {
      factor: record.enrolled?.factor ?? '',
      added: record.enrolled?.added === true,
      codes: shown,
      hidden: record.enrolled?.newCodes === true && shown.length === 0,
      second: secondOfStep(now),
    };
    return { show: 'interactions/enrolled', context };
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

/** Whose they are, and since when: nobody is signed in here any more. */
async function printed({ parts, record }: Visit, codes: readonly object[]): Promise<object> {
  const { person: id = '', at: madeAt = 0 } = record.enrolled ?? {};
  const person = await parts.people.get(undefined, id);
  const organisation = person && (await getOrganisation(parts.store, person.organisation));
  const whose = { login: person?.login ?? '', organisation: organisation?.name ?? '' };
  return { codes, madeAt, ...whose, issuer: parts.config.issuer };
}
