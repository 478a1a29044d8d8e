/** A mail to whoever has no second factor yet and needs one, or will need one: please set it up. */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import { isActive, requiredFrom } from '../../policy/assurance.ts';
import { isEnrolled } from '../../policy/factors.ts';
import { Problem } from '../../problem.ts';
import { getOrganisation } from '../../records/organisation.ts';
import type { Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Config } from '../../config/schema.ts';
import type { Store } from '../../storage/store.ts';
import {
  administer,
  NOT_THEIRS,
  readAdministered,
  type NoticeParts,
} from '../people/administer.ts';

/** Milliseconds: nobody is reminded twice within a day. */
export const REMIND_EVERY = 86_400_000;

export interface RemindParts extends NoticeParts {
  store: Store;
  config: Pick<Config, 'mail'>;
}

/**
 * `id`: subject identifier. Problems: `no-mail-server`, `nothing-to-remind` (409): they have a second factor, need none or
 * can't sign in; `reminded-already` (429), `changed-meanwhile` (409), and those of who may.
 */
export function remindPerson(
  parts: RemindParts,
  performed: Performed,
  id: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    const read = await readAdministered(parts.store, performed, 'person.remind', id);
    const from = await checkReminder(parts, read, performed.now);
    const mails = await parts.notices.about(read, performed, {
      template: 'reminder',
      values: {
        login: read.login,
        ...(from > performed.now ? { what: 'grace', from } : { what: 'overdue', from: 0 }),
        ...NOT_THEIRS,
      },
      to: read.email,
    });
    await administer(parts, performed, 'person.remind', id, (person) => {
      checkReminded(person, performed.now);
      if (person.epoch !== read.epoch || person.email !== read.email || isEnrolled(person))
        throw new Problem('changed-meanwhile', { status: 409 });
      const event = eventAbout(person, performed, { type: 'person.reminded' });
      const messages = withMessages(person, event, ...mails);
      return { set: { remindedAt: performed.now, ...messages }, result: undefined };
    });
  });
}

/** From when a second factor is required of them: milliseconds since the epoch. */
async function checkReminder(
  { store, config }: RemindParts,
  person: Person,
  now: number,
): Promise<number> {
  if (config.mail.smtp_url === undefined) throw new Problem('no-mail-server', { status: 409 });
  const organisation = await getOrganisation(store, person.organisation);
  const from = organisation && requiredFrom({ person, organisation });
  if (from === undefined || isEnrolled(person) || !isActive(person, now))
    throw new Problem('nothing-to-remind', { status: 409 });
  checkReminded(person, now);
  return from;
}

/** A clock that was set back holds nobody up. */
function checkReminded({ remindedAt }: Person, now: number): void {
  const since = now - (remindedAt ?? -Infinity);
  if (since >= 0 && since < REMIND_EVERY) throw new Problem('reminded-already', { status: 429 });
}
