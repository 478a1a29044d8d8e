/** A change of a person that may give them another login name or address. */
import type { Performed } from '../../audit/performed.ts';
import { isOwnMailbox } from '../../factors/email-code.ts';
import { maskAddress } from '../../text/mailbox.ts';
import type { Notices } from '../../mail/notices.ts';
import type { OutboxMessage } from '../../outbox/message.ts';
import { Problem } from '../../problem.ts';
import type { Person } from '../../records/person.ts';
import { given } from '../input.ts';
import { checkAddressDomain } from '../organisations/address-domain.ts';
import { administerIf, type AdministerParts } from './administer.ts';
import { withOtherNames } from './claims.ts';
import { checkEmail, checkLogin } from './names.ts';

type Names = Pick<Person, 'login' | 'email'>;

interface GivenNames {
  login?: string | undefined;
  email?: string | undefined;
}

interface NamedChange<R> {
  id: string;
  /** As it was read. */
  read: Person | undefined;
  names: GivenNames;
  /** Gives the fields; throws a Problem for what may not be. `mails` go into the same write. */
  change(person: Person, mails?: readonly OutboxMessage[]): { set?: Partial<Person>; result: R };
}

/**
 * As `administerIf`. Problems besides those of `change`: `login-format`, `email-format`, `email-long`, `email-domain`,
 * `login-taken`, `email-taken`, `name-reserved`, `email-second`, `changed-meanwhile`.
 */
export async function changeNamed<R>(
  parts: AdministerParts & { notices: Notices },
  performed: Performed,
  { id, read, names, change }: NamedChange<R>,
): Promise<R> {
  const wanted = read && { login: read.login, email: read.email, ...namesIn(names) };
  if (!wanted || isSame(read, wanted))
    return administerIf(parts, performed, id, (at) => change(at));
  // First, so that whoever may not learns nothing of names, and claims none.
  change(read);
  checkGiven(read, wanted);
  // Before the second factor's address, which is nobody else's to find out by trying.
  if (wanted.email !== read.email)
    await checkAddressDomain(parts.store, performed, { ...read, email: wanted.email });
  checkSecond(read, wanted);
  const mails = await mailsAbout(parts, performed, read, wanted);
  return withOtherNames(parts.store, read, wanted, performed.now, () =>
    administerIf(parts, performed, id, (person) => {
      if (!isSame(person, read)) throw new Problem('changed-meanwhile', { status: 409 });
      checkSecond(person, wanted);
      return change(person, mails);
    }),
  );
}

function namesIn({ login, email }: GivenNames): Partial<Names> {
  return given<Names>({ login, email });
}

function isSame(one: Names, other: Names): boolean {
  return one.login === other.login && one.email === other.email;
}

function checkGiven(read: Person, wanted: Names): void {
  if (wanted.login !== read.login) checkLogin(wanted.login);
  if (wanted.email !== read.email) checkEmail(wanted.email);
}

/** The address of the second factor is never the mailbox that the sign-in protects. */
function checkSecond({ email: before, secondaryEmail }: Person, { email }: Names): void {
  if (email !== before && secondaryEmail && isOwnMailbox({ email }, secondaryEmail.address))
    throw new Problem('email-second', { status: 409 });
}

/** To the old address and to the new one. */
async function mailsAbout(
  { notices }: { notices: Notices },
  performed: Performed,
  read: Person,
  { login, email }: Names,
): Promise<OutboxMessage[]> {
  const tell = (to: string, values: { what: string; name: string }) =>
    notices.about(read, performed, { template: 'account-changed', to, values });
  const ofMailbox = { what: 'mailbox-changed', name: maskAddress(email) };
  const ofLogin = { what: 'login-changed', name: login };
  return [
    ...(email === read.email ? [] : await tell(read.email, ofMailbox)),
    ...(email === read.email ? [] : await tell(email, ofMailbox)),
    ...(login === read.login ? [] : await tell(email, ofLogin)),
  ];
}
