/** Counts within windows of time, in this process's memory, which is bounded. */
import { LRUCache } from 'lru-cache';

export interface WindowCounter {
  /** Counts one more of `key`. `count`: with it; `endsAt`: of its window, milliseconds since the epoch. */
  add(key: string, now: number): { count: number; endsAt: number };
}

/** `length`: milliseconds, from the first of a key. `kept`: keys; the one that began first goes before more. */
export function createWindowCounter(length: number, kept: number): WindowCounter {
  const windows = new LRUCache<string, { count: number; endsAt: number }>({ max: kept });
  return {
    add(key, now) {
      // A look makes nothing younger: what is asked for again and again must not outstay the others.
      const known = windows.peek(key);
      // A clock that was set back must not make a window longer than it ever was.
      if (known && now < known.endsAt && known.endsAt <= now + length) {
        known.count += 1;
        return { ...known };
      }
      const begun = { count: 1, endsAt: now + length };
      windows.set(key, begun);
      return { ...begun };
    },
  };
}
