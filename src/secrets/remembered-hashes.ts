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

/** Milliseconds that a hash is remembered at least. */
const KEPT_FOR = 60_000;

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
  return {
    note(hash, hashed) {
      if (clock() - since > KEPT_FOR) {
        old = young;
        young = new Map();
        since = clock();
      }
      young.set(hash, hashed);
    },
    find: (hash) => young.get(hash) ?? old.get(hash),
    forget() {
      young = new Map();
      old = new Map();
    },
  };
}
