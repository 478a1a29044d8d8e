/** Locking an account down: somebody else may be in it, and nobody knows since when. */
import { z } from 'zod';
import { eventAbout, type Performed } from '../../../audit/performed.ts';
import { withMessages } from '../../../outbox/message.ts';
import { endedBy } from '../../../policy/revocation/ended-fields.ts';
import type { Person } from '../../../records/person.ts';
import { resultOf, type Result } from '../../../result.ts';
import { administer, noticeTo, type NoticeParts } from '../administer.ts';

/** `password`: they can go on once they have set a new one by a link; `disabled`: once somebody enables them. */
export const LOCK_DOWN_UNTIL = ['disabled', 'password'] as const;
export const lockDownInput = z.strictObject({ until: z.enum(LOCK_DOWN_UNTIL, 'required') });
export type LockDown = z.output<typeof lockDownInput>;

/**
 * Sessions, what apps hold, trust, passcodes, links and codes end, and the password is gone, in one write; its
 * owner is told. Second factors stay: one that somebody else has added goes by a reset. `id`: subject
 * identifier. Problem `last-administrator`.
 */
export function lockDownPerson(
  parts: NoticeParts,
  performed: Performed,
  id: string,
  { until }: LockDown,
): Promise<Result<void>> {
  return resultOf(async () => {
    const mails = await noticeTo(parts, performed, id, 'account-changed', {
      what: 'administrator-locked-down',
      name: '',
    });
    await administer(parts, performed, 'person.lock-down', id, (person) => {
      const stays = until === 'password' && person.active;
      const details = { active: stays ? 'yes' : 'no' };
      const event = eventAbout(person, performed, { type: 'person.locked-down', details });
      const told = withMessages(person, event, ...mails(person));
      return { set: { ...lockedDown(person, until), ...told }, result: undefined };
    });
  });
}

/** A deletion that is ordered stays so, and taken back it leaves them as this does. */
function lockedDown(person: Person, until: LockDown['until']): Partial<Person> {
  const { deletion } = person;
  const off: Partial<Person> = {
    active: false,
    ...(deletion ? { deletion: { ...deletion, wasActive: false } } : {}),
  };
  return {
    ...(until === 'disabled' ? off : {}),
    passwordHash: null,
    temporaryCode: null,
    ...endedBy(person, 'locked-down'),
  };
}
