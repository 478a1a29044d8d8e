/** The store as a version uses it beside others: by the indexes that are ready, and known before it writes. */
import { StoreUnavailable, type Collection, type Page, type Query, type Store } from '../store.ts';
import { IndexGone, type Engine } from './engine.ts';
import type { IndexVersions } from './versions.ts';

export interface VersionedStore extends Store {
  readonly engine: Engine;
}

export function versionedStore(engine: Engine, versions: IndexVersions): VersionedStore {
  const { member } = versions;
  const find = async <T>(collection: Collection<T>, query: Query): Promise<Page<T>> => {
    const isUsable = async (): Promise<boolean> => versions.isUsable(collection.name, query.index);
    try {
      if (await isUsable()) {
        const page = await engine.find(collection, query);
        if (await isUsable()) return page;
      }
    } catch (error) {
      if (!(error instanceof IndexGone)) throw error;
      await versions.lost(collection.name, query.index);
    }
    return engine.indexes.findWithout(collection, query);
  };
  let closed: Promise<void> | undefined;
  const read = <R>(work: () => Promise<R>): Promise<R> => (closed ? refuse() : work());
  // In the caller's own turn where that may be, so that what is written together stays one commit, and in order.
  const write = <R>(work: () => Promise<R>): Promise<R> => {
    if (closed) return refuse();
    return member.isValid ? work() : member.join().then(work);
  };
  return {
    engine,
    find: (collection, query) => read(() => find(collection, query)),
    get: (collection, id) => read(() => engine.get(collection, id)),
    getMany: (collection, ids) => read(() => engine.getMany(collection, ids)),
    scan: (collection, options) => read(() => engine.scan(collection, options)),
    readStored: (collection, options) => read(() => engine.readStored(collection, options)),
    count: (collection) => read(() => engine.count(collection)),
    sweep: (limit, rest) => read(() => engine.sweep(limit, rest)),
    ping: () => read(() => engine.ping()),
    insert(collection, id, value, expiry) {
      const kept = keep(value);
      return write(() => engine.insert(collection, id, kept, expiry));
    },
    put(collection, id, value, expiry) {
      const kept = keep(value);
      return write(() => engine.put(collection, id, kept, expiry));
    },
    update: (collection, id, change) => write(() => engine.update(collection, id, change)),
    take: (collection, id, limit) => write(() => engine.take(collection, id, limit)),
    delete: (collection, id) => write(() => engine.delete(collection, id)),
    writeStored: (collection, documents) => write(() => engine.writeStored(collection, documents)),
    close: () => (closed ??= versions.close().then(() => engine.close())),
  };

  /** The caller may change it while it waits. What can't be kept is refused by the engine. */
  function keep<T>(value: T): T {
    if (member.isValid) return value;
    try {
      return structuredClone(value);
    } catch {
      return value;
    }
  }
}

function refuse(): Promise<never> {
  return Promise.reject(new StoreUnavailable('The store is closed.'));
}
