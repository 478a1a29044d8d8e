/** The only switch on the storage engine. */
import { checkKinds } from './document.ts';
import { openSqliteStore } from './sqlite/store.ts';
import type { Kind, Store } from './store.ts';

export type StoreOptions = { engine: 'sqlite'; path: string };

export interface StoreParts {
  /** Milliseconds since the epoch; what `expiresAt` is compared with. */
  now: () => number;
}

/**
 * Opens the store and makes what is missing in it for these kinds: a table or collection each, and
 * indexes. Rejects with a message for the operator when the store cannot be used.
 */
export async function openStore(
  options: StoreOptions,
  kinds: readonly Kind<any>[],
  parts: StoreParts,
): Promise<Store> {
  checkKinds(kinds);
  switch (options.engine) {
    case 'sqlite':
      return openSqliteStore(options.path, kinds, parts);
  }
}
