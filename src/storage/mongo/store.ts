/**
 * The MongoDB engine: a replica set or sharded cluster that any number of processes share. This
 * folder owns the connection and what is asked of the server (connect.ts), collections, indexes and
 * shard keys (schema.ts, collection.ts), and the conditional write that settles everything one-time
 * (write.ts). Only single-document atomicity is used: no transactions.
 */
import type { Connection } from 'mongoose';
import { checkedExpiry, countedUpTo, isPossibleId, requireId } from '../document.ts';
import type { RetryReason, StoreParts } from '../options.ts';
import {
  StoreUnavailable,
  type Change,
  type Counter,
  type Expiry,
  type Collection,
  type Page,
  type Query,
  type Store,
  type Taken,
} from '../store.ts';
import { dateOf, encode, isAlive, keyOf, type StoredCollection } from './collection.ts';
import { connect, databaseOf, type MongoOptions } from './connect.ts';
import { served } from './errors.ts';
import { find, scan } from './query.ts';
import { KeyQueues } from './queues.ts';
import { collectionOf, prepareSchema } from './schema.ts';
import { sweepCollection } from './sweep.ts';
import { write, type Decision } from './write.ts';

export async function openMongoStore(
  options: MongoOptions,
  kinds: readonly Collection<any>[],
  parts: StoreParts,
): Promise<Store> {
  const connection = await connect(options);
  try {
    await served(() => prepareSchema(connection, kinds));
    return new MongoStore(connection, kinds, options.timeout, parts);
  } catch (error) {
    await connection.destroy();
    throw error;
  }
}

/** One document that proves that a majority takes writes. */
const pings = 'latchkey.pings';

class MongoStore implements Store {
  readonly #connection: Connection;
  readonly #collections: Map<string, StoredCollection>;
  readonly #queues = new KeyQueues();
  readonly #patience: number;
  readonly #now: () => number;
  readonly #onRetry: (reason: RetryReason) => void;
  readonly #running = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(
    connection: Connection,
    kinds: readonly Collection<any>[],
    patience: number,
    { now, onRetry }: StoreParts,
  ) {
    this.#connection = connection;
    this.#collections = new Map(kinds.map((kind) => [kind.name, collectionOf(connection, kind)]));
    this.#patience = patience;
    this.#now = now;
    this.#onRetry = onRetry ?? (() => {});
  }

  async insert<T>(kind: Collection<T>, id: string, value: T, expiry?: Expiry): Promise<boolean> {
    const change = this.#writing(kind, value, expiry);
    return this.#write(kind, id, true, (current) =>
      current === undefined ? { ...change, result: true } : { result: false },
    );
  }

  async put<T>(kind: Collection<T>, id: string, value: T, expiry?: Expiry): Promise<void> {
    const change = this.#writing(kind, value, expiry);
    return this.#write(kind, id, true, () => ({ ...change, result: undefined }));
  }

  async get<T>(kind: Collection<T>, id: string): Promise<T | undefined> {
    const collection = this.#collection(kind);
    if (!isPossibleId(kind, id)) return undefined;
    const found = await this.#track(() => collection.findOne({ _id: keyOf(kind, id) }));
    return found && isAlive(found, this.#now()) ? (JSON.parse(found.doc) as T) : undefined;
  }

  async find<T>(kind: Collection<T>, query: Query): Promise<Page<T>> {
    const collection = this.#collection(kind);
    return this.#track(() => find(collection, kind, query, this.#now()));
  }

  async scan<T>(
    kind: Collection<T>,
    options: { limit?: number; after?: string | undefined } = {},
  ): Promise<Page<T>> {
    const collection = this.#collection(kind);
    return this.#track(() => scan(collection, kind, options, this.#now()));
  }

  async update<T, R>(
    kind: Collection<T>,
    id: string,
    change: (current: T | undefined) => Change<T, R>,
  ): Promise<R> {
    return this.#write<T, R>(kind, id, false, (current, exp) => {
      const verdict = change(current);
      if ('put' in verdict) {
        const { put, expiresAt, result } = verdict as { put: T; result: R } & Expiry;
        const kept = expiresAt === undefined && exp ? { expiresAt: exp.getTime() } : { expiresAt };
        return { ...this.#writing(kind, put, kept), result };
      }
      // What is not there, or has expired, needs no removing.
      if (verdict.remove && current !== undefined) return { remove: true, result: verdict.result };
      return { result: verdict.result };
    });
  }

  async take(
    kind: Collection<Counter>,
    id: string,
    limit: { max: number } & Expiry,
  ): Promise<Taken> {
    return this.update(kind, id, (counter) => countedUpTo(counter, limit));
  }

  async delete<T>(kind: Collection<T>, id: string): Promise<boolean> {
    this.#collection(kind);
    if (!isPossibleId(kind, id)) return false;
    return this.#write(kind, id, false, (current): Decision<boolean> =>
      current === undefined ? { result: false } : { remove: true, result: true },
    );
  }

  async sweep(limit = 10_000, rest?: () => Promise<void>): Promise<number> {
    this.#requireOpen();
    const goOn = (): boolean => !this.#closed;
    let removed = 0;
    for (const collection of this.#collections.values()) {
      if (this.#closed) break;
      const how = { limit, now: this.#now(), rest, goOn };
      removed += await this.#track(() => sweepCollection(collection, how));
    }
    return removed;
  }

  async ping(): Promise<void> {
    this.#requireOpen();
    await this.#track(() =>
      databaseOf(this.#connection)
        .collection<{ _id: string; at: Date }>(pings)
        .updateOne({ _id: 'ping' }, { $set: { at: new Date(this.#now()) } }, { upsert: true }),
    );
  }

  close(): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#running).then(() => this.#connection.close());
    return this.#closed;
  }

  /** Encoded here and not when its turn comes: the caller may change the value afterwards. */
  #writing(kind: Collection<any>, value: unknown, expiry: Expiry | undefined) {
    const expiresAt = checkedExpiry(expiry);
    const exp = expiresAt === undefined ? {} : { exp: dateOf(expiresAt) };
    return { write: { ...encode(kind, value), ...exp } };
  }

  async #write<T, R>(
    kind: Collection<T>,
    id: string,
    expectNone: boolean,
    decide: (current: T | undefined, exp: Date | undefined) => Decision<R>,
  ): Promise<R> {
    const collection = this.#collection(kind);
    requireId(kind, id);
    return this.#track(() =>
      this.#queues.run(`${kind.name} ${id}`, () =>
        write<R>({
          collection,
          key: keyOf(kind, id),
          expectNone,
          patience: this.#patience,
          onRetry: this.#onRetry,
          decide: (found) => {
            const current = found && isAlive(found, this.#now()) ? found : undefined;
            return decide(current && (JSON.parse(current.doc) as T), current?.exp);
          },
        }),
      ),
    );
  }

  /** Runs a call that `close` waits for. */
  #track<R>(work: () => Promise<R>): Promise<R> {
    const running = served(work).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  #requireOpen(): void {
    if (this.#closed) throw new StoreUnavailable('The store is closed.');
  }

  #collection(kind: Collection<any>): StoredCollection {
    this.#requireOpen();
    const collection = this.#collections.get(kind.name);
    if (!collection) throw new Error(`The store was opened without the kind "${kind.name}".`);
    return collection;
  }
}
