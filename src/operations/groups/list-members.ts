/** The people of a group, page by page. */
import type { Performed } from '../../audit/performed.ts';
import { membersOf, membershipCollection } from '../../records/membership.ts';
import { getPeople, type Person } from '../../records/person.ts';
import { resultOf, type Result } from '../../result.ts';
import { fromCursor } from '../../storage/pages.ts';
import type { Store } from '../../storage/store.ts';
import { groupAndPermission } from './found-group.ts';

export interface MembersPage {
  /** In the order of their login names. */
  people: Person[];
  /** Give this as `after` to go on; absent on the last page. Opaque. */
  next?: string;
}

/** People of a page, unless told. */
const PAGE = 50;

/**
 * The list says who is looked for, and their own documents whether they are in it: whoever has left a
 * moment ago is not shown, so that a page may be shorter. Problems: `group-unknown`, and those of who may.
 */
export function listMembers(
  { store }: { store: Pick<Store, 'get' | 'getMany' | 'find'> },
  performed: Performed,
  id: string,
  { after, limit = PAGE }: { after?: string | undefined; limit?: number } = {},
): Promise<Result<MembersPage>> {
  return resultOf(async () => {
    const { group, may } = await groupAndPermission({ store }, performed, 'group.members', id);
    may({ organisation: group.organisation });
    const query = { ...membersOf(id), limit };
    const { items, next } = await fromCursor(after, (from) =>
      store.find(membershipCollection, { ...query, after: from }),
    );
    const read = await getPeople(
      store,
      items.map(({ value }) => value.person),
    );
    const people = [...read.values()].filter(({ groups }) => groups.includes(id));
    return { people, ...(next === undefined ? {} : { next }) };
  });
}
