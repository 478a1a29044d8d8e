/**
 * Is the address what `email_verified` says (OIDC Core §5.1)? Relying parties join accounts by it. Pure.
 */
import { fold } from '../../text/fold.ts';
import { asDomain } from '../../text/mailbox.ts';
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
