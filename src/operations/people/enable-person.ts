import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import { isActive } from '../../policy/assurance.ts';
import { endedBy } from '../../policy/revocation/ended-fields.ts';
import { resultOf, type Result } from '../../result.ts';
import { changes } from '../changes.ts';
import { administer, type AdministerParts } from './administer.ts';

/**
 * Whoever was to be deleted is not any more, and a date that is over ends nobody again. Answers false when they
 * were enabled already: nothing is recorded then. `id`: subject identifier.
 */
export function enablePerson(
  parts: AdministerParts,
  performed: Performed,
  id: string,
): Promise<Result<boolean>> {
  return resultOf(() =>
    administer(parts, performed, 'person.enable', id, (person) => {
      if (isActive(person, performed.now)) return { result: false };
      const isOver = (person.activeUntil ?? Infinity) <= performed.now;
      const enabled = {
        active: true,
        ...(person.deletion ? { deletion: null } : {}),
        ...(isOver ? { activeUntil: null } : {}),
      };
      const details = changes(person, enabled);
      const event = eventAbout(person, performed, { type: 'person.changed', details });
      const set = { ...enabled, ...endedBy(person, 'enabled'), ...withMessages(person, event) };
      return { set, result: true };
    }),
  );
}
