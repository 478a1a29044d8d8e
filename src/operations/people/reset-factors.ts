/** Losing everything: an administrator takes all the person's factors away, so that they can enrol anew. */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';
import { withMessages } from '../../outbox/message.ts';
import { endedBy, type Ended } from '../../policy/revocation/ended-fields.ts';
import { withoutFactors } from '../../policy/enrolled-factors.ts';
import { Problem } from '../../problem.ts';
import { getPerson, type Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import { clearAllAttempts } from '../../throttling/clear-attempts.ts';
import { isDemandedEverywhere, secondPersonRule, toldOfOperator } from '../approvals/rule.ts';
import { organisationsOf } from './update-person.ts';
import { newEnrolmentCode, VALID_FOR } from '../factors/enrolment-code.ts';
import { checkSignsIn } from './services/signs-in.ts';
import { administer, noticeTo, type AdministerParts } from './administer.ts';

export interface ResetFactorsParts extends AdministerParts {
  vault: Vault;
  notices: Notices;
}

/** The code that is handed over: whoever enrols needs it besides the password. `validFor`: seconds. */
export interface HandOver {
  code: string;
  validFor: number;
}

/**
 * Factors, sessions, trust and codes go in one write; the secondary address has to be verified anew. The
 * code is in the answer, and nowhere else afterwards. `id`: subject identifier. Problem `approval-needed` (409):
 * the organisation demands a second person (approvals/ask.ts).
 */
export function resetFactors(
  parts: ResetFactorsParts,
  performed: Performed,
  id: string,
): Promise<Result<HandOver>> {
  return resultOf(async () => {
    const { now } = performed;
    const { code, kept } = newEnrolmentCode(parts.vault, id, now);
    const mails = await noticeTo(parts, performed, id, 'factors-reset');
    const read = await getPerson(parts.store, id);
    const everywhere = await isDemandedEverywhere(parts.store, read?.role);
    const organisations = await organisationsOf(parts.store, read);
    const rule = secondPersonRule(performed, organisations, everywhere);
    const others = read ? await toldOfOperator(parts, performed, read, 'factors-reset') : [];
    await administer(parts, performed, 'person.reset-factors', id, (person) => {
      if (person.role !== read?.role) throw new Problem('changed-meanwhile', { status: 409 });
      rule(person.organisation);
      checkSignsIn(person);
      const event = eventAbout(person, performed, { type: 'factors.reset' });
      const told = withMessages(person, event, ...mails(person), ...others);
      const set = { ...withoutAnything(person, now), enrolmentCode: kept, ...told };
      return { set, result: undefined };
    });
    await clearAllAttempts(parts.store, id);
    return { code, validFor: VALID_FOR / 1000 };
  });
}

/** Fields of somebody who has lost everything; what was asked for before has ended with it. `now`: milliseconds since the epoch. */
export function withoutAnything(person: Person, now: number): Partial<Person> & Ended {
  const { secondaryEmail } = person;
  return {
    ...withoutFactors(person, now),
    emailBarredSince: null,
    secondaryEmail: secondaryEmail && { ...secondaryEmail, verifiedAt: null },
    ...endedBy(person, 'factors-reset'),
  };
}
