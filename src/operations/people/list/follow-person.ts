/** What follows a person's documents a moment later: the list of people, and those of groups. */
import type { MembershipNotice } from '../../../outbox/message.ts';
import type { Store } from '../../../storage/store.ts';
import { deriveMemberships } from '../../groups/derive-memberships.ts';
import { countAnew } from '../../../records/lists/rollout.ts';
import { getPerson } from '../../../records/person.ts';
import { deriveEntry } from './derive-entry.ts';

export async function followPerson(
  store: Pick<Store, 'get' | 'getMany' | 'update' | 'delete'>,
  notice: Pick<MembershipNotice, 'person' | 'groups'>,
): Promise<void> {
  await Promise.all([deriveMemberships(store, notice), deriveEntry(store, notice.person)]);
  if (notice.groups.length === 0) return;
  const person = await getPerson(store, notice.person);
  if (person) await countAnew(store, person.organisation);
}
