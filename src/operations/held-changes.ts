/**
 * What is answered holds everywhere. What every request needs and changes seldom is kept for half a second by each
 * process (timing/half-second.ts); so whoever changes it is answered when whatever was read before the change is too
 * old to be used: an app that was removed gets no token from any process once its removal has been answered.
 */
import { clientCollection } from '../records/client.ts';
import { groupCollection } from '../records/group.ts';
import { domainCollection, organisationCollection } from '../records/organisation.ts';
import { resourceCollection } from '../records/resource.ts';
import type { Change, Collection, Store } from '../storage/store.ts';
import { HALF_SECOND } from '../timing/half-second.ts';
import { pauseFor, type Pause } from '../timing/pause.ts';

/** Names of the collections that are read through `halfSecond`. */
const KEPT: ReadonlySet<string> = new Set(
  [
    clientCollection,
    organisationCollection,
    domainCollection,
    groupCollection,
    resourceCollection,
  ].map(({ name }) => name),
);

/** Milliseconds, more than two clocks drift apart meanwhile. */
const MARGIN = 20;

export interface HeldChanges {
  /** The same store; what is written through it is waited for. */
  store: Store;
  /** Resolves when all that was changed so far holds on every process; at once where that is nothing. */
  settled(): Promise<void>;
}

/** `steady`: milliseconds, of a clock that nobody sets; the process's unless told. */
export function holdChanges(
  store: Store,
  pause: Pause = pauseFor,
  steady: () => number = () => performance.now(),
): HeldChanges {
  let holdsAt = -Infinity;
  /** From where the change is durable. */
  const changed = ({ name }: Collection<any>): void => {
    if (KEPT.has(name)) holdsAt = steady() + HALF_SECOND + MARGIN;
  };
  return {
    store: noting(store, changed),
    async settled() {
      if (holdsAt !== -Infinity) await pause(Math.max(0, holdsAt - steady()));
    },
  };
}

function noting(store: Store, changed: (collection: Collection<any>) => void): Store {
  return {
    ...passedOn(store),
    async insert(collection, id, value, expiry) {
      const inserted = await store.insert(collection, id, value, expiry);
      if (inserted) changed(collection);
      return inserted;
    },
    async put(collection, id, value, expiry) {
      await store.put(collection, id, value, expiry);
      changed(collection);
    },
    async update<T, R>(
      collection: Collection<T>,
      id: string,
      change: (current: T | undefined) => Change<T, R>,
    ): Promise<R> {
      let isWritten = false;
      const result = await store.update(collection, id, (current: T | undefined) => {
        const decided = change(current);
        isWritten = 'put' in decided || 'remove' in decided;
        return decided;
      });
      if (isWritten) changed(collection);
      return result;
    },
    async delete(collection, id) {
      const deleted = await store.delete(collection, id);
      if (deleted) changed(collection);
      return deleted;
    },
    async writeStored(collection, documents) {
      await store.writeStored(collection, documents);
      changed(collection);
    },
  };
}

function passedOn(
  store: Store,
): Omit<Store, 'insert' | 'put' | 'update' | 'delete' | 'writeStored'> {
  return {
    get: (collection, id) => store.get(collection, id),
    getMany: (collection, ids) => store.getMany(collection, ids),
    find: (collection, query) => store.find(collection, query),
    scan: (collection, options) => store.scan(collection, options),
    take: (collection, id, limit) => store.take(collection, id, limit),
    readStored: (collection, options) => store.readStored(collection, options),
    count: (collection) => store.count(collection),
    sweep: (limit, rest) => store.sweep(limit, rest),
    ping: () => store.ping(),
    close: () => store.close(),
  };
}
