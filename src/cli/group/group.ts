import { addGroup, addGroupInput } from '../../operations/groups/add-group.ts';
import { changeGroup, changeGroupInput } from '../../operations/groups/change-group.ts';
import { removeGroup } from '../../operations/groups/remove-group.ts';
import { checkOrganisations } from '../../operations/organisations/check-organisations.ts';
import { operatorPerformed } from '../../audit/performed.ts';
import { listGroups, writtenGroup } from '../../records/group.ts';
import { valueOf } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { dayOf } from '../../text/day-of.ts';
import { printable } from '../../text/printable.ts';
import {
  onlyPositional,
  string,
  withInstallation,
  type Command,
  type Options,
} from '../command.ts';
import { confirm, CONFIRMED } from '../confirm.ts';
import { programIn } from '../everywhere.ts';
import { inputFrom } from '../input.ts';
import { printList, type ListItem } from '../list.ts';
import { operationParts } from '../parts.ts';
import { describe } from '../policy-options.ts';
import { UsageError } from '../usage-error.ts';
import { countMembers, groupTyped, organisationAndName, view } from './parts.ts';

export const groupAdd: Command = {
  usage: 'ORGANISATION/NAME [--description TEXT]',
  options: { description: { type: 'string' } },
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const named = organisationAndName(onlyPositional(args, 'ORGANISATION/NAME'));
      const description = string(args.options, 'description');
      const input = inputFrom(addGroupInput, { ...named, description });
      const performed = operatorPerformed(installation.config, world.now());
      const group = valueOf(await addGroup(operationParts(installation), performed, input));
      return { text: `Added group ${printable(writtenGroup(group))}.`, json: view(group) };
    }),
};

export const groupList: Command = {
  usage: '[--org ID]',
  options: { org: { type: 'string' } },
  run: (world, { options }) =>
    withInstallation(world, options, async ({ store }) => {
      const of = string(options, 'org');
      await checkOrganisations(store, of === undefined ? [] : [of]);
      const empty = `No groups yet. Add one: ${programIn(world)} group add ${of ?? 'ORGANISATION'}/NAME`;
      await printList(world, options, listed(store, of), empty, { dispensable: ['id'] });
      return undefined;
    }),
};

async function* listed(store: Store, of: string | undefined): AsyncGenerator<ListItem> {
  for await (const group of listGroups(store, of)) {
    const { id, description } = group;
    yield { row: { group: writtenGroup(group), description, id }, json: view(group) };
  }
}

export const groupShow: Command = {
  usage: 'ORGANISATION/NAME',
  options: {},
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const group = await groupTyped(installation, onlyPositional(args, 'ORGANISATION/NAME'));
      const people = await countMembers(installation.store, group.id);
      const told = {
        id: group.id,
        organisation: group.organisation,
        name: group.name,
        description: group.description || '-',
        people: String(people),
        created_at: dayOf(group.createdAt),
      };
      const width = Math.max(...Object.keys(told).map((name) => name.length));
      const lines = Object.entries(told).map(
        ([name, value]) => `${name.padEnd(width)}  ${printable(value)}`,
      );
      return { text: lines.join('\n'), json: { ...view(group), people } };
    }),
};

export const groupSet: Command = {
  usage: 'ORGANISATION/NAME [--name NAME] [--description TEXT]',
  options: { name: { type: 'string' }, description: { type: 'string' } },
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const change = inputFrom(changeGroupInput, settings(args.options));
      if (Object.keys(change).length === 0) throw new UsageError('Nothing to change was given.');
      const read = await groupTyped(installation, onlyPositional(args, 'ORGANISATION/NAME'));
      const performed = operatorPerformed(installation.config, world.now());
      const parts = operationParts(installation);
      const { group, changed } = valueOf(await changeGroup(parts, performed, read.id, change));
      return {
        text: describe(`group ${writtenGroup(group)}`, changed),
        json: { ...view(group), changed },
      };
    }),
};

function settings(options: Options): { name?: string; description?: string } {
  const [name, description] = [string(options, 'name'), string(options, 'description')];
  return {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
  };
}

export const groupRemove: Command = {
  usage: 'ORGANISATION/NAME [--yes]',
  options: CONFIRMED,
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const group = await groupTyped(installation, onlyPositional(args, 'ORGANISATION/NAME'));
      const people = await countMembers(installation.store, group.id);
      const name = printable(writtenGroup(group));
      await confirm(
        world,
        args.options,
        `This removes the group ${name}, with ${people} ${people === 1 ? 'person' : 'people'} in it, and whatever it gives them in apps. A new one of that name gives nothing of it.`,
      );
      const performed = operatorPerformed(installation.config, world.now());
      valueOf(await removeGroup(operationParts(installation), performed, group.id));
      return { text: `Removed group ${name}.`, json: { ...view(group), removed: true } };
    }),
};
