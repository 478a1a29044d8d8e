/**
 * What was hashed within the last minute, while there are several keys: whoever finds nothing under a hash can then
 * ask for the same under the other keys. In two halves, so that forgetting costs nothing.
 */

export interface Hashed {
  /** The key that it was hashed under. */
  kid: string;
  purpose: string;
  value: string;
}

/** Milliseconds that a hash is remembered at least, unless there are too many. */
const KEPT_FOR = 60_000;
/** Of each half: hashes, and characters of what was hashed. It is seconds of the busiest server, and a request takes less. */
const MOST = 20_000;
const MOST_CHARACTERS = 4_000_000;

export interface RememberedHashes {
  note(hash: string, hashed: Hashed): void;
  find(hash: string): Hashed | undefined;
  forget(): void;
}

/** `clock`: milliseconds, for durations alone. */
export function rememberHashes(clock: () => number = () => performance.now()): RememberedHashes {
  let young = new Map<string, Hashed>();
  let old = new Map<string, Hashed>();
  let since = clock();
  let characters = 0;
  const isFull = (): boolean => young.size >= MOST || characters >= MOST_CHARACTERS;
  return {
    note(hash, hashed) {
      if (isFull() || clock() - since > KEPT_FOR) {
        old = young;
        young = new Map();
        since = clock();
        characters = 0;
      }
      young.set(hash, hashed);
      characters += hashed.value.length;
    },
    find: (hash) => young.get(hash) ?? old.get(hash),
    forget() {
      young = new Map();
      old = new Map();
      characters = 0;
    },
  };
}
