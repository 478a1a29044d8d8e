/** Which groups a person is to be in: what is given and taken, of the person as they are in the write. */
import { z } from 'zod';
import { Problem } from '../../problem.ts';
import { getGroups, groupUnknown, type Group } from '../../records/group.ts';
import type { Person } from '../../records/person.ts';
import type { Store } from '../../storage/store.ts';
import { boundedText } from '../input.ts';

export const MOST_GROUPS = 200;

/** Ids. */
export const groupsInput = z.array(boundedText).max(MOST_GROUPS);

export interface GroupsGiven {
  addGroups?: readonly string[] | undefined;
  removeGroups?: readonly string[] | undefined;
}

/** By id; undefined: there is no such group. */
export type ReadGroups = ReadonlyMap<string, Group | undefined>;

/** Those that the person is in, and those that are given. */
export async function readGroups(
  store: Pick<Store, 'getMany'>,
  person: Pick<Person, 'groups'> | undefined,
  { addGroups = [] }: GroupsGiven,
): Promise<ReadGroups> {
  const ids = [...(person?.groups ?? []), ...addGroups];
  const found = await getGroups(store, ids);
  return new Map(ids.map((id) => [id, found.get(id)]));
}

/**
 * Undefined: they stay as they are. Whoever moves to another organisation leaves those of the old one; ids
 * of no group go. `now`: milliseconds since the epoch. Problems: `group-unknown`, `group-elsewhere`,
 * `group-limit`.
 */
export function settledGroups(
  person: Pick<Person, 'organisation' | 'groups' | 'groupsSince'>,
  input: GroupsGiven & { organisation?: string | undefined },
  read: ReadGroups,
  now: number,
): Pick<Person, 'groups' | 'groupsSince'> | undefined {
  const { organisation = person.organisation, addGroups = [], removeGroups = [] } = input;
  const moves = organisation !== person.organisation;
  if (!moves && addGroups.length === 0 && removeGroups.length === 0) return undefined;
  for (const id of addGroups) checkGiven(id, read.get(id), organisation);
  const isNone = (id: string): boolean => read.has(id) && read.get(id) === undefined;
  const kept = moves ? [] : person.groups.filter((id) => !isNone(id));
  const groups = [...new Set([...kept, ...addGroups])].filter((id) => !removeGroups.includes(id));
  if (groups.length > MOST_GROUPS && addGroups.length > 0)
    throw new Problem('group-limit', { status: 409, values: { most: MOST_GROUPS } });
  return { groups, groupsSince: sinceWhen(person, groups, now) };
}

function sinceWhen(
  { groups: before, groupsSince = {} }: Pick<Person, 'groups' | 'groupsSince'>,
  groups: readonly string[],
  now: number,
): Record<string, number> {
  const since = (id: string): number | undefined => (before.includes(id) ? groupsSince[id] : now);
  return Object.fromEntries(
    groups.flatMap((id) => {
      const at = since(id);
      return at === undefined ? [] : [[id, at]];
    }),
  );
}

function checkGiven(id: string, group: Group | undefined, organisation: string): void {
  if (!group) throw groupUnknown(id);
  if (group.organisation === organisation) return;
  const values = { group: `${group.organisation}/${group.name}`, organisation };
  throw new Problem('group-elsewhere', { status: 409, values });
}

/**
 * `{ groups: '+it-staff, -sales' }`, or nothing where none is different. `organisation`: whose people read it;
 * others' groups have no name there, but their ids.
 */
export function groupsTold(
  before: readonly string[],
  after: readonly string[] | undefined,
  read: ReadGroups,
  organisation?: string,
): { groups?: string } {
  if (!after) return {};
  const nameOf = (id: string): string => {
    const group = read.get(id);
    return group && (organisation ?? group.organisation) === group.organisation ? group.name : id;
  };
  const given = after.filter((id) => !before.includes(id)).map((id) => `+${nameOf(id)}`);
  const taken = before.filter((id) => !after.includes(id)).map((id) => `-${nameOf(id)}`);
  return given.length + taken.length === 0 ? {} : { groups: [...given, ...taken].join(', ') };
}
