/**
 * The SQLite engine: one file in WAL mode, every commit durable before it is told. This folder owns the file: its
 * tables (schema.ts), group commit (batches.ts, disk/wal-sync.ts), waiting for other processes (busy.ts), and the lock
 * that keeps a second server away (serve-lock.ts).
 */
import type { DatabaseSync } from 'node:sqlite';
import { checkedExpiry, countedUpTo, isPossibleId, portionsOf, requireId } from '../document.ts';
import type { Engine, EngineIndexes } from '../indexes/engine.ts';
import { besideOthers, withOwn } from '../indexes/open.ts';
import type { VersionedStore } from '../indexes/versioned-store.ts';
import type { StoreParts } from '../options.ts';
import {
  StoreUnavailable,
  type Change,
  type Counter,
  type DamagedDocument,
  type Expiry,
  type Collection,
  type Page,
  type Query,
  type Rest,
  type Stored,
  type StoredPage,
  type Taken,
} from '../store.ts';
import { tellDamaged, telling, type TellDamaged } from '../damage.ts';
import { Batches } from './batches.ts';
import { defaultPatience, whenFree } from './busy.ts';
import { openDatabase } from './database.ts';
import { count, find, findWithout, readStored, scan } from './query.ts';
import { Generation } from './read-cache.ts';
import { giveBack } from './room.ts';
import { dropIndex, fillIndexes, layoutOf } from './schema.ts';
import { sweepTables } from './sweep.ts';
import { Table } from './table.ts';
import { presentPlan, type UpgradePlan } from './upgrade.ts';
import { walOf, type Disk } from './disk/wal-sync.ts';

export interface SqliteParts extends StoreParts {
  /** How long a call waits for other processes, in milliseconds. */
  patience?: number;
  /** How an older schema becomes the present one; this version's unless told. */
  plan?: UpgradePlan;
  /** False: an older file is upgraded without a copy of it. */
  copyFirst?: boolean;
}

export async function openSqliteStore(
  path: string,
  collections: readonly Collection<any>[],
  parts: SqliteParts,
): Promise<VersionedStore> {
  const { patience = defaultPatience, plan = presentPlan, copyFirst = true, now } = parts;
  const upgrading = { plan, copyFirst, mayBeServed: parts.mayBeServed ?? false, now };
  const kept = withOwn(collections);
  const { db, made } = await openDatabase(path, kept, patience, upgrading);
  const engine = new SqliteStore(db, kept, { ...parts, patience, made });
  return besideOthers(engine, collections, parts);
}

/** Documents that `writeStored` writes in one transaction. */
const MOST_AT_ONCE = 500;

class SqliteStore implements Engine {
  readonly indexes: EngineIndexes;
  readonly #db: DatabaseSync;
  readonly #tables: Map<string, Table>;
  readonly #batches: Batches;
  readonly #disk: Disk;
  readonly #now: () => number;
  readonly #patience: number;
  readonly #onDamaged: TellDamaged;
  #closed: Promise<void> | undefined;

  constructor(
    db: DatabaseSync,
    collections: readonly Collection<any>[],
    parts: StoreParts & { patience: number; made: boolean },
  ) {
    const { now, patience, onRetry, onDamaged = () => {} } = parts;
    this.#db = db;
    this.indexes = this.#indexesOf(parts.made);
    const generation = new Generation(db);
    this.#tables = new Map(
      collections.map((collection) => [collection.name, new Table(db, collection, generation)]),
    );
    this.#disk = walOf(db);
    this.#batches = new Batches(db, {
      disk: this.#disk,
      cameLate: !parts.made,
      patience,
      onRollback: () => generation.advance(),
      onBusy: () => onRetry?.('contention'),
    });
    this.#now = now;
    this.#patience = patience;
    this.#onDamaged = onDamaged;
  }

  async insert<T>(
    collection: Collection<T>,
    id: string,
    value: T,
    expiry?: Expiry,
  ): Promise<boolean> {
    const table = this.#writable(collection, id);
    // Encoded here and not in the batch: the caller may change the value afterwards.
    const encoded = table.encode(value);
    const expiresAt = checkedExpiry(expiry);
    return this.#batches.add(() => table.insert(id, encoded, expiresAt, this.#now()));
  }

  async put<T>(collection: Collection<T>, id: string, value: T, expiry?: Expiry): Promise<void> {
    const table = this.#writable(collection, id);
    const encoded = table.encode(value);
    const expiresAt = checkedExpiry(expiry);
    return this.#batches.add(() => table.put(id, encoded, expiresAt));
  }

  get<T>(collection: Collection<T>, id: string): Promise<T | undefined> {
    try {
      return Promise.resolve(this.#getNow(collection, id));
    } catch {
      // Another process is in the way, or it can't be read: again, with the waiting and the telling.
      return this.#told(() => this.#read(() => this.#getNow(collection, id)));
    }
  }

  async getMany<T>(collection: Collection<T>, ids: readonly string[]): Promise<Map<string, T>> {
    const table = this.#table(collection);
    const found = new Map<string, T>();
    for (const portion of portionsOf(collection, ids)) {
      const { items } = this.#tell(await this.#read(() => table.getMany(portion, this.#now())));
      for (const [id, value] of items) found.set(id, value);
    }
    return found;
  }

  async find<T>(collection: Collection<T>, query: Query): Promise<Page<T>> {
    const table = this.#table(collection);
    return this.#tell(await this.#read(() => find(table, query, this.#now())));
  }

  async scan<T>(
    collection: Collection<T>,
    options: { limit?: number; after?: string | undefined } = {},
  ): Promise<Page<T>> {
    const table = this.#table(collection);
    return this.#tell(await this.#read(() => scan(table, options, this.#now())));
  }

  async update<T, R>(
    collection: Collection<T>,
    id: string,
    change: (current: T | undefined) => Change<T, R>,
  ): Promise<R> {
    const table = this.#writable(collection, id);
    return this.#told(() => this.#batches.add(() => table.update(id, change, this.#now())));
  }

  async take(
    collection: Collection<Counter>,
    id: string,
    limit: { max: number } & Expiry,
  ): Promise<Taken> {
    return this.update(collection, id, (counter) => countedUpTo(counter, limit));
  }

  async readStored(
    collection: Collection<any>,
    options: { limit?: number; after?: string | undefined } = {},
  ): Promise<StoredPage> {
    const table = this.#table(collection);
    return this.#read(() => readStored(table, options, this.#now()));
  }

  async writeStored(collection: Collection<any>, documents: readonly Stored[]): Promise<void> {
    const table = this.#table(collection);
    const writes = documents.map(({ id, text, ...expiry }) => {
      requireId(collection, id);
      const [encoded, expiresAt] = [table.encodeStored(text), checkedExpiry(expiry)];
      return () => table.put(id, encoded, expiresAt);
    });
    for (let at = 0; at < writes.length; at += MOST_AT_ONCE) {
      const slice = writes.slice(at, at + MOST_AT_ONCE);
      await this.#batches.add(() => slice.forEach((write) => write()));
    }
  }

  async count(collection: Collection<any>): Promise<number> {
    const table = this.#table(collection);
    return this.#read(() => count(table, this.#now()));
  }

  async delete<T>(collection: Collection<T>, id: string): Promise<boolean> {
    const table = this.#table(collection);
    if (!isPossibleId(collection, id)) return false;
    return this.#batches.add(() => table.delete(id, this.#now()));
  }

  async sweep(limit = 10_000, rest?: Rest): Promise<number> {
    this.#requireOpen();
    const goOn = (): boolean => !this.#closed;
    const how = { limit, now: this.#now(), rest, goOn };
    const removed = await sweepTables(this.#tables.values(), this.#batches, how);
    await giveBack(this.#db, this.#batches, how);
    return removed;
  }

  /** Writes, as a store that can only be read cannot serve. */
  async ping(): Promise<void> {
    this.#requireOpen();
    await this.#batches.add(() => this.#db.exec('INSERT OR REPLACE INTO pings (row) VALUES (1)'));
  }

  close(): Promise<void> {
    // The last process to close moves the WAL into the file and removes it.
    this.#closed ??= this.#end();
    return this.#closed;
  }

  #getNow<T>(collection: Collection<T>, id: string): T | undefined {
    const table = this.#table(collection);
    return isPossibleId(collection, id) ? table.get(id, this.#now()) : undefined;
  }

  async #end(): Promise<void> {
    await this.#batches.idle();
    this.#disk.close();
    this.#db.close();
  }

  readonly #tell = <P extends { damaged?: DamagedDocument[] }>(page: P): P =>
    tellDamaged(page, this.#onDamaged);

  #told<R>(work: () => Promise<R>): Promise<R> {
    return telling(work, this.#onDamaged);
  }

  #indexesOf(made: boolean): EngineIndexes {
    const read = <R>(work: () => R): Promise<R> => this.#read(work);
    return {
      made,
      layout: ({ count: counts } = { count: false }) => read(() => layoutOf(this.#db, counts)),
      findWithout: async (collection, query) => {
        const table = this.#table(collection);
        return this.#tell(await findWithout(table, query, this.#now(), read));
      },
      fill: (collection, filling) => fillIndexes(this.#db, this.#batches, collection, filling),
      drop: (collection, index) => this.#batches.add(() => dropIndex(this.#db, collection, index)),
      // One folder has one version: nobody is kept away.
      admitsFormer: async () => false,
      refuseFormer: async () => {},
    };
  }

  #requireOpen(): void {
    if (this.#closed) throw new StoreUnavailable('The store is closed.');
  }

  #table<T>(collection: Collection<T>): Table<T> {
    this.#requireOpen();
    const table = this.#tables.get(collection.name);
    if (!table)
      throw new Error(`The store was opened without the collection "${collection.name}".`);
    return table as Table<T>;
  }

  #writable<T>(collection: Collection<T>, id: string): Table<T> {
    const table = this.#table(collection);
    requireId(collection, id);
    return table;
  }

  #read<R>(work: () => R): Promise<R> {
    return whenFree(work, this.#patience);
  }
}
