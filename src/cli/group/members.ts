import { operatorPerformed, type Performed } from '../../audit/performed.ts';
import { listMembers } from '../../operations/groups/list-members.ts';
import { updatePerson } from '../../operations/people/update-person.ts';
import { Problem } from '../../problem.ts';
import { writtenGroup, type Group } from '../../records/group.ts';
import { findPerson, type Person } from '../../records/person.ts';
import { valueOf } from '../../result.ts';
import { pages } from '../../storage/pages.ts';
import type { Store } from '../../storage/store.ts';
import { printable } from '../../text/printable.ts';
import {
  onlyPositional,
  strings,
  withInstallation,
  type Command,
  type Options,
} from '../command.ts';
import { programIn } from '../everywhere.ts';
import { printList, type ListItem } from '../list.ts';
import { operationParts, type OperationParts } from '../parts.ts';
import { UsageError } from '../usage-error.ts';
import { groupTyped, view } from './parts.ts';

export const groupMembers: Command = {
  usage: 'ORGANISATION/NAME [--add LOGIN…] [--remove LOGIN…]',
  options: {
    add: { type: 'string', multiple: true },
    remove: { type: 'string', multiple: true },
  },
  run: (world, args) =>
    withInstallation(world, args.options, async (installation) => {
      const group = await groupTyped(installation, onlyPositional(args, 'ORGANISATION/NAME'));
      const parts = operationParts(installation);
      const performed = operatorPerformed(installation.config, world.now());
      const wanted = await peopleIn(installation.store, args.options);
      if (wanted.length > 0) return changed(parts, performed, group, wanted);
      const name = writtenGroup(group);
      const empty = `Nobody is in ${printable(name)} yet: ${programIn(world)} group members ${printable(name)} --add LOGIN`;
      await printList(world, args.options, listed(installation.store, performed, group.id), empty, {
        dispensable: ['id', 'email'],
      });
      return undefined;
    }),
};

interface Wanted {
  typed: string;
  person: Person;
  isAdded: boolean;
}

/** All of them, before anything is changed. */
async function peopleIn(store: Store, options: Options): Promise<Wanted[]> {
  const [add, remove] = [strings(options, 'add'), strings(options, 'remove')];
  const wanted = new Map<string, Wanted>();
  for (const [typed, isAdded] of [
    ...add.map((name) => [name, true] as const),
    ...remove.map((name) => [name, false] as const),
  ]) {
    const person = await findPerson(store, typed);
    if (!person) throw about(new Problem('person-unknown'), typed, []);
    const before = wanted.get(person.id);
    if (before && before.isAdded !== isAdded)
      throw new UsageError(`${printable(typed)} cannot be added and removed at once.`);
    wanted.set(person.id, { typed, person, isAdded });
  }
  return [...wanted.values()];
}

/** One after the other: each is one write. */
async function changed(
  parts: OperationParts,
  performed: Performed,
  group: Group,
  wanted: readonly Wanted[],
) {
  const done: string[] = [];
  const [added, removed]: [string[], string[]] = [[], []];
  for (const { typed, person, isAdded } of wanted) {
    const input = isAdded ? { addGroups: [group.id] } : { removeGroups: [group.id] };
    const result = await updatePerson(parts, performed, person.id, input);
    if (!result.ok) throw about(result.problem, typed, done);
    if (Object.keys(result.value).length > 0) (isAdded ? added : removed).push(person.login);
    done.push(person.login);
  }
  const lines = [
    ...(added.length > 0 ? [`Added: ${added.join(', ')}.`] : []),
    ...(removed.length > 0 ? [`Removed: ${removed.join(', ')}.`] : []),
  ];
  const text =
    lines.length > 0
      ? [`Changed group ${printable(writtenGroup(group))}:`, ...lines.map(printable)].join('\n  ')
      : `Nothing to change: ${printable(writtenGroup(group))} is like that already.`;
  return { text, json: { ...view(group), added, removed } };
}

/** Says whom it is about, and who was seen to before. */
function about(problem: Problem, typed: string, done: readonly string[]): Problem {
  const rest = done.length > 0 ? `Done before: ${done.join(', ')}.` : 'Nothing was changed.';
  return Object.assign(problem, { hint: printable(` This is about “${typed}”. ${rest}`) });
}

async function* listed(store: Store, performed: Performed, id: string): AsyncGenerator<ListItem> {
  for await (const { id: subject, login, name, email, active } of membersIn(store, performed, id)) {
    const row = { id: subject, login, name, email, state: active ? 'active' : 'disabled' };
    yield { row, json: { id: subject, login, name, email, active } };
  }
}

/** In the order of their login names. */
export async function* membersIn(
  store: Pick<Store, 'get' | 'getMany' | 'find'>,
  performed: Performed,
  group: string,
): AsyncGenerator<Person> {
  const read = async (after: string | undefined) =>
    valueOf(await listMembers({ store }, performed, group, { after, limit: 200 }));
  for await (const { people } of pages(read)) yield* people;
}
