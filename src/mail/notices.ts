/** Security notices: mails that tell people what happened to their account. */
import type { Performed } from '../audit/performed.ts';
import type { Config } from '../config/schema.ts';
import type { Vault } from '../secrets/vault.ts';
import { browserName } from '../text/browser-name.ts';
import type { Language } from '../text/languages.ts';
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
  email: string;
  secondaryEmail: { address: string; verifiedAt: number | null } | null;
  language: Language | null;
}

export type NoticeValues = Readonly<Record<string, string | number>>;

/** Messages for the write that they tell of; none where there is no mail server. */
export interface Notices {
  /**
   * To the mailbox. `language`: of the page that it happens on, if there is one; `notAfter`: when it is
   * of no use any more.
   */
  to(
    recipient: Recipient,
    template: MailTemplate,
    values: NoticeValues,
    when: { now: number; language?: Language | undefined; notAfter?: number | null },
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
    const { email, secondaryEmail } = recipient;
    const second = secondaryEmail?.verifiedAt ? [secondaryEmail.address] : [];
    const addresses = TO_BOTH.includes(template) ? [email, ...second] : [email];
    const chosen = recipient.language ?? language ?? fallback;
    const sealed = addresses.map((address) =>
      sealMail(
        vault,
        { to: address, template, language: chosen, values },
        { orderedAt: now, notAfter },
      ),
    );
    return (await Promise.all(sealed)).map((one) => ({ mail: one }));
  };
  return {
    to,
    async about(recipient, { origin, language, now }, notice) {
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
      return to(receiver, notice.template, values, { now, language, notAfter });
    },
  };
}
