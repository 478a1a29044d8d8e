import { eventAbout, type Performed } from '../../../audit/performed.ts';
import { withMessages } from '../../../outbox/message.ts';
import { endedBy } from '../../../policy/revocation/ended-fields.ts';
import { resultOf, type Result } from '../../../result.ts';
import { administer, noticeTo, type NoticeParts } from '../administer.ts';

/**
 * Ends the sessions of somebody else, what apps hold, and the trust in their computers, in one write; its
 * owner is told. Password, factors and passcodes stay. `id`: subject identifier.
 */
export function signOutPerson(
  parts: NoticeParts,
  performed: Performed,
  id: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    const mails = await noticeTo(parts, performed, id, 'account-changed', {
      what: 'administrator-signed-out',
      name: '',
    });
    await administer(parts, performed, 'person.sign-out', id, (person) => {
      const details = { everywhere: true };
      const event = eventAbout(person, performed, { type: 'session.ended', details });
      const told = withMessages(person, event, ...mails(person));
      return { set: { ...endedBy(person, 'signed-out-everywhere'), ...told }, result: undefined };
    });
  });
}
