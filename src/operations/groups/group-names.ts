/** Names of groups: each is a document of its own, whose id is organisation and name. */
import { randomBytes } from 'node:crypto';
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
import type { Change, Store } from '../../storage/store.ts';

/** A claim whose group was never made, or never called so (a crash in between), can be taken over after this many milliseconds. */
const ABANDONED_AFTER = 60_000;

type Names = Pick<Store, 'get' | 'update'>;
type Named = Pick<Group, 'id' | 'organisation' | 'name'>;

/** Problem `group-name-format`. */
export function checkGroupName(name: string): void {
  if (!isGroupName(name)) throw new Problem('group-name-format');
}

/** For the write that gives it. `now`: milliseconds since the epoch. Problem `group-taken`. */
export async function claimGroupName(store: Names, group: Named, now: number): Promise<void> {
  const key = nameKey(group);
  const held = await store.get(groupNameCollection, key);
  const isOver = held !== undefined && (await isFree(store, key, held, now));
  const claim = { group: group.id, at: now, act: randomBytes(16).toString('base64url') };
  await store.update(groupNameCollection, key, (there): Change<GroupNameClaim, void> => {
    const isOwn = there?.group === group.id;
    if (there && !isOwn && !(isOver && there.act === held.act)) throw taken(group);
    return { put: claim, result: undefined };
  });
}

function taken(group: Named): Problem {
  return new Problem('group-taken', { status: 409, values: { group: writtenGroup(group) } });
}

/** The document itself is asked: one of a group that was removed is nobody's. */
async function isFree(
  store: Names,
  key: string,
  held: GroupNameClaim,
  now: number,
): Promise<boolean> {
  const owner = await store.get(groupCollection, held.group);
  if (owner && (owner.gone || owner.removedAt !== undefined)) return true;
  return !(owner && nameKey(owner) === key) && held.at + ABANDONED_AFTER <= now;
}

/** After the write that gave it up, or that came to nothing: it stays where the group is called so all the same. */
export async function releaseGroupName(store: Names, named: Named): Promise<void> {
  const key = nameKey(named);
  const held = await store.get(groupNameCollection, key);
  if (held?.group !== named.id) return;
  const group = await store.get(groupCollection, named.id);
  const isRemoved = !group || group.gone === true || group.removedAt !== undefined;
  if (!isRemoved && nameKey(group) === key) return;
  await store.update(groupNameCollection, key, (there): Change<GroupNameClaim, void> =>
    there?.act === held.act ? { remove: true, result: undefined } : { result: undefined },
  );
}
