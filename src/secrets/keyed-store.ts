/**
 * A store in which what was hashed is found whichever key it was hashed under. Ids that are hashes are looked up
 * under the active key, and where that finds nothing under each other key that is not retired; with one key alone
 * nothing is looked up twice. It stands between the whole of the code and the engine, so that no place can forget it.
 *
 * A document stays where it is: what is one-time would be there twice while it is moved. What must be the first is
 * looked for under the other keys as well, before and after it is written, so that of two processes with different
 * active keys one at most has been first. A document that is made with another key than the first tells which (`kid`).
 */
import type { Change, Collection, Expiry, Page, Query, Store } from '../storage/store.ts';
import type { Vault } from './vault.ts';

type Keys = Pick<Vault, 'others' | 'kidOf' | 'hasOthers' | 'ring'>;
type Tagged = { kid?: string };

export function keyedStore(store: Store, keys: Keys): Store {
  const othersOf = ({ key }: Collection<any>, id: string): string[] =>
    key === 'hash' && keys.hasOthers ? keys.others(id).map(({ hash }) => hash) : [];
  const tagged = <T>(collection: Collection<T>, id: string, value: T): T =>
    collection.key === 'hash' ? withKey(value, keys.kidOf(id), keys.ring.first) : value;

  /** Under which id it is; undefined: under none. */
  const place = async (collection: Collection<any>, ids: string[]): Promise<string | undefined> => {
    for (const id of ids) if ((await store.get(collection, id)) !== undefined) return id;
    return undefined;
  };

  return {
    ...passedOn(store),
    insert: (collection, id, value, expiry) => {
      const put = tagged(collection, id, value);
      const others = othersOf(collection, id);
      if (others.length === 0) return store.insert(collection, id, put, expiry);
      return insertFirst(store, { collection, id, others, put, expiry }, place);
    },
    async put(collection, id, value, expiry) {
      const at = await place(collection, othersOf(collection, id));
      if (at === undefined) return store.put(collection, id, tagged(collection, id, value), expiry);
      const { kid } = keys.others(id).find(({ hash }) => hash === at) ?? { kid: keys.kidOf(id) };
      await store.put(collection, at, withKey(value, kid, keys.ring.first), expiry);
    },
    get: (collection, id) => {
      if (!keys.hasOthers || collection.key !== 'hash') return store.get(collection, id);
      return firstOf([id, ...othersOf(collection, id)], (each) => store.get(collection, each));
    },
    async getMany<T>(collection: Collection<T>, ids: readonly string[]) {
      const found = await store.getMany(collection, ids);
      for (const id of ids) {
        if (found.has(id)) continue;
        const other = await firstOf(othersOf(collection, id), (at) => store.get(collection, at));
        if (other !== undefined) found.set(id, other);
      }
      return found;
    },
    find: (collection, query) =>
      keys.hasOthers && typeof query.equals === 'string'
        ? findUnder(store, [query.equals, ...keys.others(query.equals).map(({ hash }) => hash)], {
            collection,
            query,
          })
        : store.find(collection, query),
    update: (collection, id, change) =>
      collection.key === 'hash'
        ? updateWhereItIs(
            store,
            keys,
            { collection, ids: [id, ...othersOf(collection, id)] },
            change,
          )
        : store.update(collection, id, change),
    async delete(collection, id) {
      if (await store.delete(collection, id)) return true;
      for (const other of othersOf(collection, id))
        if (await store.delete(collection, other)) return true;
      return false;
    },
  };
}

/** What no hash is in, or what starts anew under another key: counters. */
function passedOn(
  store: Store,
): Omit<Store, 'insert' | 'put' | 'get' | 'getMany' | 'find' | 'update' | 'delete'> {
  return {
    readStored: (collection, options) => store.readStored(collection, options),
    writeStored: (collection, documents) => store.writeStored(collection, documents),
    count: (collection) => store.count(collection),
    scan: (collection, options) => store.scan(collection, options),
    take: (collection, id, limit) => store.take(collection, id, limit),
    sweep: (limit, rest) => store.sweep(limit, rest),
    ping: () => store.ping(),
    close: () => store.close(),
  };
}

async function firstOf<T>(
  ids: readonly string[],
  read: (id: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const id of ids) {
    const found = await read(id);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Insertion<T> {
  collection: Collection<T>;
  id: string;
  others: string[];
  put: T;
  expiry: Expiry | undefined;
}

/** Both of two at once may have been refused; both are never first. */
async function insertFirst<T>(
  store: Store,
  { collection, id, others, put, expiry }: Insertion<T>,
  place: (collection: Collection<any>, ids: string[]) => Promise<string | undefined>,
): Promise<boolean> {
  if (await place(collection, others)) return false;
  if (!(await store.insert(collection, id, put, expiry))) return false;
  if (!(await place(collection, others))) return true;
  await store.delete(collection, id);
  return false;
}

/** The first of them that has any; a cursor is that one's whose place it is. Throws as `find` for one that is none's. */
async function findUnder<T>(
  store: Store,
  hashes: readonly string[],
  { collection, query }: { collection: Collection<T>; query: Query },
): Promise<Page<T>> {
  let outside: unknown;
  let none: Page<T> | undefined;
  for (const equals of hashes) {
    try {
      const page = await store.find(collection, { ...query, equals });
      if (page.items.length > 0 || page.next !== undefined) return page;
      none ??= page;
      // At the end of its own: what another one has is in no order behind it.
      if (query.after !== undefined) return page;
    } catch (error) {
      if (!(error instanceof RangeError) || query.after === undefined) throw error;
      outside ??= error;
    }
  }
  if (none) return none;
  throw outside;
}

const NOBODY_THERE = Symbol('nobody there');

/** Where there is none it is made under the first id, the active key's. */
async function updateWhereItIs<T, R>(
  store: Store,
  keys: Keys,
  { collection, ids }: { collection: Collection<T>; ids: string[] },
  change: (current: T | undefined) => Change<T, R>,
): Promise<R> {
  const [active = '', ...others] = ids;
  const changed = (id: string) => (current: T | undefined) =>
    keeping(change(current), current, keys.kidOf(id), keys.ring.first);
  if (others.length === 0) return store.update(collection, active, changed(active));
  for (const id of ids) {
    const result = await store.update<T, R | typeof NOBODY_THERE>(collection, id, (current) =>
      current === undefined ? { result: NOBODY_THERE } : changed(id)(current),
    );
    if (result !== NOBODY_THERE) return result;
  }
  return store.update(collection, active, changed(active));
}

/** The document goes on telling its key. */
function keeping<T, R>(
  change: Change<T, R>,
  current: T | undefined,
  made: string,
  first: string,
): Change<T, R> {
  if (!('put' in change) || change.put === undefined) return change;
  const kid = current === undefined ? made : ((current as Tagged).kid ?? first);
  return { ...change, put: withKey(change.put, kid, first) };
}

function withKey<T>(value: T, kid: string, first: string): T {
  if (kid === first) return value;
  return { ...value, kid };
}
