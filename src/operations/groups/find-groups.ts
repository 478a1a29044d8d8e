/** Groups by their names, page by page: of all organisations, or of that of whoever asks. */
import type { Performed } from '../../audit/performed.ts';
import { groupCollection, type Group } from '../../records/group.ts';
import { resultOf, type Result } from '../../result.ts';
import { fromCursor } from '../../storage/pages.ts';
import type { Store } from '../../storage/store.ts';
import { reach } from '../permission.ts';
import { groupAndPermission } from './found-group.ts';

export interface GroupsPage {
  groups: Group[];
  /** Give this as `after` to go on; absent on the last page. Opaque. */
  next?: string;
}

/** Groups of a page. */
const PAGE = 50;

/** `organisation`: its id; undefined: all that whoever asks may see. Problems: those of who may. */
export function findGroups(
  { store }: { store: Pick<Store, 'get' | 'find'> },
  performed: Performed,
  { after, organisation }: { after?: string | undefined; organisation?: string | undefined },
): Promise<Result<GroupsPage>> {
  return resultOf(async () => {
    const of = await reach(store, performed, 'group.list', organisation);
    // `!` is the character after the space.
    const range = of === null ? {} : { from: `${of} `, below: `${of}!` };
    const query = { index: 'organisation', ...range, limit: PAGE };
    const { items, next } = await fromCursor(after, (from) =>
      store.find(groupCollection, { ...query, after: from }),
    );
    return { groups: items.map(({ value }) => value), ...(next === undefined ? {} : { next }) };
  });
}

/** Problem `not-found` (404), for a group of another organisation too. */
export function showGroup(
  { store }: { store: Pick<Store, 'get'> },
  performed: Performed,
  id: string,
): Promise<Result<Group>> {
  return resultOf(async () => {
    const { group, may } = await groupAndPermission({ store }, performed, 'group.list', id);
    may({ organisation: group.organisation });
    return group;
  });
}
