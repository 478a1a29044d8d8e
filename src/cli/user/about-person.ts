/** What the command line tells of a change to a person: the event, and the mail to its owner. */
import { OPERATOR } from '../../audit/actor.ts';
import { organisationName } from '../../records/organisation.ts';
import { findPerson, type Person } from '../../records/person.ts';
import { OPERATOR_ORIGIN } from '../../net/request-origin.ts';
import { newEvent, type AuditEvent, type EventType } from '../../audit/event.ts';
import type { OutboxMessage } from '../../outbox/message.ts';
import type { MailTemplate } from '../../mail/mail.ts';
import { createNotices } from '../../mail/notices.ts';
import { Problem } from '../../problem.ts';
import type { World } from '../../server/world.ts';
import type { Installation } from '../../server/opened.ts';
import { operatorPerformed } from '../performed.ts';
import {
  onlyPositional,
  withInstallation,
  type Command,
  type Options,
  type Outcome,
} from '../command.ts';

/** By login name or address. Problem `person-unknown`. */
export async function personNamed(
  { store }: Pick<Installation, 'store'>,
  name: string,
): Promise<Person> {
  const person = await findPerson(store, name);
  if (!person) throw new Problem('person-unknown');
  return person;
}

export interface AboutPerson {
  world: World;
  installation: Installation;
  person: Person;
  options: Options;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The frame of a command about the person whom its one argument names. */
export function aboutPerson(work: (about: AboutPerson) => Promise<Outcome>): Command['run'] {
  return (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const person = await personNamed(installation, onlyPositional(args, 'LOGIN'));
      return work({ world, installation, person, options: args.options, now: world.now() });
    });
}

export function operatorEvent(
  type: EventType,
  person: Pick<Person, 'id' | 'organisation'>,
  at: number,
  details: AuditEvent['details'] = {},
): { event: AuditEvent } {
  const about = { at, origin: OPERATOR_ORIGIN, person, actor: OPERATOR, details };
  return { event: newEvent({ type, ...about }) };
}

/** None where there is no mail server. */
export async function mailTo(
  { config, store, vault }: Installation,
  person: Person,
  template: MailTemplate,
  now: number,
): Promise<OutboxMessage[]> {
  const notices = createNotices(vault, config, organisationName(store));
  return notices.about(person, operatorPerformed(config, now), { template });
}
