/**
 * Mails: what one says is a template's name and its values; it is sealed when it is ordered and
 * rendered when it is handed over. This folder owns the way out: outbox.ts keeps the mails and their
 * state, sender.ts hands them over by SMTP, render.ts makes text and HTML of the templates.
 */
import { randomBytes } from 'node:crypto';
import type { Vault } from '../secrets/vault.ts';
import { maskAddress } from '../text/mailbox.ts';
import type { Locale } from '../text/languages.ts';

/** Basenames in views/mail; each also has its subject and texts under `mail.<template>` in the catalogue. */
export const MAIL_TEMPLATES = [
  'email-code',
  'factor-enrolled',
  'factors-reset',
  'one-time-code-used',
  'one-time-codes-made',
  'suspended',
  'unlocked',
  'new-computer',
  'computer-theft',
  'password-set',
  'account-changed',
  'password-changed',
  'password-link',
  'invitation',
  'reminder',
  'grace-extended',
  'address-code',
  'address-changed',
  'email-mfa-off',
  'second-person',
  'test',
] as const;
export type MailTemplate = (typeof MAIL_TEMPLATES)[number];

export interface Mail {
  /** One address. */
  to: string;
  template: MailTemplate;
  language: Locale;
  /** Id of the organisation whose mail it is; absent: the installation's, or a version before that knew none. */
  organisation?: string;
  /** What the template wants; times in milliseconds since the epoch. */
  values: Readonly<Record<string, string | number>>;
}

/** A mail as it is stored until it is handed over. */
export interface SealedMail {
  id: string;
  template: MailTemplate;
  /** The `Mail` as JSON, sealed (purpose `mail`, context: this id). */
  sealed: string;
  /** Milliseconds since the epoch. */
  orderedAt: number;
  /** Not sent after this (milliseconds since the epoch): a code that has expired. Null: tried for three days. */
  notAfter: number | null;
  /** Whose account it is about, for whoever looks after them: subject identifier. Absent: nobody's that is known. */
  person?: string;
  /** Where it goes, masked. */
  to?: string;
  /** Id of the organisation whose it is: of another one that they were in before, nobody is told. */
  organisation?: string;
}

/** `person`: subject identifier of whom it is about. */
export async function sealMail(
  vault: Vault,
  mail: Mail,
  times: { orderedAt: number; notAfter?: number | null },
  person?: string,
): Promise<SealedMail> {
  const id = randomBytes(16).toString('base64url');
  const { organisation } = mail;
  const whose = organisation === undefined ? {} : { organisation };
  return {
    id,
    template: mail.template,
    sealed: await vault.seal('mail', id, JSON.stringify(mail)),
    orderedAt: times.orderedAt,
    notAfter: times.notAfter ?? null,
    ...(person === undefined ? {} : { person, to: maskAddress(mail.to), ...whose }),
  };
}

export async function openMail(vault: Vault, { id, sealed }: SealedMail): Promise<Mail> {
  return JSON.parse(await vault.open('mail', id, sealed)) as Mail;
}
