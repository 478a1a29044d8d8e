/**
 * A forgotten password: links by mail to whoever the typed name belongs to. Nothing that the asker
 * sees or could measure depends on whether it belongs to anybody.
 */
import type { Relay } from '../../outbox/relay.ts';
import { isActive } from '../../policy/assurance.ts';
import { fold } from '../../text/fold.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import type { Config } from '../../config/schema.ts';
import { takeCaps } from '../../throttling/sending-limits.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import { makeLink, type MailedTo } from '../../records/link.ts';
import { changePerson, findPerson, personCollection, type Person } from '../../records/person.ts';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import type { Notices } from '../../mail/notices.ts';
import { resultOf, type Result } from '../../result.ts';
import { permission } from '../permission.ts';

export interface ForgottenParts {
  notices: Notices;
  store: Store;
  vault: Vault;
  config: Pick<Config, 'issuer' | 'lifetimes'>;
  relay: Pick<Relay, 'soon' | 'record' | 'refuse'>;
}

/** Within an hour: mails cost their receivers something, and every link is another one that could be found. */
export const MOST_FOR_NAME = 5;
export const MOST_FROM_CLIENT = 30;
export const MOST_FOR_PERSON = 5;

/** Takes a try, whether or not anybody has that name. `client`: the client's address block. */
export async function mayAskForLink(
  parts: Pick<ForgottenParts, 'store' | 'vault'>,
  { name, client }: { name: string; client: string },
  now: number,
): Promise<boolean> {
  const caps = [
    { what: 'link client', value: client, max: MOST_FROM_CLIENT },
    { what: 'link name', value: name, max: MOST_FOR_NAME },
  ];
  return takeCaps(parts, caps, now);
}

/**
 * Everything that depends on who it is: for after the answer, which would tell by its time. A link of
 * its own to the mailbox and to the verified secondary address, as whoever has forgotten the password
 * may not get into the mailbox that it protects.
 */
export function mailPasswordLinks(
  parts: ForgottenParts,
  performed: Performed,
  name: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'password.send-link');
    const person = await findPerson(parts.store, name);
    const refusal = await refusalOf(parts, person, performed.now);
    if (!person || refusal) {
      const reasons = [refusal ?? 'unknown'];
      const about = { type: 'password.link', outcome: 'refused', reasons } as const;
      const { event } = eventAbout(person, performed, about);
      // How many there are of a person is bounded; of names that nobody has it is not.
      return person ? parts.relay.record(event) : parts.relay.refuse(event);
    }
    may({ person });
    const messages = await linksFor(parts, person, performed);
    await changePerson(parts.store, person.id, (current) =>
      current.epoch === person.epoch
        ? { set: withMessages(current, ...messages), result: undefined }
        : { result: undefined },
    );
    parts.relay.soon(personCollection, person.id);
  });
}

/** Why none is mailed: nobody is told but the audit log. */
async function refusalOf(
  parts: ForgottenParts,
  person: Person | undefined,
  now: number,
): Promise<string | undefined> {
  if (!person) return 'unknown';
  if (!isActive(person, now)) return 'disabled';
  if (person.service) return 'service mailbox';
  return (await takeLink(parts, person.id, now)) ? undefined : 'too many links';
}

/** Counts a link that is mailed to somebody, whoever asks for it; false: they had as many as there may be. `person`: subject identifier. */
export function takeLink(
  parts: Pick<ForgottenParts, 'store' | 'vault'>,
  person: string,
  now: number,
): Promise<boolean> {
  return takeCaps(parts, [{ what: 'link person', value: person, max: MOST_FOR_PERSON }], now);
}

async function linksFor(
  parts: ForgottenParts,
  person: Person,
  performed: Performed,
): Promise<OutboxMessage[]> {
  const { secondaryEmail: second } = person;
  const to: [MailedTo, string][] = [
    ['mailbox', person.email],
    ...(second?.verifiedAt ? [['secondary', second.address] as [MailedTo, string]] : []),
  ];
  const details = { to: to.map(([which]) => which).join(' ') };
  const mails = await Promise.all(to.map((one) => linkMail(parts, person, performed, one)));
  return [eventAbout(person, performed, { type: 'password.link', details }), ...mails.flat()];
}

/** Each mail has a link of its own: which one was used tells which mailbox the password came from. */
async function linkMail(
  parts: ForgottenParts,
  person: Person,
  performed: Performed,
  [mailedTo, to]: [MailedTo, string],
): Promise<OutboxMessage[]> {
  const { issuer, lifetimes } = parts.config;
  const purpose = { purpose: 'set-password', person: person.id, epoch: person.epoch } as const;
  const lifetime = lifetimes.reset_link;
  const where = mailedTo === 'mailbox' ? { mailedTo, mailbox: fold(to) } : { mailedTo };
  const token = await makeLink(parts, { ...purpose, ...where }, lifetime, performed.now);
  const values = {
    login: person.login,
    link: `${issuer}/set-password?token=${token}`,
    minutes: Math.round(lifetime / 60),
    barred: mailedTo === 'secondary' && person.emailMfaSince !== null ? 1 : 0,
  };
  const notAfter = performed.now + lifetime * 1000;
  return parts.notices.about(person, performed, {
    template: 'password-link',
    values,
    to,
    notAfter,
  });
}
