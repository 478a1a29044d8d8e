/** A store that takes writes and keeps none of them: what would an operation say? */
import { claimCollection } from '../../../records/person.ts';
import type { Change, Collection, Store } from '../../../storage/store.ts';

type Tried = Pick<Store, 'insert' | 'get' | 'getMany' | 'find' | 'scan' | 'update' | 'delete'>;

/** Ids of names, and whom they were given to. */
export type TriedNames = Map<string, unknown>;

/**
 * Every document that was written is as it was left, until the store is thrown away; `names` stay for the
 * next one, so that of two who want the same name the second is told. Lists don't have what was written.
 */
export function dryStore(store: Tried, names: TriedNames): Tried {
  const written = new Map<string, unknown>();
  const of = ({ name }: Collection<any>): Map<string, unknown> =>
    name === claimCollection.name ? names : written;
  const key = ({ name }: Collection<any>, id: string): string => `${name} ${id}`;
  const get = async <T>(collection: Collection<T>, id: string): Promise<T | undefined> => {
    const [tried, at] = [of(collection), key(collection, id)];
    return tried.has(at)
      ? (structuredClone(tried.get(at)) as T | undefined)
      : store.get(collection, id);
  };
  return {
    get,
    async getMany<T>(collection: Collection<T>, ids: readonly string[]): Promise<Map<string, T>> {
      const found = new Map<string, T>();
      for (const id of ids) {
        const document = await get(collection, id);
        if (document !== undefined) found.set(id, document);
      }
      return found;
    },
    find: (collection, query) => store.find(collection, query),
    scan: (collection, query) => store.scan(collection, query),
    async insert(collection, id, value) {
      if ((await get(collection, id)) !== undefined) return false;
      of(collection).set(key(collection, id), structuredClone(value));
      return true;
    },
    async update<T, R>(
      collection: Collection<T>,
      id: string,
      change: (current: T | undefined) => Change<T, R>,
    ): Promise<R> {
      const decided = change(await get(collection, id));
      const value = 'put' in decided ? structuredClone(decided.put) : undefined;
      if ('put' in decided || 'remove' in decided) of(collection).set(key(collection, id), value);
      return decided.result;
    },
    async delete(collection, id) {
      const wasThere = (await get(collection, id)) !== undefined;
      of(collection).set(key(collection, id), undefined);
      return wasThere;
    },
  };
}
