/**
 * Is the address what `email_verified` says (OIDC Core §5.1)? Relying parties join accounts by it. Pure.
 */
import { fold } from '../../text/fold.ts';
import type { Person } from '../../records/person.ts';

/**
 * It is in a domain of the person's organisation, or a link that was mailed there was used. `domains`: null
 * where nobody has said any since a version before that knew none: its administrator vouches for all, as then,
 * but for what is `elsewhere`, in a domain that another organisation has.
 */
export function isEmailVerified(
  person: Pick<Person, 'email' | 'provenEmail'>,
  domains: readonly string[] | null,
  elsewhere = false,
): boolean {
  if (isProven(person)) return true;
  if (domains === null) return !elsewhere;
  const domain = domainOf(person.email);
  return domain !== '' && domains.includes(domain);
}

/** Of the address that they have now. */
export function isProven({ email, provenEmail }: Pick<Person, 'email' | 'provenEmail'>): boolean {
  return provenEmail !== undefined && provenEmail === fold(email);
}

/** As organisations' domains are kept (`asDomain`); empty: there is none. */
export function domainOf(email: string): string {
  return asDomain(email.slice(email.lastIndexOf('@') + 1)) ?? '';
}

/** Units of UTF-16, as DNS has it. */
const LONGEST_DOMAIN = 253;

/** Of small letters and digits, and under letters alone: no number. */
const PLAIN = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z]{2,63}$/u;

/**
 * As it is compared: the ASCII form (UTS #46), in lower case and without a last dot. Undefined: no domain
 * that addresses can be in, but one label, a number, or what DNS cannot hold (RFC 1035 §2.3.4).
 */
export function asDomain(written: string): string | undefined {
  // As nearly all are written: what is read below is the same.
  if (written.length <= LONGEST_DOMAIN && PLAIN.test(written) && !written.includes('xn--'))
    return written;
  const url = `http://${fold(written)}/`;
  // Nothing that would end the host (WHATWG URL §4.4).
  if (/[\s/?#@:\\[\]%]/u.test(fold(written)) || !URL.canParse(url)) return undefined;
  const ascii = new URL(url).hostname.replace(/\.$/u, '');
  const labels = ascii.split('.');
  const isWellFormed =
    ascii.length <= LONGEST_DOMAIN &&
    labels.length > 1 &&
    labels.every((label) => /^(?!-)[a-z\d-]{1,63}(?<!-)$/u.test(label)) &&
    !/^\d+$/u.test(labels.at(-1) ?? '');
  return isWellFormed ? ascii : undefined;
}
