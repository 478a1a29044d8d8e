import { type Performed, operatorPerformed } from '../../audit/performed.ts';
import { createPasswords } from '../../factors/password.ts';
import {
  addPerson,
  addPersonInput,
  checkNewPerson,
  type NewPerson,
} from '../../operations/people/add-person.ts';
import { addPersonWithPassword } from '../../operations/people/add-person-with-password.ts';
import { makePasswordLink } from '../../operations/people/make-password-link.ts';
import { PERSON_MFA, ROLES, type Person } from '../../records/person.ts';
import { valueOf } from '../../result.ts';
import { printable } from '../../text/printable.ts';
import type { World } from '../../server/world.ts';
import { wholeInput } from '../input.ts';
import { UsageError } from '../usage-error.ts';
import {
  onlyPositional,
  oneOf,
  required,
  strings,
  withInstallation,
  type Arguments,
  type Command,
} from '../command.ts';
import { groupTyped } from '../group/parts.ts';
import type { Installation } from '../../server/opened.ts';
import { operationParts, type OperationParts } from '../parts.ts';
import { view } from './list.ts';
import { linkText } from './security.ts';

export const userAdd: Command = {
  usage: [
    'LOGIN --org ID --email ADDRESS --name NAME [--mfa inherit|available|required]',
    `[--role ${ROLES.join('|')}] [--group GROUP]… [--password-stdin]`,
  ].join('\n         '),
  options: {
    org: { type: 'string' },
    email: { type: 'string' },
    name: { type: 'string' },
    role: { type: 'string', values: ROLES },
    mfa: { type: 'string', values: PERSON_MFA },
    group: { type: 'string', multiple: true },
    'password-stdin': { type: 'boolean' },
  },
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const input = { ...inputFrom(args), ...(await groupsFrom(installation, args)) };
      const parts = operationParts(installation);
      const performed = operatorPerformed(parts.config, world.now());
      const withPassword = args.options['password-stdin'] === true;
      const added = withPassword
        ? await addWithPassword(parts, performed, input, world)
        : valueOf(await addPerson(parts, performed, input));
      const link = withPassword
        ? undefined
        : valueOf(await makePasswordLink(parts, performed, added.id));
      const text = `Added ${printable(`${added.login} (${added.name})`)}.${link ? `\n${linkText(parts.config, link)}` : ''}`;
      return { text, json: { ...view(added), ...(link ? { password_link: link } : {}) } };
    }),
};

function inputFrom(args: Arguments): NewPerson {
  const { options } = args;
  return addPersonInput.parse({
    login: onlyPositional(args, 'LOGIN'),
    organisation: required(options, 'org'),
    email: required(options, 'email'),
    name: required(options, 'name'),
    role: oneOf(options, 'role', ROLES),
    mfa: oneOf(options, 'mfa', PERSON_MFA),
  });
}

async function groupsFrom(
  installation: Installation,
  { options }: Arguments,
): Promise<Pick<NewPerson, 'groups'>> {
  const of = required(options, 'org');
  const typed = strings(options, 'group');
  if (typed.length === 0) return {};
  const groups = await Promise.all(typed.map((group) => groupTyped(installation, group, of)));
  return { groups: groups.map(({ id }) => id) };
}

async function addWithPassword(
  parts: OperationParts,
  performed: Performed,
  input: NewPerson,
  world: World,
): Promise<Person> {
  const { config, store } = parts;
  // Nobody types a password for somebody who can't be added.
  await checkNewPerson(store, performed, input, true);
  const password = await passwordFrom(world);
  // Typing it may have taken minutes, after which names that were claimed at the beginning are anybody's.
  const late = { ...performed, now: world.now() };
  const { hash_memory_kib: memoryKib, hash_passes: passes } = config.passwords;
  const passwords = await createPasswords({ memoryKib, passes, workers: config.workers });
  return valueOf(await addPersonWithPassword({ ...parts, passwords }, late, input, password));
}

async function passwordFrom(world: World): Promise<string> {
  const password = (await wholeInput(world)).replace(/\r?\n$/u, '');
  if (password === '') throw new UsageError('No password came on standard input.');
  return password;
}
