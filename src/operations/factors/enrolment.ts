/**
 * Making a factor one of the person's: what activates it, makes their one-time codes and ends
 * everything that was issued to them is one conditional write, and what is told of it rides along.
 */
import {
  changePerson,
  type OneTimeCodeSet,
  type People,
  type Person,
} from '../../records/person.ts';
import { endedBy } from '../../policy/ended-fields.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import type { PersonCause } from '../../policy/revocation.ts';
import type { Vault } from '../../secrets/vault.ts';
import { isEnrolled } from '../../policy/factors.ts';
import { newOneTimeCodes } from '../../factors/one-time-codes.ts';

export interface EnrolmentParts {
  store: People;
  vault: Vault;
}

/**
 * `change` gives the fields that make the factor the person's, or undefined to refuse (somebody else
 * was faster). Answers whether a set of one-time codes was made with it, or undefined.
 */
export async function activateFactor(
  { store, vault }: EnrolmentParts,
  personId: string,
  change: (person: Person) => Partial<Person> | undefined,
  messages: readonly OutboxMessage[],
  now: number,
  cause: PersonCause = 'factor-added',
): Promise<{ newCodes: boolean } | undefined> {
  const { set: fresh } = await newOneTimeCodes(vault, now);
  return changePerson(store, personId, (person) => {
    const factor = change(person);
    if (!factor) return { result: undefined };
    const oneTimeCodes = codesFor(person, fresh);
    const set = {
      ...factor,
      oneTimeCodes,
      enrolmentCode: null,
      ...endedBy(person, cause),
      ...withMessages(person, ...messages),
    };
    return { set, result: { newCodes: oneTimeCodes === fresh } };
  });
}

/** Whoever had a factor before keeps the codes that were printed then. */
function codesFor(person: Person, fresh: OneTimeCodeSet): OneTimeCodeSet {
  return isEnrolled(person) && person.oneTimeCodes ? person.oneTimeCodes : fresh;
}
