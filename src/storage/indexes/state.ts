/** Which indexes of a store can be relied on: one document, in the store itself. */
import { collection, type Change, type Store } from '../store.ts';

export interface IndexState {
  /** Those in which every document is found (fullName). */
  ready: string[];
  /** Those that somebody fills, and who (store_user). */
  filling: Record<string, string>;
}

export const stateCollection = collection<IndexState>('index_state');
const ID = 'indexes';

type Kept = Pick<Store, 'get' | 'insert' | 'update'>;

export function readState(store: Pick<Store, 'get'>): Promise<IndexState | undefined> {
  return store.get(stateCollection, ID);
}

/** Does nothing where there is one. */
export async function beginState(store: Kept, ready: readonly string[]): Promise<void> {
  await store.insert(stateCollection, ID, { ready: [...ready], filling: {} });
}

/**
 * Those for which `isSpoiled` are neither ready nor will be by whoever fills them now. Answers those that were ready
 * until then.
 */
export function spoil(store: Kept, isSpoiled: (name: string) => boolean): Promise<string[]> {
  return store.update(stateCollection, ID, (state): Change<IndexState, string[]> => {
    const { ready, filling } = state ?? { ready: [], filling: {} };
    const gone = ready.filter(isSpoiled);
    const given = Object.keys(filling).filter(isSpoiled);
    if (gone.length + given.length === 0) return { result: [] };
    const rest = Object.entries(filling).filter(([name]) => !isSpoiled(name));
    const put = {
      ready: ready.filter((name) => !isSpoiled(name)),
      filling: Object.fromEntries(rest),
    };
    return { put, result: gone };
  });
}

/** Answers those that `by` fills from now on: what somebody else is at who lives is theirs. */
export function claimFilling(
  store: Kept,
  names: readonly string[],
  { by, isLiving }: { by: string; isLiving(user: string): boolean },
): Promise<string[]> {
  return store.update(stateCollection, ID, (state): Change<IndexState, string[]> => {
    const { ready, filling } = state ?? { ready: [], filling: {} };
    const free = names.filter((name) => {
      const other = filling[name];
      const isTheirs = other !== undefined && other !== by && isLiving(other);
      return !ready.includes(name) && !isTheirs;
    });
    if (free.length === 0) return { result: [] };
    const claimed = Object.fromEntries(free.map((name) => [name, by]));
    return { put: { ready, filling: { ...filling, ...claimed } }, result: free };
  });
}

/** Those that nobody has spoiled meanwhile, nor claimed, are ready; answers which. `names` may be fewer than claimed. */
export function endFilling(store: Kept, names: readonly string[], by: string): Promise<string[]> {
  return store.update(stateCollection, ID, (state): Change<IndexState, string[]> => {
    const { ready, filling } = state ?? { ready: [], filling: {} };
    const filled = names.filter((name) => filling[name] === by);
    const rest = Object.entries(filling).filter(([, user]) => user !== by);
    const put = { ready: [...ready, ...filled], filling: Object.fromEntries(rest) };
    return { put, result: filled };
  });
}
