/**
 * What every request needs and changes seldom is read once in half a second: a change is seen within that
 * time, on every process, and nothing has to be told of it. One reading is under way at a time of each; one
 * that failed is begun again by whoever asks next.
 *
 * It is a lease that nobody has to renew: whoever has changed something and waits as long before saying so
 * (operations/held-changes.ts) says what holds everywhere. So two clocks measure it (both-clocks.ts).
 */
import { LRUCache } from 'lru-cache';
import { elapsed, type Instant } from './both-clocks.ts';

/** Milliseconds that it may be stale, counted from where its reading began. */
export const HALF_SECOND = 500;
/** Characters of a key; what has a longer one is not kept: it is nobody's, and would fill the memory. */
const LONGEST = 200;

interface Reading<V> {
  at: Instant;
  /** Once it is there. */
  value: { of: V } | undefined;
  reading: Promise<V>;
}

export interface HalfSecondParts<V> {
  read(key: string): Promise<V>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds, of a clock that nobody sets; the process's unless told. */
  steady?(): number;
  /** Keys that are kept. */
  most: number;
  /** False: it is read anew each time; all are kept unless told. */
  isKept?(value: V): boolean;
}

/** What it gives is there at once where it is known. */
export function halfSecond<V>(parts: HalfSecondParts<V>): (key: string) => V | Promise<V> {
  const cached = new LRUCache<string, Reading<V>>({ max: parts.most });
  const steady = parts.steady ?? (() => performance.now());

  const begin = (key: string, at: Instant): Promise<V> => {
    const one: Reading<V> = { at, value: undefined, reading: parts.read(key) };
    if (key.length > LONGEST) return one.reading;
    const forget = (): void => void (cached.peek(key) === one && cached.delete(key));
    cached.set(key, one);
    void settle(one, forget);
    return one.reading;
  };

  const settle = async (one: Reading<V>, forget: () => void): Promise<void> => {
    try {
      const of = await one.reading;
      one.value = { of };
      if (parts.isKept?.(of) === false) forget();
    } catch {
      forget();
    }
  };

  return (key) => {
    const at = { wall: parts.now(), steady: steady() };
    const known = cached.get(key);
    if (!known || elapsed(known.at, at) >= HALF_SECOND) return begin(key, at);
    return known.value ? known.value.of : known.reading;
  };
}
