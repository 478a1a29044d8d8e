import type { Performed } from '../../audit/performed.ts';
import type { Config } from '../../config/schema.ts';
import type { Passwords } from '../../factors/password.ts';
import type { Person } from '../../records/person.ts';
import { resultOf, valueOf, type Result } from '../../result.ts';
import { addPerson, checkNewPerson, type AddPersonParts, type NewPerson } from './add-person.ts';

export interface WithPasswordParts extends AddPersonParts {
  config: Pick<Config, 'passwords'>;
  passwords: Pick<Passwords, 'faultOf' | 'hash'>;
}

/** The operator's: nobody else makes a password for somebody. Problems: of `addPerson`, and of the password. */
export function addPersonWithPassword(
  { config, passwords, ...parts }: WithPasswordParts,
  performed: Performed,
  input: NewPerson,
  password: string,
): Promise<Result<Person>> {
  return resultOf(async () => {
    // Before anything is hashed.
    await checkNewPerson(parts.store, performed, input, true);
    const known = [input.login, input.email, input.name];
    const minimum = config.passwords.min_length;
    const fault = await passwords.faultOf(password, { minimum, known });
    if (fault) throw fault;
    const passwordHash = await passwords.hash(password, input.login);
    return valueOf(await addPerson(parts, performed, input, { credentials: { passwordHash } }));
  });
}
