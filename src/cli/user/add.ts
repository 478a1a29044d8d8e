import { getOrganisation } from '../../records/organisation.ts';
import { createPasswords } from '../../factors/password.ts';
import { checkNames } from '../../records/person-names.ts';
import { addPerson, newPersonId, PERSON_MFA, ROLES } from '../../records/person.ts';
import { Problem } from '../../problem.ts';
import { printable } from '../../text/printable.ts';
import type { World } from '../../server/world.ts';
import type { Installation } from '../../server/opened.ts';
import { UsageError } from '../usage-error.ts';
import { onlyPositional, oneOf, required, withInstallation, type Command } from '../command.ts';
import { operatorEvent } from './about-person.ts';
import { view } from './list.ts';
import { linkText, passwordLink } from './security.ts';

export const userAdd: Command = {
  usage: [
    'LOGIN --org ID --email ADDRESS --name NAME [--mfa inherit|available|required]',
    `[--role ${ROLES.join('|')}] [--password-stdin]`,
  ].join('\n         '),
  options: {
    org: { type: 'string' },
    email: { type: 'string' },
    name: { type: 'string' },
    role: { type: 'string' },
    mfa: { type: 'string' },
    'password-stdin': { type: 'boolean' },
  },
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const { options } = args;
      const person = {
        login: onlyPositional(args, 'LOGIN'),
        organisation: required(options, 'org'),
        email: required(options, 'email'),
        name: required(options, 'name'),
        role: oneOf(options, 'role', ROLES),
        mfa: oneOf(options, 'mfa', PERSON_MFA),
      };
      checkNames(person);
      await checkOrganisation(installation, person.organisation);
      const passwordHash =
        options['password-stdin'] === true ? await passwordFrom(world, installation, person) : null;
      const id = newPersonId();
      const event = operatorEvent('person.added', { ...person, id }, world.now());
      const input = { ...person, passwordHash, postings: [event] };
      const added = await addPerson(installation.store, input, world.now(), id);
      const link =
        passwordHash === null ? await passwordLink(world, installation, added) : undefined;
      const text = `Added ${printable(`${added.login} (${added.name})`)}.${link ? `\n${linkText(installation, link)}` : ''}`;
      return { text, json: { ...view(added), ...(link ? { password_link: link } : {}) } };
    }),
};

async function checkOrganisation({ store }: Installation, id: string): Promise<void> {
  if (!(await getOrganisation(store, id)))
    throw new Problem('organisation-unknown', { values: { id } });
}

async function passwordFrom(
  world: World,
  { config }: Installation,
  person: { login: string; email: string; name: string },
): Promise<string> {
  let password = '';
  for await (const chunk of world.stdin) password += chunk.toString();
  password = password.replace(/\r?\n$/u, '');
  if (password === '') throw new UsageError('No password came on standard input.');
  const { hash_memory_kib: memoryKib, hash_passes: passes, min_length: minimum } = config.passwords;
  const passwords = await createPasswords({ memoryKib, passes, workers: config.workers });
  passwords.check(password, { minimum, known: [person.login, person.email, person.name] });
  return passwords.hash(password);
}
