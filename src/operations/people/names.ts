/** What people can be called. */
import { Problem, refuseFaults } from '../../problem.ts';
import { fold } from '../../text/fold.ts';
import { asMailbox } from '../../text/mailbox.ts';
import { isName, isPrintable } from '../../text/printable.ts';

/** Units of UTF-16 once it is folded: what an id in the store has room for (`email:…`, records/person.ts). */
export const LONGEST_ADDRESS = 194;

export interface Names {
  login: string;
  email: string;
  name: string;
}

/** Throws what is wrong with them. */
export function checkNames(names: Names): void {
  refuseFaults(nameFaults(names));
}

export function nameFaults({ login, email, name }: Names): {
  [field in keyof Names]: Problem | undefined;
} {
  return {
    login: isLogin(login) ? undefined : new Problem('login-format'),
    email: emailFault(email),
    name: isName(name) ? undefined : new Problem('name-format'),
  };
}

/** Problem `login-format`. */
export function checkLogin(login: string): void {
  if (!isLogin(login)) throw new Problem('login-format');
}

/** Problems `email-format` and `email-long`. */
export function checkEmail(email: string): void {
  const fault = emailFault(email);
  if (fault) throw fault;
}

function isLogin(login: string): boolean {
  return isPrintable(login.trim()) && /^[^\s@]{1,64}$/u.test(fold(login));
}

function emailFault(email: string): Problem | undefined {
  if (Math.max(fold(email).length, asMailbox(email).length) > LONGEST_ADDRESS)
    return new Problem('email-long', { values: { maximum: LONGEST_ADDRESS } });
  const isAddress = isPrintable(email.trim()) && /^[^\s@]{1,64}@[^\s@]+$/u.test(fold(email));
  return isAddress ? undefined : new Problem('email-format');
}
