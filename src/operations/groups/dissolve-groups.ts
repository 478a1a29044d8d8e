/**
 * What follows the removal of a group at leisure: its id counts for nothing already, and goes from the
 * documents of those who were in it.
 */
import type { Relay } from '../../outbox/relay.ts';
import { removal } from '../../outbox/message.ts';
import { groupCollection, type Group } from '../../records/group.ts';
import { membersOf, membershipCollection } from '../../records/membership.ts';
import { entries } from '../../storage/pages.ts';
import type { Change, Store } from '../../storage/store.ts';
import { leaveGroup } from './derive-memberships.ts';

export interface DissolveParts {
  store: Store;
  relay: Pick<Relay, 'soon'>;
}

/** May run twice at once, and be broken off anywhere. `now`: milliseconds since the epoch. */
export async function dissolveGroups(
  parts: DissolveParts,
  now: number,
  isClosed: () => boolean = () => false,
): Promise<void> {
  const removed = { index: 'removed', below: now + 1 };
  const read = (after: string | undefined) =>
    parts.store.find(groupCollection, { ...removed, after });
  for await (const { id } of entries(read)) {
    await dissolve(parts, id, now, isClosed);
    if (isClosed()) return;
  }
}

async function dissolve(
  { store, relay }: DissolveParts,
  group: string,
  now: number,
  isClosed: () => boolean,
): Promise<void> {
  for (;;) {
    const { items } = await store.find(membershipCollection, { ...membersOf(group), limit: 100 });
    if (items.length === 0) break;
    if (isClosed()) return;
    await Promise.all(items.map(({ value }) => leaveGroup(store, value.person, group)));
  }
  await store.update(groupCollection, group, (stored): Change<Group, void> =>
    stored?.removedAt === undefined || stored.gone
      ? { result: undefined }
      : removal(stored, { messages: [], now }, undefined),
  );
  relay.soon(groupCollection, group);
}
