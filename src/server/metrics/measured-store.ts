/** The store, measured: how long each operation takes, and which of them fail. */
import type { Change, Store } from '../../storage/store.ts';

export interface StoreMeter {
  /** `kind`: the name of the kind of document, `all` for what concerns every one. `ok`: the store did its part. */
  operation(operation: keyof Store, kind: string, seconds: number, ok: boolean): void;
}

/** `clock`: milliseconds with a fraction, for durations. */
export function measuredStore(store: Store, meter: StoreMeter, clock: () => number): Store {
  const timed = <R>(
    operation: keyof Store,
    kind: string,
    work: () => Promise<R>,
    isCallers: (error: unknown) => boolean = () => false,
  ): Promise<R> => measure(meter, clock, { operation, kind, isCallers }, work);

  return {
    insert: (collection, id, value, expiry) =>
      timed('insert', collection.name, () => store.insert(collection, id, value, expiry)),
    put: (collection, id, value, expiry) =>
      timed('put', collection.name, () => store.put(collection, id, value, expiry)),
    get: (collection, id) => timed('get', collection.name, () => store.get(collection, id)),
    getMany: (collection, ids) =>
      timed('getMany', collection.name, () => store.getMany(collection, ids)),
    find: (collection, query) =>
      timed('find', collection.name, () => store.find(collection, query)),
    scan: (collection, options) =>
      timed('scan', collection.name, () => store.scan(collection, options)),
    update(collection, id, change) {
      const { guarded, isThrown } = remembering(change);
      return timed(
        'update',
        collection.name,
        () => store.update(collection, id, guarded),
        isThrown,
      );
    },
    take: (collection, id, limit) =>
      timed('take', collection.name, () => store.take(collection, id, limit)),
    readStored: (collection, options) =>
      timed('readStored', collection.name, () => store.readStored(collection, options)),
    writeStored: (collection, documents) =>
      timed('writeStored', collection.name, () => store.writeStored(collection, documents)),
    count: (collection) => timed('count', collection.name, () => store.count(collection)),
    delete: (collection, id) =>
      timed('delete', collection.name, () => store.delete(collection, id)),
    sweep: (limit, rest) => timed('sweep', 'all', () => store.sweep(limit, rest)),
    ping: () => timed('ping', 'all', () => store.ping()),
    close: () => store.close(),
  };
}

interface Measured {
  operation: keyof Store;
  kind: string;
  isCallers: (error: unknown) => boolean;
}

/** The work begins in the caller's own turn, so that what is written together stays one commit. */
async function measure<R>(
  meter: StoreMeter,
  clock: () => number,
  { operation, kind, isCallers }: Measured,
  work: () => Promise<R>,
): Promise<R> {
  const started = clock();
  let ok = false;
  try {
    const result = await work();
    ok = true;
    return result;
  } catch (error) {
    ok = isCallers(error);
    throw error;
  } finally {
    meter.operation(operation, kind, (clock() - started) / 1000, ok);
  }
}

/** What the function of an update throws is its caller's verdict, and no failure of the store. */
function remembering<T, R>(change: (current: T | undefined) => Change<T, R>) {
  const thrown = new Set<unknown>();
  const guarded = (current: T | undefined): Change<T, R> => {
    try {
      return change(current);
    } catch (error) {
      thrown.add(error);
      throw error;
    }
  };
  return { guarded, isThrown: (error: unknown) => thrown.has(error) };
}
