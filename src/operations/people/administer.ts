/** The frame of what is done to somebody else's account. */
import type { Performed } from '../../audit/performed.ts';
import type { Notices, NoticeValues } from '../../mail/notices.ts';
import type { MailTemplate } from '../../mail/mail.ts';
import type { OutboxMessage } from '../../outbox/message.ts';
import type { Relay } from '../../outbox/relay.ts';
import type { Operation } from '../../policy/access.ts';
import { Problem } from '../../problem.ts';
import { getPerson, personCollection, type People, type Person } from '../../records/person.ts';
import { permission } from '../permission.ts';
import { changeAdministrator } from './administrators.ts';

export interface AdministerParts {
  store: People;
  relay: Pick<Relay, 'soon'>;
}

/** Of what its owner is mailed. */
export interface NoticeParts extends AdministerParts {
  notices: Notices;
}

type ChangeOf<R> = (person: Person) => { set?: Partial<Person>; result: R };

/**
 * One conditional write of the person, once whoever acts may. Problems: of who may, `person-unknown`
 * for the operator (for everybody else it is `not-found`), and `last-administrator`.
 */
export async function administer<R>(
  parts: AdministerParts,
  performed: Performed,
  operation: Operation,
  id: string,
  change: ChangeOf<R>,
): Promise<R> {
  const may = await permission(parts.store, performed, operation);
  return administerIf(parts, performed, id, (person) => {
    may({ person, organisation: person.organisation });
    return change(person);
  });
}

/** The same, where `change` itself asks who may, by what is changed. */
export async function administerIf<R>(
  { store, relay }: AdministerParts,
  performed: Performed,
  id: string,
  change: ChangeOf<R>,
): Promise<R> {
  const result = await changeAdministrator(store, performed, id, change).catch((error: unknown) => {
    throw asSeenBy(performed, error);
  });
  relay.soon(personCollection, id);
  return result;
}

/** Somebody else as they are read now, once whoever acts may that with them. Problems as of `administer`. */
export async function readAdministered(
  store: Pick<People, 'get'>,
  performed: Performed,
  operation: Operation,
  id: string,
): Promise<Person> {
  const may = await permission(store, performed, operation);
  const person = await getPerson(store, id);
  may({ person, organisation: person?.organisation });
  if (!person) throw asSeenBy(performed, new Problem('person-unknown', { status: 404 }));
  return person;
}

/** Somebody who is not there is no other, to who asks, than somebody of another organisation. */
function asSeenBy({ actor }: Performed, error: unknown): unknown {
  const isUnknown = error instanceof Problem && error.code === 'person-unknown';
  return isUnknown && actor.kind !== 'operator' ? new Problem('not-found', { status: 404 }) : error;
}

/**
 * The mails that tell the person, sealed for them as they are read now; what it answers gives them to the
 * write. Problem `changed-meanwhile` there: they would go to an address that is not theirs any more.
 */
export async function noticeTo(
  { store, notices }: { store: People; notices: Notices },
  performed: Performed,
  id: string,
  template: MailTemplate,
  values: NoticeValues = {},
): Promise<(current: Person) => readonly OutboxMessage[]> {
  const read = await getPerson(store, id);
  const mails = read
    ? await notices.about(read, performed, { template, values: { ...values, ...NOT_THEIRS } })
    : [];
  return (current) => {
    const isSame = JSON.stringify(addresses(current)) === JSON.stringify(read && addresses(read));
    if (mails.length > 0 && !isSame) throw new Problem('changed-meanwhile', { status: 409 });
    return mails;
  };
}

/** From where it was done is for the audit log, and nothing that the person could recognise. */
export const NOT_THEIRS = { browser: '', address: '' };

const addresses = ({ email, secondaryEmail }: Person) => ({ email, secondaryEmail });
