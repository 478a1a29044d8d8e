import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import { endedBy } from '../../policy/ended-fields.ts';
import { resultOf, type Result } from '../../result.ts';
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
