/** Mails that tell people what happened to their account: to the mailbox, and to a verified secondary address. */
import type { Person } from '../accounts/person.ts';
import type { Posting } from '../audit/posting.ts';
import type { Vault } from '../secrets/vault.ts';
import type { Language } from '../web/languages.ts';
import { sealMail, type MailTemplate } from './mail.ts';

export interface Notices {
  /** None where there is no mail server. `language`: of the page that it happens on, if there is one. */
  to(
    person: Pick<Person, 'email' | 'secondaryEmail' | 'language'>,
    template: MailTemplate,
    values: Readonly<Record<string, string | number>>,
    when: { now: number; language?: Language | undefined },
  ): Promise<Posting[]>;
}

export function createNotices(parts: {
  vault: Vault;
  /** Is there a mail server? */
  enabled: boolean;
  fallback: Language;
}): Notices {
  return {
    async to(person, template, values, { now, language }) {
      if (!parts.enabled) return [];
      const { email, secondaryEmail } = person;
      const addresses =
        typeof secondaryEmail?.verifiedAt === 'number' ? [email, secondaryEmail.address] : [email];
      const chosen = person.language ?? language ?? parts.fallback;
      const sealed = addresses.map((to) =>
        sealMail(parts.vault, { to, template, language: chosen, values }, { orderedAt: now }),
      );
      return (await Promise.all(sealed)).map((mail) => ({ mail }));
    },
  };
}
