/** The only switch on the storage engine. */
import { checkKinds } from './document.ts';
import { lockForServing, type ServeLock } from './sqlite/serve-lock.ts';
import { sqliteFile, type StoreFile } from './sqlite/snapshot.ts';
import { openSqliteStore } from './sqlite/store.ts';
import type { Kind, Store } from './store.ts';

export type StoreOptions =
  | { engine: 'sqlite'; path: string }
  | {
      engine: 'mongodb';
      /** Names the database. May hold a password: never shown. */
      url: string;
      /** Refuse a server on its own. */
      requireReplicaSet: boolean;
      /** Milliseconds that one operation may take. */
      timeout: number;
    };

/** Why a call has to be tried again: another writer was faster, or the connection broke. */
export type RetryReason = 'contention' | 'connection';

export interface StoreParts {
  /** Milliseconds since the epoch; what `expiresAt` is compared with. */
  now: () => number;
  /** Told each time that something is tried again. */
  onRetry?: (reason: RetryReason) => void;
  /** Another process may be serving the store: it is then not upgraded to a newer schema. */
  mayBeServed?: boolean;
}

/** The part of the configuration that names the store (config/schema.ts). */
export interface StoreConfig {
  readonly engine: StoreOptions['engine'];
  readonly path: string;
  readonly mongodb_url?: string | undefined;
  readonly require_replica_set: boolean;
  readonly timeout_ms: number;
}

/** Throws with a message for the operator when something is missing. */
export function storeOptions(config: StoreConfig): StoreOptions {
  const { engine, path, mongodb_url: url } = config;
  if (engine === 'sqlite') return { engine, path };
  if (url === undefined) {
    throw new Error(
      'store.engine is mongodb, but store.mongodb_url (LATCHKEY_STORE_MONGODB_URL or …_FILE) is not set.',
    );
  }
  return { engine, url, requireReplicaSet: config.require_replica_set, timeout: config.timeout_ms };
}

/** Which store it is, for people to read: without what is secret in its address. */
export function storeName(options: StoreOptions): string {
  if (options.engine === 'sqlite') return `sqlite:${options.path}`;
  const [, scheme = '', hosts = '', database = ''] =
    /^(mongodb(?:\+srv)?:\/\/)(?:[^/]*@)?([^/]+)\/([^?]*)/u.exec(options.url) ?? [];
  return `${scheme}${hosts}/${database}`;
}

/**
 * Opens the store and makes what is missing in it for these kinds: a table or collection each, and
 * indexes. Rejects with a message for the operator when the store cannot be used, and with
 * StoreUnavailable when it may be reached later.
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
    case 'mongodb': {
      // Its driver is a third of all modules: who has a file does not wait for it.
      const { openMongoStore } = await import('./mongo/store.ts');
      return openMongoStore(options, kinds, parts);
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

/** The store as a file, for backups. Throws for an engine whose own tools make them. */
export function storeFile(options: StoreOptions): StoreFile {
  if (options.engine === 'sqlite') return sqliteFile(options.path);
  throw new Error(
    'A MongoDB store is backed up with mongodump and restored with mongorestore, not with this command: see docs/mongodb.md. After a mongorestore, run latchkey revoke-all.',
  );
}
