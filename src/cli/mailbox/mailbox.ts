/** Service mailboxes: copiers, scanners and shared mailboxes, by which nobody signs in, and their application codes. */
import { operatorPerformed } from '../../audit/performed.ts';
import {
  addPasscodeInput,
  PASSCODE_DAYS,
  type AddPasscodeInput,
} from '../../operations/account/passcodes.ts';
import { checkOrganisations } from '../../operations/organisations/check-organisations.ts';
import { revokeServicePasscode } from '../../operations/people/security/end-one.ts';
import {
  addServiceMailbox,
  addServicePasscode,
  listServiceMailboxes,
} from '../../operations/people/services/service-mailbox.ts';
import type { Performed } from '../../audit/performed.ts';
import { PROTOCOLS, type Passcode } from '../../records/passcode.ts';
import type { Person } from '../../records/person.ts';
import { Problem } from '../../problem.ts';
import { valueOf } from '../../result.ts';
import type { Installation } from '../../server/opened.ts';
import type { World } from '../../server/world.ts';
import { pages } from '../../storage/pages.ts';
import { dayOf } from '../../text/day-of.ts';
import { printable } from '../../text/printable.ts';
import {
  oneOf,
  onlyPositional,
  required,
  string,
  strings,
  withInstallation,
  type Command,
  type Options,
} from '../command.ts';
import { confirm, CONFIRMED } from '../confirm.ts';
import { programIn } from '../everywhere.ts';
import { printList, type ListItem } from '../list.ts';
import { operationParts } from '../parts.ts';
import { UsageError } from '../usage-error.ts';
import { aboutPerson } from '../user/about-person.ts';

export const mailboxAdd: Command = {
  usage: 'LOGIN --org ID --email ADDRESS --name NAME',
  options: { org: { type: 'string' }, email: { type: 'string' }, name: { type: 'string' } },
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const input = {
        login: onlyPositional(args, 'LOGIN'),
        organisation: required(args.options, 'org'),
        email: required(args.options, 'email'),
        name: required(args.options, 'name'),
      };
      const performed = operatorPerformed(installation.config, world.now());
      const added = valueOf(
        await addServiceMailbox(operationParts(installation), performed, input),
      );
      const text = [
        `Added ${printable(`${added.login} (${added.name})`)}. Nobody signs in by it.`,
        `Give it a code: ${programIn(world)} mailbox passcode ${printable(added.login)} --name PROGRAM --protocol smtp --network CIDR`,
      ].join('\n');
      return { text, json: view(added) };
    }),
};

export const mailboxList: Command = {
  usage: '[--org ID]',
  options: { org: { type: 'string' } },
  run: (world, { options }) =>
    withInstallation(world, options, async (installation) => {
      const of = string(options, 'org');
      await checkOrganisations(installation.store, of === undefined ? [] : [of]);
      const performed = operatorPerformed(installation.config, world.now());
      const empty = `No service mailboxes yet. Add one: ${programIn(world)} mailbox add LOGIN --org ${of ?? 'ORGANISATION'} --email ADDRESS --name NAME`;
      const mailboxes = listed(installation, performed, of);
      await printList(world, options, mailboxes, empty, { dispensable: ['email'] });
      return undefined;
    }),
};

async function* listed(
  { store }: Installation,
  performed: Performed,
  of: string | undefined,
): AsyncGenerator<ListItem> {
  const read = async (after: string | undefined) =>
    valueOf(await listServiceMailboxes({ store }, performed, after));
  for await (const { mailboxes } of pages(read))
    for (const mailbox of mailboxes)
      if (of === undefined || mailbox.organisation === of)
        yield { row: rowOf(mailbox), json: view(mailbox) };
}

function rowOf({ login, name, email, organisation, passcodes, active }: Person) {
  const codes = passcodes.map((one) => `${one.id} ${one.name}`).join(', ') || '-';
  return { login, name, email, organisation, active: active ? 'yes' : 'no', codes };
}

export const mailboxPasscode: Command = {
  usage: [
    `LOGIN --name PROGRAM --protocol ${PROTOCOLS.join('|')}… --network CIDR…`,
    `[--days ${PASSCODE_DAYS.join('|')}]`,
  ].join('\n         '),
  options: {
    name: { type: 'string' },
    protocol: { type: 'string', multiple: true, values: PROTOCOLS },
    network: { type: 'string', multiple: true },
    days: { type: 'string', values: PASSCODE_DAYS },
  },
  run: aboutPerson(async ({ parts, performed, person: { id, login }, options }) => {
    const input = passcodeIn(options);
    const { letters } = valueOf(await addServicePasscode(parts, performed, id, input));
    return {
      text: `The code of ${printable(`${input.name} (${login})`)}, shown this once; blanks do not count:\n\n  ${letters}\n`,
      json: { login, name: input.name, passcode: letters.replaceAll(' ', '') },
    };
  }),
};

function passcodeIn(options: Options): AddPasscodeInput {
  const read = addPasscodeInput.safeParse({
    name: required(options, 'name'),
    protocols: strings(options, 'protocol'),
    networks: strings(options, 'network'),
    days: oneOf(options, 'days', PASSCODE_DAYS) ?? '0',
  });
  if (read.success) return read.data;
  const field = String(read.error.issues[0]?.path[0]);
  throw new UsageError(WRONG[field] ?? WRONG['name']!);
}

/** By the field that is wrong. */
const WRONG: Readonly<Record<string, string>> = {
  name: 'The --name of the program is a text of 60 characters at most.',
  protocols: `--protocol is one of ${PROTOCOLS.join(', ')}, once for each.`,
  networks: 'A --network is an address range such as 192.0.2.0/24, and not everywhere.',
};

export const mailboxRevoke: Command = {
  usage: 'LOGIN ID [--yes]',
  options: CONFIRMED,
  run: (world, args) => {
    const [login, item, ...more] = args.positionals;
    if (login === undefined || item === undefined || more.length > 0)
      throw new UsageError('Give the LOGIN of the mailbox and the ID of one of its codes.');
    const revoke = aboutPerson(async ({ parts, performed, person, options }) => {
      const whose = printable(person.login);
      // What would be refused is not asked first.
      if (!person.service) throw notOfMailbox(world, person);
      await confirm(
        world,
        options,
        `The program that has the code ${printable(item)} of ${whose} can no longer get or send mail with it.`,
      );
      const { name } = valueOf(await revokeServicePasscode(parts, performed, person.id, item));
      const text = `Revoked: ${printable(name)} of ${whose}.`;
      return { text, json: { login: person.login, passcode: item, name, revoked: true } };
    });
    return revoke(world, { ...args, positionals: [login] });
  },
};

/** All codes of a person can be ended here too, with all else that is open. */
function notOfMailbox(world: World, { login }: Person): Problem {
  const lockDown = `${programIn(world)} user lock-down ${printable(login)}`;
  const hint = ` Where somebody else may be in the account: ${lockDown}`;
  return Object.assign(new Problem('service-code', { status: 409 }), { hint });
}

function view({ id, login, name, email, organisation, passcodes, active }: Person) {
  return { id, login, name, email, organisation, active, passcodes: passcodes.map(passcodeView) };
}

function passcodeView({ id, name, protocols, networks, createdAt, expiresAt }: Passcode) {
  return {
    id,
    name,
    protocols,
    networks,
    created_at: dayOf(createdAt),
    expires_at: expiresAt === null ? null : dayOf(expiresAt),
  };
}
