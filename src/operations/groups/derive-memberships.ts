/** The lists of groups follow people's own documents, which say who is in which. */
import type { MembershipNotice } from '../../outbox/message.ts';
import { getGroup, getGroups } from '../../records/group.ts';
import { membershipCollection, membershipId, membershipOf } from '../../records/membership.ts';
import { getPerson, personCollection, type Person } from '../../records/person.ts';
import type { Change, Store } from '../../storage/store.ts';

type Memberships = Pick<Store, 'get' | 'getMany' | 'update' | 'delete'>;

/**
 * Whatever is told, and in whatever order: the document is read anew, and once more after what was written,
 * as somebody else may have followed an older one meanwhile. The id of a group that was removed goes from it.
 */
export async function deriveMemberships(
  store: Memberships,
  notice: Pick<MembershipNotice, 'person' | 'groups'>,
): Promise<void> {
  for (let written: string | undefined; ;) {
    const person = await getPerson(store, notice.person);
    const there = await thoseThere(store, person, notice.groups);
    const truth = JSON.stringify([person?.login, there]);
    if (truth === written) return;
    await Promise.all(
      notice.groups.map((group) => follow(store, notice.person, group, person, there)),
    );
    written = truth;
  }
}

/** Of the groups, those that the person is in. */
async function thoseThere(
  store: Memberships,
  person: Person | undefined,
  groups: readonly string[],
): Promise<string[]> {
  const own = groups.filter((id) => person?.groups.includes(id));
  return [...(await getGroups(store, own)).keys()];
}

async function follow(
  store: Memberships,
  id: string,
  group: string,
  person: Person | undefined,
  there: readonly string[],
): Promise<void> {
  if (!person || !there.includes(group)) return leaveGroup(store, id, group);
  const put = membershipOf(group, person);
  await store.update(membershipCollection, membershipId(group, id), (before) =>
    before?.login === put.login ? { result: undefined } : { put, result: undefined },
  );
}

/** Of a group that nobody can be in any more, or that the person is not in. */
export async function leaveGroup(
  store: Pick<Store, 'get' | 'update' | 'delete'>,
  person: string,
  group: string,
): Promise<void> {
  if (!(await getGroup(store, group)))
    await store.update(personCollection, person, (stored): Change<Person, void> => {
      if (!stored?.groups?.includes(group)) return { result: undefined };
      const groups = stored.groups.filter((one) => one !== group);
      const { [group]: _, ...groupsSince } = stored.groupsSince ?? {};
      return { put: { ...stored, groups, groupsSince }, result: undefined };
    });
  await store.delete(membershipCollection, membershipId(group, person));
}
