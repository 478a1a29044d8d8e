/** Security notices: mails that tell people what happened to their account. */
import type { Performed } from '../audit/performed.ts';
import type { Config } from '../config/schema.ts';
import type { Vault } from '../secrets/vault.ts';
import { browserName } from '../text/browser-name.ts';
import { inLanguage, languageOfLocale, type Locale } from '../text/languages.ts';
import { sealMail, type MailTemplate, type SealedMail } from './mail.ts';

/** Whoever is locked out can't read the mailbox: these go to a verified secondary address too, as does what locks out. */
const TO_BOTH: readonly MailTemplate[] = [
  'suspended',
  'unlocked',
  'factors-reset',
  'password-set',
  'password-changed',
];

/** Whom a notice goes to. */
export interface Recipient {
  /** Subject identifier. */
  id?: string;
  /** As they are greeted. */
  name: string;
  /** Id: it is a mail of that organisation. */
  organisation?: string;
  email: string;
  secondaryEmail: { address: string; verifiedAt: number | null } | null;
  language: Locale | null;
  readsIn?: Locale | undefined;
}

export type NoticeValues = Readonly<Record<string, string | number>>;

/** Messages for the write that they tell of; none where there is no mail server. */
export interface Notices {
  /**
   * To the mailbox. `language`: of the page that it happens on, where its reader is there; `notAfter`: when
   * it is of no use any more.
   */
  to(
    recipient: Recipient,
    template: MailTemplate,
    values: NoticeValues,
    when: { now: number; language?: Locale | undefined; notAfter?: number | null },
  ): Promise<{ mail: SealedMail }[]>;
  /**
   * The same with what every notice says: organisation, time, browser and address. `to`: to that address
   * alone; `notAfter`: of no use after that (milliseconds since the epoch).
   */
  about(
    recipient: Recipient & { organisation: string },
    performed: Performed,
    notice: { template: MailTemplate; values?: NoticeValues; to?: string; notAfter?: number },
  ): Promise<{ mail: SealedMail }[]>;
}

/** `organisationName`: of that id, as people know it. */
export function createNotices(
  vault: Vault,
  { mail, default_language: fallback }: Pick<Config, 'mail' | 'default_language'>,
  organisationName: (id: string) => Promise<string | undefined>,
): Notices {
  const to: Notices['to'] = async (recipient, template, values, when) => {
    if (mail.smtp_url === undefined) return [];
    const { now, language, notAfter = null } = when;
    const { email, secondaryEmail, organisation } = recipient;
    const second = secondaryEmail?.verifiedAt ? [secondaryEmail.address] : [];
    const addresses = TO_BOTH.includes(template) ? [email, ...second] : [email];
    const chosen = mailLocale(recipient, language ?? recipient.readsIn ?? fallback);
    const sealed = addresses.map((address) =>
      sealMail(
        vault,
        {
          to: address,
          template,
          language: chosen,
          ...(organisation !== undefined && { organisation }),
          values: { person: recipient.name, ...values },
        },
        { orderedAt: now, notAfter },
        recipient.id,
      ),
    );
    return (await Promise.all(sealed)).map((one) => ({ mail: one }));
  };
  return {
    to,
    async about(recipient, { actor, origin, language: ofPage, now }, notice) {
      const values = {
        organisation: (await organisationName(recipient.organisation)) ?? '',
        at: now,
        browser: browserName(origin.userAgent ?? undefined),
        address: origin.address ?? '',
        ...notice.values,
      };
      const { to: only, notAfter = null } = notice;
      const receiver =
        only === undefined ? recipient : { ...recipient, email: only, secondaryEmail: null };
      // A page that somebody else has open says nothing of who reads the mail.
      const language = actor.kind === 'self' && actor.id !== null ? ofPage : undefined;
      return to(receiver, notice.template, values, {
        now,
        language: language ?? recipient.readsIn ?? ofPage,
        notAfter,
      });
    },
  };
}

/** Their own language, and the region of where they read now or have read last: `present`. */
export function mailLocale({ language }: Pick<Recipient, 'language'>, present: Locale): Locale {
  const own = language === null ? undefined : languageOfLocale(language);
  return own === undefined ? present : inLanguage(own, language === own ? present : language);
}
