/** What a password has to be before it becomes somebody's, whichever way it is set. */
import { z } from 'zod';
import type { Config } from '../../config/schema.ts';
import type { Passwords } from '../../factors/password.ts';
import { isSamePassword, LONGEST_TYPED, type PasswordRules } from '../../factors/password-rules.ts';
import { isEnrolled } from '../../policy/factors.ts';
import { Problem } from '../../problem.ts';
import { getOrganisation } from '../../records/organisation.ts';
import type { Person } from '../../records/person.ts';
import type { Store } from '../../storage/store.ts';

export interface NewPasswordParts {
  store: Pick<Store, 'get'>;
  config: Pick<Config, 'passwords'>;
  passwords: Passwords;
}

/** What is too long anyway is cut: it is told by the rules, in their own words. */
export const typedPassword = z
  .string()
  .default('')
  .transform((typed) => typed.slice(0, LONGEST_TYPED + 1));

export interface NewPassword {
  password: string;
  /** Where a form has it typed twice. */
  password_repeat?: string | undefined;
}

/** NIST SP 800-63B-4 §3.1.1.2: 15 characters where the password stands alone, 8 with a second factor. */
export function shortestPassword({ passwords }: Pick<Config, 'passwords'>, person: Person): number {
  return isEnrolled(person) ? passwords.min_length_with_mfa : passwords.min_length;
}

/** Each names what is wrong: `required`, `password-short`, `password-common` and so on; `password-repeat`. */
export async function newPasswordFaults(
  { store, config, passwords }: NewPasswordParts,
  person: Person,
  given: NewPassword,
): Promise<NewPasswordFaults> {
  const organisation = await getOrganisation(store, person.organisation);
  const known = [person.login, person.email, person.name, organisation?.name ?? ''];
  const minimum = shortestPassword(config, person);
  return passwordFaults(passwords, given, { minimum, known });
}

export interface NewPasswordFaults {
  password: Problem | undefined;
  password_repeat: Problem | undefined;
}

export async function passwordFaults(
  passwords: Pick<Passwords, 'faultOf'>,
  { password, password_repeat: again = password }: NewPassword,
  rules: PasswordRules,
): Promise<NewPasswordFaults> {
  const isMissing = password === '';
  return {
    password: isMissing ? new Problem('required') : await passwords.faultOf(password, rules),
    password_repeat: isSamePassword(password, again) ? undefined : new Problem('password-repeat'),
  };
}
