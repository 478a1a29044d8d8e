/** An invitation, and its like for whoever can't find theirs: a link to set a password, to the mailbox alone. */
import { eventAbout, type Performed } from '../../../audit/performed.ts';
import type { Config } from '../../../config/schema.ts';
import type { Notices } from '../../../mail/notices.ts';
import { withMessages, type OutboxMessage } from '../../../outbox/message.ts';
import { isActive } from '../../../policy/assurance.ts';
import { Problem } from '../../../problem.ts';
import { makeLink } from '../../../records/link.ts';
import type { Person } from '../../../records/person.ts';
import { resultOf, type Result } from '../../../result.ts';
import type { Vault } from '../../../secrets/vault.ts';
import type { Store } from '../../../storage/store.ts';
import { fold } from '../../../text/fold.ts';
import { takeLink } from '../../password/forgotten-password.ts';
import { checkSignsIn } from '../services/signs-in.ts';
import { administer, NOT_THEIRS, readAdministered, type AdministerParts } from '../administer.ts';

/** Seconds for which an invitation is good. */
export const INVITATION_LIVES = 7 * 86_400;

export interface MailLinkParts extends AdministerParts {
  store: Store;
  vault: Vault;
  notices: Notices;
  config: Pick<Config, 'issuer' | 'lifetimes' | 'mail'>;
}

/**
 * Nobody but the mailbox gets to see it. It lives for a week where no password has been set yet, else as long
 * as one that was forgotten. `id`: subject identifier. Problems: `no-mail-server`, `too-many-links` (429),
 * `person-disabled` (409), `service-mailbox` (409), `changed-meanwhile` (409), and those of who may.
 */
export function mailPasswordLink(
  parts: MailLinkParts,
  performed: Performed,
  id: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    const read = await readAdministered(parts.store, performed, 'person.send-link', id);
    checkSignsIn(read);
    await checkSending(parts, read, performed.now);
    const messages = await linkTold(parts, performed, read);
    await administer(parts, performed, 'person.send-link', id, (person) => {
      if (person.epoch !== read.epoch || person.email !== read.email)
        throw new Problem('changed-meanwhile', { status: 409 });
      return { set: withMessages(person, ...messages), result: undefined };
    });
  });
}

async function checkSending(parts: MailLinkParts, person: Person, now: number): Promise<void> {
  if (parts.config.mail.smtp_url === undefined)
    throw new Problem('no-mail-server', { status: 409 });
  if (!isActive(person, now)) throw new Problem('person-disabled', { status: 409 });
  if (!(await takeLink(parts, person.id, now)))
    throw new Problem('too-many-links', { status: 429 });
}

async function linkTold(
  parts: MailLinkParts,
  performed: Performed,
  person: Person,
): Promise<OutboxMessage[]> {
  const { issuer, lifetimes } = parts.config;
  const isNew = person.passwordHash === null;
  const lifetime = isNew ? INVITATION_LIVES : lifetimes.reset_link;
  const mailed = { mailedTo: 'mailbox', mailbox: fold(person.email) } as const;
  const purpose = { purpose: 'set-password', person: person.id, epoch: person.epoch } as const;
  const token = await makeLink(parts, { ...purpose, ...mailed }, lifetime, performed.now);
  const mails = await parts.notices.about(person, performed, {
    template: 'invitation',
    values: {
      what: isNew ? 'new' : 'again',
      login: person.login,
      link: `${issuer}/set-password?token=${token}`,
      hours: Math.ceil(lifetime / 3600),
      ...NOT_THEIRS,
    },
    to: person.email,
    notAfter: performed.now + lifetime * 1000,
  });
  const details = { to: 'mailbox' };
  return [eventAbout(person, performed, { type: 'password.link', details }), ...mails];
}
