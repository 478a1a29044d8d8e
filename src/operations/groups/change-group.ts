import { z } from 'zod';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import { Problem } from '../../problem.ts';
import { groupCollection, nameKey, updateGroup, type Group } from '../../records/group.ts';
import { resultOf, type Result } from '../../result.ts';
import { checkSeen, type Seen } from '../as-seen.ts';
import { changes, type Changes } from '../changes.ts';
import { boundedText } from '../input.ts';
import type { GroupParts } from './add-group.ts';
import { checkDescription } from './description.ts';
import { groupAndPermission } from './found-group.ts';
import { withNames } from '../unique-names.ts';
import { checkGroupName, namesOfGroup } from './group-names.ts';

/** What is absent stays. An empty description: none. */
export const changeGroupInput = z.strictObject({
  name: boundedText.transform((name) => name.trim()).exactOptional(),
  description: boundedText.transform((text) => text.trim()).exactOptional(),
});
export type GroupChange = z.output<typeof changeGroupInput>;

export interface ChangedGroup {
  group: Group;
  /** Empty: it was like that already, and nothing was written. */
  changed: Changes;
}

/**
 * Its name and description; id and organisation stay. Whatever names it by its id names it as before.
 * `seen`: what somebody looked at before they changed it. Problems: `group-unknown`, `group-name-format`,
 * `group-description-format`, `group-taken`, `changed-meanwhile` (of what was not as it had been seen, too), and those
 * of who may.
 */
export function changeGroup(
  parts: GroupParts,
  performed: Performed,
  id: string,
  input: GroupChange,
  seen?: Seen,
): Promise<Result<ChangedGroup>> {
  return resultOf(async () => {
    const { group: read, may } = await groupAndPermission(parts, performed, 'group.change', id);
    may({ organisation: read.organisation });
    if (input.name !== undefined) checkGroupName(input.name);
    if (input.description !== undefined) checkDescription(input.description);
    const renamed = { ...read, name: input.name ?? read.name };
    const named = { owner: id, before: [nameKey(read)], after: [nameKey(renamed)] };
    const changed = await withNames(parts.store, namesOfGroup(renamed), named, performed.now, () =>
      write(parts, performed, read, { input, seen }),
    );
    parts.relay.soon(groupCollection, id);
    return changed;
  });
}

function write(
  { store }: GroupParts,
  performed: Performed,
  read: Group,
  { input, seen }: { input: GroupChange; seen: Seen | undefined },
): Promise<ChangedGroup> {
  return updateGroup(store, read.id, (group) => {
    checkSeen(group, seen);
    if (input.name !== undefined && group.name !== read.name)
      throw new Problem('changed-meanwhile', { status: 409 });
    const changed = changes(group, input);
    if (Object.keys(changed).length === 0) return { result: { group, changed } };
    const { organisation } = group;
    const details = { ...changed, group: read.name };
    const content = { type: 'group.changed', organisation, details } as const;
    const told = withMessages(group, eventAbout(undefined, performed, content));
    const after = { ...group, ...input, ...told };
    return { set: after, result: { group: after, changed } };
  });
}
