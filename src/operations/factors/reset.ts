/** Losing everything: an administrator takes all the person's factors away, so that they can enrol anew. */
import {
  changePerson,
  type People,
  type Person,
  type RetiredAuthenticator,
} from '../../records/person.ts';
import { endedBy } from '../../policy/ended-fields.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import { clearAllAttempts } from '../../throttling/attempts.ts';
import { newEnrolmentCode } from './enrolment-code.ts';

/** Retired authenticators that are kept, to name a code of an old entry. */
const KEEP_RETIRED = 3;

/**
 * Factors, sessions, trust and codes go in one write; the secondary address has to be verified anew.
 * Answers the code that the administrator hands over: whoever enrols needs it besides the password.
 */
export async function resetFactors(
  { store, vault }: { store: People & Pick<Store, 'find' | 'update'>; vault: Vault },
  personId: string,
  messages: readonly OutboxMessage[],
  now: number,
): Promise<string> {
  const { code, kept } = newEnrolmentCode(vault, personId, now);
  await changePerson(store, personId, (person) => ({
    set: {
      ...withoutFactors(person, now),
      enrolmentCode: kept,
      ...withMessages(person, ...messages),
    },
    result: undefined,
  }));
  await clearAllAttempts(store, personId);
  return code;
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
