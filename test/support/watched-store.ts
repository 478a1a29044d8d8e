/** A real store whose calls are looked at, or that something happens between. */
import type { Change, Collection, Store } from '../../src/storage/store.ts';

const WRITES = ['insert', 'put', 'update', 'delete'];

type Call = (kind: Collection<any>, ...rest: any[]) => Promise<unknown>;

/** `seen` is told before and after each call: `update person ID`. */
function watched(
  store: Store,
  seen: { before?(call: string): void; after?(call: string): Promise<void> },
): Store {
  return new Proxy(store, {
    get(target, verb: keyof Store) {
      const member: unknown = target[verb];
      if (typeof member !== 'function') return member;
      return async (kind: Collection<any>, ...rest: unknown[]) => {
        const call = [verb, kind.name, ...(typeof rest[0] === 'string' ? [rest[0]] : [])].join(' ');
        seen.before?.(call);
        const answer = await (member as Call).call(target, kind, ...rest);
        await seen.after?.(call);
        return answer;
      };
    },
  });
}

/** `writes`: each that was asked for, as `update person ID`. */
export function countWrites(store: Store): { store: Store; writes: string[] } {
  const writes: string[] = [];
  const before = (call: string): void => {
    if (WRITES.includes(call.split(' ', 1)[0] ?? '')) writes.push(call);
  };
  return { store: watched(store, { before }), writes };
}

/** How often a document has been asked for by itself. */
export function countReads(store: Store): { store: Store; readsOf(call: string): number } {
  const calls: string[] = [];
  const before = (call: string): void => void calls.push(call);
  const readsOf = (call: string): number => calls.filter((one) => one === `get ${call}`).length;
  return { store: watched(store, { before }), readsOf };
}

/** `act` happens once, after the first call that begins with `call` and before whoever made it goes on. */
export function doBetween(store: Store, call: string, act: () => Promise<void>): Store {
  let due = true;
  const after = async (made: string): Promise<void> => {
    if (!due || !made.startsWith(call)) return;
    due = false;
    await act();
  };
  return watched(store, { after });
}

/**
 * From now on every document that is written is told, as `update person`; an update that leaves it as it is
 * writes nothing. Answers what ends it.
 */
export function noteWrites(store: Store, written: (verb: string, collection: string) => void) {
  const { insert, put, update } = store;
  const remove = store.delete;
  const noting =
    (verb: string, call: (...args: never[]) => unknown) =>
    (...args: [{ name: string }]): unknown => {
      written(verb, args[0].name);
      return Reflect.apply(call, store, args);
    };
  Object.assign(store, {
    insert: noting('insert', insert),
    put: noting('put', put),
    delete: noting('delete', remove),
    async update<T, R>(
      collection: Collection<T>,
      id: string,
      change: (current: T | undefined) => Change<T, R>,
    ): Promise<R> {
      let isWritten = false;
      const noted = (current: T | undefined): Change<T, R> => {
        const decided = change(current);
        isWritten = 'put' in decided || 'remove' in decided;
        return decided;
      };
      const result = (await Reflect.apply(update, store, [collection, id, noted])) as R;
      if (isWritten) written('update', collection.name);
      return result;
    },
  });
  return (): void => void Object.assign(store, { insert, put, update, delete: remove });
}

/** From now on updates of the collection wait; answers when the first one has come, and what lets them go on. */
export function holdUpdates(store: Store, name: string) {
  const { update } = store;
  const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const holding = async (...args: [{ name: string }, ...unknown[]]): Promise<unknown> => {
    if (args[0].name === name) {
      begun.resolve();
      await held.promise;
    }
    return Reflect.apply(update, store, args);
  };
  Object.assign(store, { update: holding });
  const release = (): void => {
    Object.assign(store, { update });
    held.resolve();
  };
  return { begun: begun.promise, release };
}
