/** What people are told of a change to their account. */
import { eventAbout, type EventContent, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import type { Relay } from '../../outbox/relay.ts';
import { changePerson, personCollection, type People, type Person } from '../../records/person.ts';

/** Of a change that rides, with what is told of it, in the person's document. */
export interface AccountChangeParts {
  store: People;
  notices: Notices;
  relay: Pick<Relay, 'soon'>;
}

/**
 * The mail that something was changed, for the write that changes it. `what`: which of the template's
 * texts; `name`: of what was changed, such as a browser or an app.
 */
export async function accountChanged(
  { notices }: { notices: Notices },
  performed: Performed,
  person: Person,
  values: { what: string; name: string },
): Promise<OutboxMessage[]> {
  return notices.about(person, performed, { template: 'account-changed', values });
}

/** That mail, behind the event of the change. */
export async function changeTold(
  parts: { notices: Notices },
  performed: Performed,
  person: Person,
  { event, values }: { event: EventContent; values: { what: string; name: string } },
): Promise<OutboxMessage[]> {
  return [
    eventAbout(person, performed, event),
    ...(await accountChanged(parts, performed, person, values)),
  ];
}

/** For what nothing is written for that could carry its messages: they ride in the person's document. */
export async function tellPerson(
  { store, relay }: { store: People; relay: Pick<Relay, 'soon'> },
  person: Pick<Person, 'id'>,
  messages: readonly OutboxMessage[],
): Promise<void> {
  await changePerson(store, person.id, (current) => ({
    set: withMessages(current, ...messages),
    result: undefined,
  }));
  relay.soon(personCollection, person.id);
}
