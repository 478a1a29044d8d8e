import { OPERATOR } from '../../audit/actor.ts';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { OPERATOR_ORIGIN } from '../../net/request-origin.ts';
import { withMessages } from '../../outbox/message.ts';
import { isActive } from '../../policy/assurance.ts';
import { endedBy } from '../../policy/revocation/ended-fields.ts';
import { changePerson, personCollection } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import { entries } from '../../storage/pages.ts';
import { administer, type AdministerParts } from './administer.ts';

/**
 * What it ends, it ends at once; a deletion that is ordered stays so, and taken back it leaves them
 * disabled. Problem `last-administrator`. `id`: subject identifier.
 */
export function disablePerson(
  parts: AdministerParts,
  performed: Performed,
  id: string,
): Promise<Result<void>> {
  return resultOf(() =>
    administer(parts, performed, 'person.disable', id, (person) => {
      const event = eventAbout(person, performed, { type: 'person.disabled' });
      const deletion = person.deletion && { ...person.deletion, wasActive: false };
      const disabled = { active: false, ...(deletion ? { deletion } : {}) };
      const set = { ...disabled, ...endedBy(person, 'disabled'), ...withMessages(person, event) };
      return { set, result: undefined };
    }),
  );
}

/**
 * Disables those whose date is over, until which they were active: nobody of them signs in meanwhile
 * (policy/assurance.ts). May run twice at once, and be broken off anywhere. `now`: milliseconds since the epoch.
 */
export async function endPeople(
  { store, relay }: AdministerParts,
  now: number,
  isClosed: () => boolean = () => false,
): Promise<void> {
  const origin = OPERATOR_ORIGIN;
  const performed: Performed = { actor: OPERATOR, origin, language: 'en', fresh: true, now };
  const due = { index: 'activeUntilDue', below: now + 1 };
  for await (const { id } of entries((after) => store.find(personCollection, { ...due, after }))) {
    if (isClosed()) return;
    // Whoever was removed meanwhile is no problem of ours.
    await resultOf(() =>
      changePerson(store, id, (person) => {
        if (!person.active || isActive(person, now)) return { result: undefined };
        const reasons = ['active-until'];
        const event = eventAbout(person, performed, { type: 'person.disabled', reasons });
        const ended = endedBy(person, 'disabled');
        return {
          set: { active: false, ...ended, ...withMessages(person, event) },
          result: undefined,
        };
      }),
    );
    relay.soon(personCollection, id);
  }
}
