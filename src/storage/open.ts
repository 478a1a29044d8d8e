/** The only switch on the storage engine. */
import { checkCollections } from './document.ts';
import { lockForServing, type ServeLock } from './sqlite/serve-lock.ts';
import { sqliteFile, type StoreFile } from './sqlite/snapshot.ts';
import { openSqliteStore } from './sqlite/store.ts';
import { NoStore, type StoreOptions, type StoreParts } from './options.ts';
import type { VersionedStore } from './indexes/versioned-store.ts';
import type { Collection } from './store.ts';

/**
 * Opens the store and makes what is missing in it for these collections: a table or a collection of MongoDB's each, and
 * indexes, unless another version uses it (indexes/versions.ts). Rejects with NoStore when it must be there and is not, with a message for the operator when the store cannot be used, and with
 * StoreUnavailable when it may be reached later.
 */
export async function openStore(
  options: StoreOptions,
  collections: readonly Collection<any>[],
  parts: StoreParts,
): Promise<VersionedStore> {
  checkCollections(collections);
  switch (options.engine) {
    case 'sqlite':
      if (parts.mustExist === true && !sqliteFile(options.path).isThere())
        throw new NoStore(options);
      return openSqliteStore(options.path, collections, parts);
    case 'mongodb': {
      // Its driver is a third of all modules: who has a file does not wait for it.
      const { openMongoStore } = await import('./mongo/store.ts');
      return openMongoStore(options, collections, parts);
    }
  }
}

/**
 * Keeps a second server away from a store that one machine has to itself; throws when there is one.
 * Any number of servers share a MongoDB store.
 */
export function lockStore(options: StoreOptions): ServeLock {
  return options.engine === 'sqlite' ? lockForServing(options.path) : { release: () => {} };
}

/** The files that the store is in, for whoever looks how large they are; none for an engine that runs elsewhere. */
export function storeFiles(options: StoreOptions): Readonly<Record<string, string>> {
  if (options.engine !== 'sqlite') return {};
  return { database: options.path, wal: `${options.path}-wal` };
}

/** The store as a file, for backups. Throws for an engine whose own tools make them. */
export function storeFile(options: StoreOptions): StoreFile {
  if (options.engine === 'sqlite') return sqliteFile(options.path);
  throw new Error(
    'A MongoDB store is backed up with mongodump and restored with mongorestore, not with this command: see docs/mongodb.md. After a mongorestore, run latchkey revoke-all.',
  );
}
