/**
 * A forgotten password: links by mail to whoever the typed name belongs to. Nothing that the asker
 * sees or could measure depends on whether it belongs to anybody.
 */
import { newEvent } from '../../audit/event.ts';
import type { Poster } from '../../outbox/relay.ts';
import { adding, type Posting } from '../../outbox/message.ts';
import type { Config } from '../../config/schema.ts';
import { takeCaps } from '../../throttling/sending-limits.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import { makeLink, type MailedTo } from '../../records/link.ts';
import { changePerson, findPerson, personKind, type Person } from '../../records/person.ts';
import { eventAbout, mailAbout, type Doing, type TellingParts } from '../telling.ts';

export interface ForgottenParts extends TellingParts {
  store: Store;
  vault: Vault;
  config: Pick<Config, 'issuer' | 'lifetimes'>;
  poster: Pick<Poster, 'soon' | 'record' | 'refuse'>;
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
export async function mailPasswordLinks(
  parts: ForgottenParts,
  name: string,
  doing: Doing,
): Promise<void> {
  const person = await findPerson(parts.store, name);
  const refusal = await refusalOf(parts, person, doing.now);
  if (!person || refusal) {
    const about = { at: doing.now, scene: doing.scene, person, outcome: 'refused' } as const;
    const event = newEvent({ type: 'password.link', ...about, reasons: [refusal ?? 'unknown'] });
    // How many there are of a person is bounded; of names that nobody has it is not.
    return person ? parts.poster.record(event) : parts.poster.refuse(event);
  }
  const postings = await linksFor(parts, person, doing);
  await changePerson(parts.store, person.id, (current) =>
    current.epoch === person.epoch
      ? { set: adding(current, ...postings), result: undefined }
      : { result: undefined },
  );
  parts.poster.soon(personKind, person.id);
}

async function refusalOf(
  parts: ForgottenParts,
  person: Person | undefined,
  now: number,
): Promise<string | undefined> {
  if (!person) return 'unknown';
  if (!person.active) return 'disabled';
  const caps = [{ what: 'link person', value: person.id, max: MOST_FOR_PERSON }];
  return (await takeCaps(parts, caps, now)) ? undefined : 'too many links';
}

async function linksFor(parts: ForgottenParts, person: Person, doing: Doing): Promise<Posting[]> {
  const { secondaryEmail: second } = person;
  const to: [MailedTo, string][] = [
    ['mailbox', person.email],
    ...(second?.verifiedAt ? [['secondary', second.address] as [MailedTo, string]] : []),
  ];
  const details = { to: to.map(([which]) => which).join(' ') };
  const mails = await Promise.all(to.map((one) => linkMail(parts, person, doing, one)));
  return [eventAbout(person, doing, { type: 'password.link', details }), ...mails.flat()];
}

/** Each mail has a link of its own: which one was used tells which mailbox the password came from. */
async function linkMail(
  parts: ForgottenParts,
  person: Person,
  doing: Doing,
  [mailedTo, to]: [MailedTo, string],
): Promise<Posting[]> {
  const { issuer, lifetimes } = parts.config;
  const purpose = { purpose: 'set-password', person: person.id, epoch: person.epoch } as const;
  const lifetime = lifetimes.reset_link;
  const token = await makeLink(parts, { ...purpose, mailedTo }, lifetime, doing.now);
  const values = {
    login: person.login,
    link: `${issuer}/set-password?token=${token}`,
    minutes: Math.round(lifetime / 60),
    barred: mailedTo === 'secondary' && person.emailMfaSince !== null ? 1 : 0,
  };
  const notAfter = doing.now + lifetime * 1000;
  return mailAbout(parts, person, doing, { template: 'password-link', values, to, notAfter });
}
