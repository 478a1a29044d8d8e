/**
 * Codes by mail: six digits to a verified secondary address, good for one sign-in in one browser.
 * Only the newest one of a sign-in works, once, and for a limited time. The rules are pure; the
 * record of the sign-in keeps what was sent, as a keyed hash.
 */
import { randomInt } from 'node:crypto';
import { domainToASCII } from 'node:url';
import type { Vault } from '../secrets/vault.ts';
import { asMailbox } from '../text/mailbox.ts';
import type { Person } from '../records/person.ts';
import type { SentCode } from '../records/factors/sent-code.ts';

export type EmailCodeVerdict =
  | { verdict: 'accepted'; address: string }
  | { verdict: 'used' }
  | { verdict: 'expired' }
  /** `reference`: of the newest code, which is the one that works. */
  | { verdict: 'older'; reference: string }
  | { verdict: 'wrong' };

/** Without letters and digits that are taken for one another. */
const REFERENCE_ALPHABET = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';

/** Milliseconds before "Send again" works. */
export const SEND_AGAIN_AFTER = 30_000;

/** Only the last few are kept, to tell an older code from a wrong one. */
const MOST_KEPT = 10;

export function newEmailCode(): { code: string; reference: string } {
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  const letters = Array.from(
    { length: 4 },
    () => REFERENCE_ALPHABET[randomInt(REFERENCE_ALPHABET.length)],
  );
  return { code, reference: letters.join('') };
}

/** A code is good in the sign-in that it was sent for and nowhere else. */
export function hashEmailCode(vault: Vault, signIn: string, code: string): string {
  return vault.keep('email code', `${signIn} ${code}`);
}

/** Is it what is kept of a code? */
export type IsCode = (kept: string) => boolean;

export function compareEmailCode(vault: Vault, signIn: string, code: string): IsCode {
  return vault.comparer('email code', `${signIn} ${code}`);
}

/** The codes of a sign-in with one more. */
export function withCode(codes: readonly SentCode[], sent: SentCode): SentCode[] {
  return [...codes, sent].slice(-MOST_KEPT);
}

/** Seconds until another code may be sent in this sign-in; 0: now. */
export function sendAgainIn(codes: readonly SentCode[], now: number): number {
  const newest = codes.at(-1);
  if (!newest) return 0;
  // Sent "in the future": the clock was set back, and nobody waits for that.
  if (newest.sentAt > now) return 0;
  return Math.max(0, Math.ceil((newest.sentAt + SEND_AGAIN_AFTER - now) / 1000));
}

/** Judges a code, and answers the codes as they are afterwards: an accepted one is used. */
export function judgeEmailCode(
  codes: readonly SentCode[],
  isCode: IsCode,
  now: number,
): { verdict: EmailCodeVerdict; codes: SentCode[] } {
  const unchanged = [...codes];
  const at = codes.findLastIndex((sent) => isCode(sent.hash));
  const found = codes[at];
  const newest = codes.at(-1);
  if (!found || !newest) return { verdict: { verdict: 'wrong' }, codes: unchanged };
  if (found.used) return { verdict: { verdict: 'used' }, codes: unchanged };
  if (found !== newest) {
    const { reference } = newest;
    return { verdict: { verdict: 'older', reference }, codes: unchanged };
  }
  if (found.expiresAt <= now) return { verdict: { verdict: 'expired' }, codes: unchanged };
  const { address } = found;
  return {
    verdict: { verdict: 'accepted', address },
    codes: codes.with(at, { ...found, used: true }),
  };
}

/** What stands before the @ (RFC 5321 dot-string, RFC 6531): no quotes, no comments, nothing invisible. */
const LOCAL_PART = /^(?=.{1,64}$)[^\s\p{C}@()<>[\]:;,"\\.]+(?:\.[^\s\p{C}@()<>[\]:;,"\\.]+)*$/u;
const TYPED_DOMAIN = /^[\p{L}\p{M}\p{N}.\u{3002}-]+$/u;
/** RFC 1123 §2.1; the last label is no number, as that would make it an IP address. */
const DOMAIN =
  /^(?=.{1,190}$)(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*(?!\d+$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/u;

/**
 * An address as it is kept, compared and handed to the mail server; undefined: it is none. The mail
 * server gets a domain in ASCII (RFC 5890), in which many spellings are one: compared as they were
 * typed, `acme\u{3002}test` and `acme.test` would be two mailboxes.
 */
export function canonicalAddress(typed: string): string | undefined {
  const plain = typed.trim().normalize('NFKC');
  const at = plain.lastIndexOf('@');
  const [local, domain] = [plain.slice(0, Math.max(at, 0)), plain.slice(at + 1)];
  if (!LOCAL_PART.test(local) || !TYPED_DOMAIN.test(domain)) return undefined;
  const ascii = domainToASCII(domain);
  return DOMAIN.test(ascii) ? `${local}@${ascii}` : undefined;
}

/** Is it the mailbox that the sign-in protects? Sub-addresses (`name+tag@…`, RFC 5233) go there too. */
export function isOwnMailbox(person: Pick<Person, 'email'>, address: string): boolean {
  return withoutTag(address) === withoutTag(person.email);
}

function withoutTag(address: string): string {
  return asMailbox(address).replace(/\+[^@]*@/u, '@');
}
