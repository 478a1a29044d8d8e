/** What people are told of a change of their factors: an event, and a mail. */
import { eventAbout, type EventContent, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';
import type { OutboxMessage } from '../../outbox/message.ts';
import type { Relay } from '../../outbox/relay.ts';
import type { People, Person } from '../../records/person.ts';

export interface FactorChangeParts {
  store: People;
  notices: Notices;
  relay: Pick<Relay, 'soon'>;
}

/** `values`: of the mail that something of the account was changed. */
export async function changeTold(
  { notices }: Pick<FactorChangeParts, 'notices'>,
  performed: Performed,
  person: Person,
  { event, values }: { event: EventContent; values: { what: string; name: string } },
): Promise<OutboxMessage[]> {
  const mail = { template: 'account-changed', values } as const;
  return [eventAbout(person, performed, event), ...(await notices.about(person, performed, mail))];
}
