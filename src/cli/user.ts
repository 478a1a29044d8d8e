import { getOrganisation } from '../accounts/organisation.ts';
import { createPasswords } from '../accounts/password.ts';
import {
  addPerson,
  checkNames,
  listPeople,
  newPersonId,
  PERSON_MFA,
  ROLES,
  type Person,
} from '../accounts/person.ts';
import { listComputers } from '../devices/trusted-computer.ts';
import { heldFactors } from '../factors/factor.ts';
import { codesLeft } from '../factors/one-time-codes.ts';
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
import { operatorEvent, personNamed } from './user-event.ts';
import { linkText, passwordLink } from './user-security.ts';

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
      const id = newPersonId();
      const event = operatorEvent('person.added', { ...person, id }, world.now());
      const input = { ...person, passwordHash, postings: [event] };
      const added = await addPerson(installation.store, input, world.now(), id);
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
      const people = (await listPeople(store, organisation)).map(view);
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

export const userShow: Command = {
  name: 'user show',
  usage: 'LOGIN',
  summary: 'Shows one person: policy, factors, trusted computers.',
  options: {},
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const person = await personNamed(installation, onlyPositional(args, 'LOGIN'));
      const computers = await listComputers(installation, person.id);
      const json = {
        ...view(person),
        grace_until: person.mfaFrom,
        allowed_factors: person.factors,
        trusted_days: person.trustedDays,
        secondary_email: person.secondaryEmail?.address ?? null,
        secondary_email_verified: typeof person.secondaryEmail?.verifiedAt === 'number',
        one_time_codes_left: codesLeft(person),
        trusted_computers: computers.length,
        enrolment_code_pending: person.enrolmentCode !== null,
      };
      const width = Math.max(...Object.keys(json).map((name) => name.length));
      const text = Object.entries(json)
        .map(([name, value]) => `${name.padEnd(width)}  ${showValue(value)}`)
        .join('\n');
      return { text, json };
    }),
};

function showValue(value: readonly string[] | string | number | boolean | null): string {
  if (Array.isArray(value)) return value.join(' ') || '-';
  return value === null ? '-' : String(value);
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

function view(person: Person) {
  const { id, login, name, email, organisation, role, mfa, active } = person;
  return { id, login, name, email, organisation, role, mfa, active, factors: heldFactors(person) };
}
