/** Losing everything: an administrator takes all the person's factors away, so that they can enrol anew. */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';
import { withMessages } from '../../outbox/message.ts';
import { endedBy } from '../../policy/ended-fields.ts';
import type { Person, RetiredAuthenticator } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import { clearAllAttempts } from '../../throttling/attempts.ts';
import { newEnrolmentCode, VALID_FOR } from '../factors/enrolment-code.ts';
import { administer, noticeTo, type AdministerParts } from './administer.ts';

/** Retired authenticators that are kept, to name a code of an old entry. */
const KEEP_RETIRED = 3;

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
 * code is in the answer, and nowhere else afterwards. `id`: subject identifier.
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
    await administer(parts, performed, 'person.reset-factors', id, (person) => {
      const event = eventAbout(person, performed, { type: 'factors.reset' });
      const told = withMessages(person, event, ...mails(person));
      const set = { ...withoutFactors(person, now), enrolmentCode: kept, ...told };
      return { set, result: undefined };
    });
    await clearAllAttempts(parts.store, id);
    return { code, validFor: VALID_FOR / 1000 };
  });
}

function withoutFactors(person: Person, now: number): Partial<Person> {
  const { secondaryEmail, authenticators, retiredAuthenticators } = person;
  const retired: RetiredAuthenticator[] = authenticators.map((one) => ({ ...one, retiredAt: now }));
  return {
    authenticators: [],
    retiredAuthenticators: [...retiredAuthenticators, ...retired].slice(-KEEP_RETIRED),
    passkeys: [],
    emailMfaSince: null,
    emailBarredSince: null,
    secondaryEmail: secondaryEmail && { ...secondaryEmail, verifiedAt: null },
    oneTimeCodes: null,
    ...endedBy(person, 'factors-reset'),
  };
}
