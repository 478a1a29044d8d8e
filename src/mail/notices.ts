/** Mails that tell people what happened to their account. */
import type { Person } from '../records/person.ts';
import type { OutboxMessage } from '../outbox/message.ts';
import type { Config } from '../config/schema.ts';
import type { Vault } from '../secrets/vault.ts';
import type { Language } from '../text/languages.ts';
import { sealMail, type MailTemplate } from './mail.ts';

/** Whoever is locked out can't read the mailbox: these go to a verified secondary address too, as does what locks out. */
const TO_BOTH: readonly MailTemplate[] = [
  'suspended',
  'unlocked',
  'factors-reset',
  'password-set',
  'password-changed',
];

export interface Notices {
  /**
   * To the mailbox. None where there is no mail server. `language`: of the page that it happens on, if
   * there is one; `notAfter`: when it is of no use any more.
   */
  to(
    person: Pick<Person, 'email' | 'secondaryEmail' | 'language'>,
    template: MailTemplate,
    values: Readonly<Record<string, string | number>>,
    when: { now: number; language?: Language | undefined; notAfter?: number | null },
  ): Promise<OutboxMessage[]>;
}

export function createNotices(
  vault: Vault,
  { mail, default_language: fallback }: Pick<Config, 'mail' | 'default_language'>,
): Notices {
  return {
    async to(person, template, values, { now, language, notAfter = null }) {
      if (mail.smtp_url === undefined) return [];
      const { email, secondaryEmail } = person;
      const second = secondaryEmail?.verifiedAt ? [secondaryEmail.address] : [];
      const addresses = TO_BOTH.includes(template) ? [email, ...second] : [email];
      const chosen = person.language ?? language ?? fallback;
      const sealed = addresses.map((to) =>
        sealMail(vault, { to, template, language: chosen, values }, { orderedAt: now, notAfter }),
      );
      return (await Promise.all(sealed)).map((one) => ({ mail: one }));
    },
  };
}
