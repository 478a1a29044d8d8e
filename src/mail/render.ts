/**
 * Mails as people read them. A template (views/mail/<template>.njk) says what is in the mail, once;
 * frame and parts make HTML or text of it (views/mail/html, views/mail/text).
 */
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { UNBRANDED } from '../branding/brand.ts';
import { languageOfLocale, type Locale } from '../text/languages.ts';
import { loadTexts, type Texts, type TextValues } from '../text/catalogue.ts';
import { readTemplates, templateEnvironment } from '../text/templates.ts';
import type { Mail, MailTemplate } from './mail.ts';
import { letterheadOf, type Letterhead, type MailLogo } from './letterhead.ts';
import { wrap } from './wrap.ts';

export interface RenderedMail {
  /** One line. */
  subject: string;
  text: string;
  html: string;
  /** In whose name it comes: the recipient's organisation, or the installation. One line. */
  sender: string;
  /** The name that mails of this organisation come in, before any other; null: it has said none. One line. */
  ownSender: string | null;
  /** A part of the mail that its HTML shows. */
  logo: MailLogo | null;
}

/** `letterhead`: our own unless given. Throws when a value that the template wants is missing. */
export type MailRenderer = (
  mail: Pick<Mail, 'template' | 'language' | 'values'>,
  letterhead?: Letterhead,
) => RenderedMail;

/** These have no link at all, and say so. */
const WITH_CODE: readonly MailTemplate[] = ['email-code', 'address-code'];

/** Values that say where and when something happened, in this order below the text. */
const FACTS = ['at', 'browser', 'address'] as const;

/** Longer values are cut: names and browsers are given from outside. */
const LONGEST_VALUE = 200;

/** A template is compiled when the first mail of it is rendered. */
export function createMailRenderer(
  viewsFolder: string,
  texts = loadTexts(join(viewsFolder, 'texts')),
  sources = readTemplates(viewsFolder),
): MailRenderer {
  const environments = {
    html: templateEnvironment(sources, { autoescape: true }),
    text: templateEnvironment(sources, { autoescape: false }).addFilter('wrap', wrap),
  };
  return ({ template, language, values: given }, letterhead = letterheadOf(UNBRANDED, '')) => {
    const values = withSender(readable(given, language), letterhead);
    const subject = texts.text(language, `mail.${template}.subject`, values);
    const said = { ...values, letterhead: headOf(template, letterhead), subject };
    const context = { ...said, facts: factsOf(values), ...wordsIn(texts, language) };
    const part = (format: 'html' | 'text'): string =>
      environments[format].render(`mail/${template}.njk`, {
        ...context,
        frame: `mail/${format}/frame.njk`,
        parts: `mail/${format}/parts.njk`,
      });
    const sender = values.organisation;
    const { senderName, logo } = letterhead;
    const ownSender = senderName === null ? null : oneLine(senderName);
    return { subject, sender, ownSender, logo, text: tidy(part('text')), html: part('html') };
  };
}

const WITH_LINK: readonly MailTemplate[] = ['password-link', 'invitation'];

function headOf(template: MailTemplate, letterhead: Letterhead): Letterhead {
  if (WITH_CODE.includes(template)) return { ...letterhead, account: null, help: null };
  // A link is what it is for; another button beside it would be pressed instead.
  return WITH_LINK.includes(template) ? { ...letterhead, account: null } : letterhead;
}

/** An organisation that is gone has no name any more; mails of an older version greet nobody. */
function withSender(values: TextValues, { name }: Letterhead) {
  const organisation = String(values['organisation'] ?? '') || name;
  return { person: '', ...values, organisation };
}

function wordsIn(texts: Texts, locale: Locale): object {
  return {
    language: languageOfLocale(locale) ?? locale,
    t: (key: string, values?: TextValues | null) => texts.text(locale, key, values ?? {}),
  };
}

/** The names of those facts that are known, with their values. */
function factsOf(values: TextValues): { name: string; value: string | number }[] {
  return FACTS.flatMap((name) => {
    const value = values[name];
    return value === undefined || value === '' ? [] : [{ name, value }];
  });
}

/** Times in words, and every text in one line, so that a name can't pass for a line of the mail. */
function readable(given: Mail['values'], locale: Locale): TextValues {
  const entries = Object.entries(given).map(([name, value]) => {
    if (name === 'at') return [name, timeIn(locale, Number(value))];
    return [name, typeof value === 'string' ? oneLine(value) : value];
  });
  return Object.fromEntries(entries) as TextValues;
}

function oneLine(text: string): string {
  return text
    .slice(0, LONGEST_VALUE)
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim();
}

/** In UTC, and says so: nobody knows where the mail will be read. */
function timeIn(locale: Locale, at: number): string {
  const format = formats.get(locale) ?? timeFormat(locale);
  formats.set(locale, format);
  return `${format.format(at)} UTC`;
}

/** A reader who makes regions up must not fill the memory. */
const formats = new LRUCache<Locale, Intl.DateTimeFormat>({ max: 100 });

function timeFormat(locale: Locale): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
  });
}

/** One empty line between paragraphs, none at the ends. */
function tidy(text: string): string {
  return `${text
    .replaceAll(/[ \t]+$/gmu, '')
    .replaceAll(/\n{3,}/gu, '\n\n')
    .trim()}\n`;
}
