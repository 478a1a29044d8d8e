/** Names of groups (unique-names.ts): the id is organisation and name. */
import { Problem } from '../../problem.ts';
import {
  groupCollection,
  groupNameCollection,
  isGroupName,
  nameKey,
  writtenGroup,
  type Group,
  type GroupNameClaim,
} from '../../records/group.ts';
import type { NameKind } from '../unique-names.ts';

type Named = Pick<Group, 'organisation' | 'name'>;

/** `group`: as it is, or is to be, called. */
export function namesOfGroup(group: Named): NameKind<GroupNameClaim> {
  return {
    collection: groupNameCollection,
    ownerOf: ({ group: id }) => id,
    claimed: (id, by) => ({ group: id, ...by }),
    async owned(store, id) {
      const there = await store.get(groupCollection, id);
      const isGone = there?.gone === true || there?.removedAt !== undefined;
      return there && { names: [nameKey(there)], isGone };
    },
    taken: () =>
      new Problem('group-taken', { status: 409, values: { group: writtenGroup(group) } }),
  };
}

/** Problem `group-name-format`. */
export function checkGroupName(name: string): void {
  if (!isGroupName(name)) throw new Problem('group-name-format');
}
