/** A real store whose calls are looked at, or that something happens between. */
import type { Collection, Store } from '../../src/storage/store.ts';

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
