/** What an account page tells of a change: an event and a mail, which ride in the write that they are about. */
import { personCollection } from '../../records/person.ts';
import { eventAbout, type EventContent } from '../../audit/performed.ts';
import type { OutboxMessage } from '../../outbox/message.ts';
import type { MailTemplate } from '../../mail/mail.ts';
import type { AccountVisit } from './page.ts';

interface Mail {
  template: MailTemplate;
  values?: Readonly<Record<string, string | number>>;
}

/** Event and mail of one change, for the write that makes it; `postPerson` afterwards. */
export async function told(
  visit: AccountVisit,
  about: EventContent,
  mail: Mail,
): Promise<OutboxMessage[]> {
  const { parts, person, performed } = visit;
  return [
    eventAbout(person, performed, about),
    ...(await parts.notices.about(person, performed, mail)),
  ];
}

/** The person's document has messages now. */
export function postPerson({ parts, person }: AccountVisit): void {
  parts.relay.soon(personCollection, person.id);
}
