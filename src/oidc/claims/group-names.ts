/** What groups are called, and which there are: claims need it with every token (timing/half-second.ts). */
import type { Store } from '../../storage/store.ts';
import { halfSecond } from '../../timing/half-second.ts';
import { getGroups, type Group } from '../../records/group.ts';

export type GroupName = Pick<Group, 'id' | 'organisation' | 'name'>;

export interface GroupNames {
  /** In the order of the ids, each once, without those of no group. */
  of(ids: readonly string[]): Promise<GroupName[]>;
}

export function createGroupNames(store: Pick<Store, 'getMany'>, now: () => number): GroupNames {
  const group = together((ids) => getGroups(store, ids));
  const read = async (id: string): Promise<GroupName | undefined> => {
    const found = await group(id);
    return found && nameOf(found);
  };
  const cached = halfSecond({ read, now, most: 10_000 });
  return {
    async of(ids) {
      const all = [...new Set(ids)].map(cached);
      const isThere = all.every((one) => !(one instanceof Promise));
      const found = isThere
        ? (all as (GroupName | undefined)[])
        : await Promise.all(all.map((one) => Promise.resolve(one)));
      return found.flatMap((one) => one ?? []);
    },
  };
}

function nameOf({ id, organisation, name }: Group): GroupName {
  return { id, organisation, name };
}

/** All that is asked for in one turn is one reading. */
function together<V>(
  readMany: (ids: string[]) => Promise<ReadonlyMap<string, V>>,
): (id: string) => Promise<V | undefined> {
  let next: { ids: string[]; found: Promise<ReadonlyMap<string, V>> } | undefined;
  const begin = (): NonNullable<typeof next> => {
    const ids: string[] = [];
    const found = Promise.resolve().then(() => {
      next = undefined;
      return readMany(ids);
    });
    return { ids, found };
  };
  return async (id) => {
    next ??= begin();
    next.ids.push(id);
    return (await next.found).get(id);
  };
}
