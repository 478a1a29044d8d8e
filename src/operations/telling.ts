/** What a change that somebody made to their own account is told by: an event, and mails. */
import type { RequestOrigin } from '../net/request-origin.ts';
import { newEvent, type AuditEvent, type NewEvent } from '../audit/event.ts';
import type { OutboxMessage } from '../outbox/message.ts';
import { browserName } from '../text/browser-name.ts';
import type { MailTemplate } from '../mail/mail.ts';
import type { Notices } from '../mail/notices.ts';
import type { Store } from '../storage/store.ts';
import type { Language } from '../text/languages.ts';
import { getOrganisation } from '../records/organisation.ts';
import type { Person } from '../records/person.ts';

/** The request that a change is made by. */
export interface Performed {
  origin: RequestOrigin;
  /** Of the page; the person's own comes before it. */
  language: Language;
  /** Milliseconds since the epoch. */
  now: number;
}

export interface TellingParts {
  store: Pick<Store, 'get'>;
  notices: Notices;
}

export type About = Omit<NewEvent, 'at' | 'origin' | 'person'>;

export function eventAbout(
  person: Person,
  { origin, now }: Performed,
  about: About,
): { event: AuditEvent } {
  return { event: newEvent({ ...about, at: now, origin, person }) };
}

/**
 * A mail to the person's mailbox, and where the notice is one for both, to the verified secondary
 * address. `to`: to that address alone; `notAfter`: of no use after that (milliseconds since the epoch).
 */
export async function mailAbout(
  { store, notices }: TellingParts,
  person: Person,
  { origin, language, now }: Performed,
  mail: {
    template: MailTemplate;
    values?: Readonly<Record<string, string | number>>;
    to?: string;
    notAfter?: number;
  },
): Promise<OutboxMessage[]> {
  const organisation = await getOrganisation(store, person.organisation);
  const values = {
    organisation: organisation?.name ?? '',
    at: now,
    browser: browserName(origin.userAgent ?? undefined),
    address: origin.address ?? '',
    ...mail.values,
  };
  const { to, notAfter = null } = mail;
  const receiver = to === undefined ? person : { ...person, email: to, secondaryEmail: null };
  return notices.to(receiver, mail.template, values, { now, language, notAfter });
}
