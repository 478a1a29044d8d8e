import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import { groupCollection, nameKey, updateGroup } from '../../records/group.ts';
import { resultOf, type Result } from '../../result.ts';
import type { GroupParts } from './add-group.ts';
import { groupAndPermission } from './found-group.ts';
import { releaseNames } from '../unique-names.ts';
import { namesOfGroup } from './group-names.ts';

/**
 * One write, and there is no such group: its id counts for nothing wherever it stands, and is never another
 * group's. Those who were in it lose it at leisure (dissolve-groups.ts). Problems: `group-unknown`, and
 * those of who may.
 */
export function removeGroup(
  parts: GroupParts,
  performed: Performed,
  id: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    const { may } = await groupAndPermission(parts, performed, 'group.remove', id);
    const removed = await updateGroup(parts.store, id, (group) => {
      const { organisation, name } = group;
      may({ organisation });
      const content = { type: 'group.removed', organisation, details: { name } } as const;
      const told = withMessages(group, eventAbout(undefined, performed, content));
      return { set: { removedAt: performed.now, ...told }, result: group };
    });
    await releaseNames(parts.store, namesOfGroup(removed), id, [nameKey(removed)], performed.now);
    parts.relay.soon(groupCollection, id);
  });
}
