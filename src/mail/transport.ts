/** The way to the mail server: SMTP with bounded times, and what its answers mean for the mail. */
import type { Transporter } from 'nodemailer';
import type { Config } from '../config/schema.ts';
import { isLoopback } from '../net/host.ts';
import type { Mailbox } from '../text/mailbox.ts';
import { ehloName } from './ehlo.ts';

/** A mail as it goes over the wire. */
export interface Letter {
  /** Without angle brackets. */
  messageId: string;
  from: Mailbox;
  to: string;
  subject: string;
  text: string;
  html: string;
  /** A picture that the HTML shows by its content id (RFC 2392). */
  logo: { cid: string; type: string; content: Buffer } | null;
  /** Milliseconds since the epoch. */
  date: number;
}

export interface Verdict {
  /**
   * `accepted`: the mail server has it. `refused`: it will never take this mail. `again`: anything
   * else (busy, not there, too slow, a login that fails), which says nothing about the mail.
   */
  outcome: 'accepted' | 'refused' | 'again';
  /** The SMTP code with its enhanced status (RFC 3463), such as `550 5.1.1`; null when there was none. */
  answer: string | null;
  /** Names of what went wrong, for the log: `ECONNREFUSED`, `SOCKET_TIMEOUT`. Never a text of the server. */
  error: string | null;
}

export interface Transport {
  /** Never rejects. `signal` breaks it off. */
  handOver(letter: Letter, signal: AbortSignal): Promise<Verdict>;
  /** The longest time that handing over can take, in milliseconds. */
  readonly longest: number;
}

/** Milliseconds for name look-up, connection and greeting; spam traps hold the greeting back for a while. */
const CONNECTING = 15_000;

/** Keeps absence notes and other robots from answering (RFC 3834 §5; MS-OXCMAIL for Exchange). */
const NO_ROBOTS = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };

/** For an `smtp_url` that is set. Throws when it holds what would not be used. */
export function createSmtpTransport(
  smtpUrl: string,
  { mail, issuer }: Pick<Config, 'mail' | 'issuer'>,
): Transport {
  const name = mail.ehlo_name ?? ehloName(issuer);
  const options = { ...smtpOptions(smtpUrl, mail), name };
  let mailer: Transporter | undefined;
  // The timeout of the socket is about silence; this one is about servers that dribble.
  const longest = CONNECTING + 2 * mail.timeout_ms;
  return {
    longest,
    async handOver({ messageId, date, from, subject, logo, ...letter }, signal) {
      try {
        // Loaded with the first mail: no start waits for it.
        mailer ??= (await import('nodemailer')).createTransport(options);
        const sent = await mailer.sendMail({
          ...letter,
          from: { ...from, name: literal(from.name) },
          subject: literal(subject),
          // One recipient as it is: no list is read out of it.
          to: { name: '', address: letter.to },
          messageId: `<${messageId}>`,
          date: new Date(date),
          headers: NO_ROBOTS,
          attachments: logo ? [inline(logo)] : [],
          signal: AbortSignal.any([signal, AbortSignal.timeout(longest)]),
        });
        return { outcome: 'accepted', answer: statusOf(sent.response), error: null };
      } catch (error) {
        return verdictOf(error as SmtpError);
      }
    },
  };
}

function inline({ cid, type, content }: NonNullable<Letter['logo']>) {
  const contentType = type === 'jpg' ? 'image/jpeg' : `image/${type}`;
  return {
    cid,
    content,
    contentType,
    filename: `logo.${type}`,
    contentDisposition: 'inline' as const,
  };
}

/**
 * What begins as an encoded word (RFC 2047 §2) is decoded by whoever shows the header, quoted or not: the name
 * of an organisation could say anything there, in characters that no name may have.
 */
function literal(text: string): string {
  return text.replaceAll('=?', '= ?');
}

/** What nodemailer is told. Exported for tests. */
export function smtpOptions(smtpUrl: string, { timeout_ms, require_tls }: Config['mail']) {
  const url = new URL(smtpUrl);
  if (/[?#]/u.test(smtpUrl) || url.pathname.length > 1)
    throw new Error(
      'mail.smtp_url: nothing may follow the port; other settings are keys of `mail`.',
    );
  const host = url.hostname.replace(/^\[(.*)\]$/u, '$1');
  const secure = url.protocol === 'smtps:';
  const local = isLoopback(host);
  return {
    host,
    secure,
    ...(url.port && { port: Number(url.port) }),
    ...(url.username && { auth: { user: plain(url.username), pass: plain(url.password) } }),
    // Without it STARTTLS is used where it is offered, and who sits between can hide the offer.
    requireTLS: require_tls && !secure && !local,
    tls: { rejectUnauthorized: !local },
    connectionTimeout: CONNECTING,
    greetingTimeout: CONNECTING,
    socketTimeout: timeout_ms,
    socketCloseTimeout: 500,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function plain(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new Error('mail.smtp_url: write % in user name or password as %25.', { cause });
  }
}

/** Of nodemailer's errors, what is looked at here. */
interface SmtpError {
  code?: string;
  originalCode?: string;
  timeoutType?: string;
  command?: string;
  response?: string;
  responseCode?: number;
}

/** Commands whose refusal is about the mail, its sender or its recipient. */
const ABOUT_THE_MAIL: readonly (string | undefined)[] = ['MAIL FROM', 'RCPT TO', 'DATA'];

/**
 * Permanent answers that are about us and can be put right: wrong sequence (RFC 5321 §4.2.4), and
 * logging in and encryption (RFC 4954 §6, RFC 3207 §4).
 */
const ABOUT_US: readonly (number | undefined)[] = [503, 530, 534, 535, 538];

function verdictOf(error: SmtpError): Verdict {
  const { response, responseCode } = error;
  return {
    outcome: isRefusal(error) ? 'refused' : 'again',
    answer: responseCode ? statusOf(response) : null,
    error: error.timeoutType ?? error.originalCode ?? error.code ?? 'unknown',
  };
}

function isRefusal({ code, command, responseCode }: SmtpError): boolean {
  // An envelope that could not even be offered: no address, or one that this server can't take.
  if (!responseCode) return code === 'EENVELOPE' || code === 'EMESSAGE';
  return (
    responseCode >= 500 && ABOUT_THE_MAIL.includes(command) && !ABOUT_US.includes(responseCode)
  );
}

function statusOf(response: string | undefined): string | null {
  const found = /^(\d{3})(?:[ -](\d\.\d{1,3}\.\d{1,3})(?!\S))?/u.exec(response ?? '');
  if (!found) return null;
  return found.slice(1).filter(Boolean).join(' ');
}
