import { z } from 'zod';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { withMessages } from '../../outbox/message.ts';
import type { Relay } from '../../outbox/relay.ts';
import { Problem } from '../../problem.ts';
import { groupCollection, nameKey, newGroupId, type Group } from '../../records/group.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { boundedText } from '../input.ts';
import { checkOrganisations } from '../organisations/check-organisations.ts';
import { permission } from '../permission.ts';
import { checkDescription } from './description.ts';
import { withNames } from '../unique-names.ts';
import { checkGroupName, namesOfGroup } from './group-names.ts';

export const addGroupInput = z.strictObject({
  organisation: boundedText,
  name: boundedText.transform((name) => name.trim()),
  description: boundedText.transform((text) => text.trim()).default(''),
});
export type NewGroup = z.output<typeof addGroupInput>;

export interface GroupParts {
  store: Pick<Store, 'insert' | 'get' | 'update' | 'delete'>;
  relay: Pick<Relay, 'soon'>;
}

/**
 * Its name is claimed, and then group and event are one write. Problems: `group-name-format`, `group-description-format`,
 * `group-taken`, `organisation-unknown`, and those of who may.
 */
export function addGroup(
  { store, relay }: GroupParts,
  performed: Performed,
  input: NewGroup,
): Promise<Result<Group>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'group.add');
    may({ organisation: input.organisation });
    checkGroupName(input.name);
    checkDescription(input.description);
    await checkOrganisations(store, [input.organisation]);
    const made = { ...input, id: newGroupId(), createdAt: performed.now };
    const { organisation, name } = made;
    const content = { type: 'group.added', organisation, details: { name } } as const;
    const group = { ...made, ...withMessages({}, eventAbout(undefined, performed, content)) };
    const named = { owner: group.id, before: [], after: [nameKey(group)] };
    await withNames(store, namesOfGroup(group), named, performed.now, async () => {
      await store.insert(groupCollection, group.id, group);
      await checkStillThere(store, group);
    });
    relay.soon(groupCollection, group.id);
    return group;
  });
}

/** Problem `organisation-unknown`, where it was removed at the same moment: no group was added. */
async function checkStillThere(store: GroupParts['store'], group: Group): Promise<void> {
  await checkOrganisations(store, [group.organisation]).catch(async (problem: unknown) => {
    if (!(problem instanceof Problem)) throw problem;
    await store.delete(groupCollection, group.id);
    throw problem;
  });
}
