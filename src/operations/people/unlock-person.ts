import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';
import { withMessages } from '../../outbox/message.ts';
import { resultOf, type Result } from '../../result.ts';
import { clearAllAttempts } from '../../throttling/clear-attempts.ts';
import { administer, noticeTo, type AdministerParts } from './administer.ts';

/** Whoever is suspended can sign in again at once; its owner is told. `id`: subject identifier. */
export function unlockPerson(
  parts: AdministerParts & { notices: Notices },
  performed: Performed,
  id: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    const mails = await noticeTo(parts, performed, id, 'unlocked');
    await administer(parts, performed, 'person.unlock', id, (person) => {
      const event = eventAbout(person, performed, { type: 'attempts.unlocked' });
      return { set: withMessages(person, event, ...mails(person)), result: undefined };
    });
    // Told first: broken off in between, it is told and can be done again, never done in silence.
    await clearAllAttempts(parts.store, id);
  });
}
