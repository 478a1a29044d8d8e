/**
 * What groups are called, cached: claims need it with every token. A renaming or removal is seen within
 * half a second, on every process.
 */
import { LRUCache } from 'lru-cache';
import type { Store } from '../../storage/store.ts';
import { getGroup, type Group } from '../../records/group.ts';

export type GroupName = Pick<Group, 'id' | 'organisation' | 'name'>;

export interface GroupNames {
  /** In the order of the ids, without those of no group. */
  of(ids: readonly string[]): Promise<GroupName[]>;
}

/** Milliseconds that a name may be stale, and that a group may be there or not. */
const FRESH = 500;
const MOST = 10_000;

interface Known {
  at: number;
  /** Undefined: there is no such group. */
  group: GroupName | undefined;
}

export function createGroupNames(store: Pick<Store, 'get'>, now: () => number): GroupNames {
  const cached = new LRUCache<string, Known>({ max: MOST });
  const reading = new Map<string, Promise<Known>>();

  const read = async (id: string): Promise<Known> => {
    const at = now();
    const found = await getGroup(store, id);
    const known = { at, group: found && nameOf(found) };
    cached.set(id, known);
    return known;
  };
  const readOnce = (id: string): Promise<Known> => {
    const begun = reading.get(id) ?? read(id).finally(() => reading.delete(id));
    reading.set(id, begun);
    return begun;
  };
  const knownAt = (id: string, at: number): Known | undefined => {
    const known = cached.get(id);
    return known && Math.abs(at - known.at) < FRESH ? known : undefined;
  };

  return {
    async of(ids) {
      const at = now();
      const known = new Map(ids.map((id) => [id, knownAt(id, at)]));
      const missing = [...known].filter(([, one]) => one === undefined);
      await Promise.all(missing.map(async ([id]) => known.set(id, await readOnce(id))));
      return [...known.values()].flatMap((one) => one?.group ?? []);
    },
  };
}

function nameOf({ id, organisation, name }: Group): GroupName {
  return { id, organisation, name };
}
