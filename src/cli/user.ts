import { makeLink } from '../accounts/links.ts';
import { getOrganisation } from '../accounts/organisation.ts';
import { createPasswords } from '../accounts/password.ts';
import {
  addPerson,
  checkNames,
  disablePerson,
  findPerson,
  PERSON_MFA,
  personKind,
  ROLES,
  type Person,
} from '../accounts/person.ts';
import { clearAllAttempts } from '../factors/attempts.ts';
import { heldFactors } from '../factors/factor.ts';
import { Problem } from '../problem.ts';
import {
  onlyPositional,
  oneOf,
  required,
  string,
  table,
  UsageError,
  withInstallation,
  type Command,
  type Installation,
  type World,
} from './command.ts';

export const userAdd: Command = {
  name: 'user add',
  usage:
    'LOGIN --org ID --email ADDRESS --name NAME [--role member|administrator] [--mfa inherit|available|required] [--password-stdin]',
  summary: 'Adds a person; prints a link to set the password unless one comes on standard input.',
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
      const added = await addPerson(installation.store, { ...person, passwordHash }, world.now());
      const link =
        passwordHash === null ? await passwordLink(world, installation, added) : undefined;
      const text = `Added ${added.login} (${added.name}).${link ? `\n${linkText(installation, link)}` : ''}`;
      return { text, json: { ...view(added), ...(link ? { password_link: link } : {}) } };
    }),
};

export const userList: Command = {
  name: 'user list',
  usage: '[--org ID]',
  summary: 'Lists people, with their factors.',
  options: { org: { type: 'string' } },
  run: (world, { options }) =>
    withInstallation(world, options, async ({ store }) => {
      const organisation = string(options, 'org');
      const { items } =
        organisation === undefined
          ? await store.scan(personKind, { limit: 10_000 })
          : await store.find(personKind, {
              index: 'organisation',
              equals: organisation,
              limit: 10_000,
            });
      const people = items.map(({ value }) => view(value));
      const rows = people.map(({ factors, active, ...rest }) => ({
        ...rest,
        factors: factors.join(' ') || '-',
        state: active ? 'active' : 'disabled',
      }));
      return {
        text: table(rows, 'Nobody yet. Add somebody: latchkey user add LOGIN --org ID …'),
        json: people,
      };
    }),
};

export const userPasswordLink: Command = {
  name: 'user password-link',
  usage: 'LOGIN',
  summary: 'Prints a new one-time link with which the person sets a password.',
  options: {},
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const person = await personNamed(installation, onlyPositional(args, 'LOGIN'));
      const link = await passwordLink(world, installation, person);
      return {
        text: linkText(installation, link),
        json: { login: person.login, password_link: link },
      };
    }),
};

export const userUnlock: Command = {
  name: 'user unlock',
  usage: 'LOGIN',
  summary: 'Lifts the delays and the suspension after too many wrong passwords or codes.',
  options: {},
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const person = await personNamed(installation, onlyPositional(args, 'LOGIN'));
      await clearAllAttempts(installation.store, person.id);
      return {
        text: `${person.login} can sign in again at once.`,
        json: { login: person.login, unlocked: true },
      };
    }),
};

export const userDisable: Command = {
  name: 'user disable',
  usage: 'LOGIN',
  summary: 'Disables a person: sessions, grants and tokens end at once.',
  options: {},
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const person = await personNamed(installation, onlyPositional(args, 'LOGIN'));
      await disablePerson(installation.store, person.id);
      return { text: `Disabled ${person.login}.`, json: { login: person.login, active: false } };
    }),
};

async function personNamed({ store }: Installation, name: string): Promise<Person> {
  const person = await findPerson(store, name);
  if (!person) throw new Problem('person-unknown');
  return person;
}

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

async function passwordLink(
  world: World,
  installation: Installation,
  person: Person,
): Promise<string> {
  const { config } = installation;
  const purpose = { purpose: 'set-password' as const, person: person.id, epoch: person.epoch };
  const token = await makeLink(installation, purpose, config.lifetimes.password_link, world.now());
  return `${config.issuer}/set-password?token=${token}`;
}

function linkText({ config }: Installation, link: string): string {
  const hours = Math.round(config.lifetimes.password_link / 3600);
  return `Give this link to the person; it sets the password, once, within ${hours} h:\n${link}`;
}

function view(person: Person) {
  const { id, login, name, email, organisation, role, mfa, active } = person;
  return { id, login, name, email, organisation, role, mfa, active, factors: heldFactors(person) };
}
