/** What a store is opened with: which engine, where it is, and what it is told. */
import type { IndexNews } from './indexes/versions.ts';
import type { DamagedDocument } from './store.ts';

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
  /** Told each time that a document was met which can't be read: the same one again and again. */
  onDamaged?: (damaged: DamagedDocument) => void;
  /** Another process may be serving the store: it is then not upgraded to a newer schema. */
  mayBeServed?: boolean;
  /** Of the program, for whoever asks who uses the store. */
  version?: string;
  /**
   * When indexes are filled that another version has not written: `once`, at opening, where nobody else uses the store
   * (unless told); `later` too, as soon as that may be; `never`.
   */
  fill?: 'once' | 'later' | 'never';
  /** Milliseconds after which a process that said nothing lives no longer; 45,000 unless told. */
  lapsedAfter?: number;
  /** Told what becomes of them. */
  onIndexes?: (news: IndexNews) => void;
  /** Refuse to make a store where there is none, with `NoStore`. */
  mustExist?: boolean;
}

/** Where a store was to be read there is none, and none was made. */
export class NoStore extends Error {
  override readonly name = 'NoStore';

  constructor(options: StoreOptions) {
    const where = options.engine === 'sqlite' ? options.path : storeName(options);
    super(
      `There is no store at ${where}. Run the command in the folder of the installation, or give it the server’s configuration (--config FILE, or LATCHKEY_… variables).`,
    );
  }
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
