/** What people can be called. */
import { Problem } from '../../problem.ts';
import { fold } from '../../text/fold.ts';
import { isName, isPrintable } from '../../text/printable.ts';

/** Units of UTF-16 once it is folded: what an id in the store has room for (`email:…`, records/person.ts). */
export const LONGEST_ADDRESS = 194;

/** Throws the Problem of the first name that can't be used. */
export function checkNames(names: { login: string; email: string; name: string }): void {
  const { login, email, name } = names;
  const isLogin = isPrintable(login.trim()) && /^[^\s@]{1,64}$/u.test(fold(login));
  if (!isLogin) throw new Problem('login-format');
  if (fold(email).length > LONGEST_ADDRESS)
    throw new Problem('email-long', { values: { maximum: LONGEST_ADDRESS } });
  const isAddress = isPrintable(email.trim()) && /^[^\s@]{1,64}@[^\s@]+$/u.test(fold(email));
  if (!isAddress) throw new Problem('email-format');
  if (!isName(name)) throw new Problem('name-format');
}
