/**
 * What groups are called, cached: claims need it with every token. A renaming or removal is seen within
 * half a second, on every process.
 */
import { LRUCache } from 'lru-cache';
import type { Store } from '../../storage/store.ts';
import { getGroups, type Group } from '../../records/group.ts';

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

interface Reading {
  at: number;
  groups: Promise<ReadonlyMap<string, Group>>;
}

export function createGroupNames(store: Pick<Store, 'getMany'>, now: () => number): GroupNames {
  const cached = new LRUCache<string, Known>({ max: MOST });
  /** By id: the read under way that it is a part of. */
  const reading = new Map<string, Reading>();

  const knownAt = (id: string, at: number): Known | undefined => {
    const known = cached.get(id);
    return known && Math.abs(at - known.at) < FRESH ? known : undefined;
  };
  /** Begins one read for all that nobody is reading. */
  const begin = (ids: readonly string[], at: number): void => {
    const own = ids.filter((id) => !reading.has(id));
    if (own.length === 0) return;
    const one = { at, groups: getGroups(store, own) };
    const end = (): void => own.forEach((id) => reading.delete(id));
    for (const id of own) reading.set(id, one);
    one.groups.then(end, end);
  };
  const readOnce = async (id: string): Promise<Known> => {
    const { at, groups } = reading.get(id) as Reading;
    const group = (await groups).get(id);
    const known = { at, group: group && nameOf(group) };
    cached.set(id, known);
    return known;
  };

  return {
    async of(ids) {
      const at = now();
      const known = new Map(ids.map((id) => [id, knownAt(id, at)]));
      const missing = [...known.keys()].filter((id) => known.get(id) === undefined);
      begin(missing, at);
      await Promise.all(missing.map(async (id) => known.set(id, await readOnce(id))));
      return [...known.values()].flatMap((one) => one?.group ?? []);
    },
  };
}

function nameOf({ id, organisation, name }: Group): GroupName {
  return { id, organisation, name };
}
