/** What a password has to be before it becomes somebody's, whichever way it is set. */
import { z } from 'zod';
import type { Config } from '../../config/schema.ts';
import type { Passwords } from '../../factors/password.ts';
import { isEnrolled } from '../../policy/factors.ts';
import { getOrganisation } from '../../records/organisation.ts';
import type { Person } from '../../records/person.ts';
import type { Store } from '../../storage/store.ts';

export interface NewPasswordParts {
  store: Pick<Store, 'get'>;
  config: Pick<Config, 'passwords'>;
  passwords: Passwords;
}

/** As it is typed; its rules are `newPasswordHash`'s. */
export const typedPassword = z
  .string()
  .max(1024, 'too-long')
  .default('')
  .pipe(z.string().min(1, 'required'));

/** NIST SP 800-63B-4 §3.1.1.2: 15 characters where the password stands alone, 8 with a second factor. */
export function shortestPassword({ passwords }: Pick<Config, 'passwords'>, person: Person): number {
  return isEnrolled(person) ? passwords.min_length_with_mfa : passwords.min_length;
}

/** Problems, each of which names what is wrong with it: `password-short`, `password-common` and so on. */
export async function newPasswordHash(
  { store, config, passwords }: NewPasswordParts,
  person: Person,
  password: string,
): Promise<string> {
  const organisation = await getOrganisation(store, person.organisation);
  const known = [person.login, person.email, person.name, organisation?.name ?? ''];
  const minimum = shortestPassword(config, person);
  const fault = await passwords.faultOf(password, { minimum, known });
  if (fault) throw fault;
  return passwords.hash(password);
}
