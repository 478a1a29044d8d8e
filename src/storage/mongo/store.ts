/**
 * The MongoDB engine: a replica set or sharded cluster that any number of processes share. This
 * folder owns the connection and what is asked of the server (connect.ts), collections, indexes and
 * shard keys (schema.ts, collection.ts), and the conditional write that settles everything one-time
 * (write.ts). Only single-document atomicity is used: no transactions.
 */
import type { Connection } from 'mongoose';
import { tellDamaged, telling, type TellDamaged } from '../damage.ts';
import {
  checkedExpiry,
  countedUpTo,
  decode,
  isPossibleId,
  portionsOf,
  requireId,
} from '../document.ts';
import type { Engine, EngineIndexes } from '../indexes/engine.ts';
import { besideOthers, withOwn } from '../indexes/open.ts';
import type { VersionedStore } from '../indexes/versioned-store.ts';
import { NoStore, type RetryReason, type StoreParts } from '../options.ts';
import {
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
import { isAlive, keyOf, type StoredCollection, type StoredDocument } from './collection.ts';
import { connect, MOST_AT_ONCE, writePing, type Connected, type MongoOptions } from './connect.ts';
import { decided, writing } from './decided.ts';
import { served } from './errors.ts';
import { JointInserts } from './joint-inserts.ts';
import { JointReads } from './joint-reads.ts';
import { toWrite, writeMany } from './many.ts';
import {
  count,
  find,
  findPortion,
  readPortion,
  readStored,
  scan,
  type ScanOptions,
} from './query.ts';
import { KeyQueues } from './queues.ts';
import { RecentDocuments, type Way } from './recent.ts';
import { mongoIndexes } from './indexes.ts';
import { collectionOf, isPrepared, prepareSchema } from './schema.ts';
import { answered, requireOpen, Slots } from './slots.ts';
import { sweepCollections } from './sweep.ts';
import { write, type Decision } from './write.ts';

export async function openMongoStore(
  options: MongoOptions,
  collections: readonly Collection<any>[],
  parts: StoreParts,
): Promise<VersionedStore> {
  const { connection, isSharded } = await connect(options);
  try {
    if (parts.mustExist === true && !(await served(() => isPrepared(connection))))
      throw new NoStore(options);
    const kept = withOwn(collections);
    const made = await served(() => prepareSchema(connection, kept));
    const { timeout } = options;
    const connected = { connection, isSharded, timeout };
    const engine = new MongoStore(connected, kept, { ...parts, made });
    return await besideOthers(engine, collections, parts);
  } catch (error) {
    await connection.destroy();
    throw error;
  }
}

/** Documents asked for together that are perhaps to be written, or are read beside others. */
const FEW = 20;

class MongoStore implements Engine {
  readonly indexes: EngineIndexes;
  readonly #connection: Connection;
  readonly #collections: Map<string, StoredCollection>;
  readonly #queues = new KeyQueues();
  readonly #recent = new RecentDocuments();
  readonly #patience: number;
  readonly #slots: Slots;
  readonly #reads: JointReads;
  readonly #inserts = new JointInserts();
  readonly #now: () => number;
  readonly #onRetry: (reason: RetryReason) => void;
  readonly #onDamaged: TellDamaged;
  readonly #running = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(
    { connection, isSharded, timeout }: Connected & { timeout: number },
    collections: readonly Collection<any>[],
    parts: StoreParts & { made: boolean },
  ) {
    this.#connection = connection;
    const { made, now } = parts;
    this.indexes = mongoIndexes({ made, connection, now, track: this.#track, tell: this.#tell });
    this.#collections = new Map(
      collections.map((collection) => [collection.name, collectionOf(connection, collection)]),
    );
    this.#patience = timeout;
    this.#slots = new Slots(MOST_AT_ONCE, timeout);
    this.#reads = new JointReads({
      unites: !isSharded,
      run: (work) => this.#ask(work),
    });
    this.#now = parts.now;
    this.#onRetry = parts.onRetry ?? (() => {});
    this.#onDamaged = parts.onDamaged ?? (() => {});
  }

  async insert<T>(
    collection: Collection<T>,
    id: string,
    value: T,
    expiry?: Expiry,
  ): Promise<boolean> {
    const change = writing(collection, value, expiry);
    return this.#write(collection, id, 'insert', (current) =>
      current === undefined ? { ...change, result: true } : { result: false },
    );
  }

  async put<T>(collection: Collection<T>, id: string, value: T, expiry?: Expiry): Promise<void> {
    const change = writing(collection, value, expiry);
    return this.#write(collection, id, 'put', () => ({ ...change, result: undefined }));
  }

  async get<T>(collection: Collection<T>, id: string): Promise<T | undefined> {
    const stored = this.#collection(collection);
    if (!isPossibleId(collection, id)) return undefined;
    const found = await this.#document(stored, collection, id);
    if (!found || !isAlive(found, this.#now())) return undefined;
    return telling(async () => decode(collection, id, found.doc), this.#onDamaged);
  }

  async getMany<T>(collection: Collection<T>, ids: readonly string[]): Promise<Map<string, T>> {
    const stored = this.#collection(collection);
    const found = new Map<string, T>();
    for (const portion of portionsOf(collection, ids)) {
      const documents =
        portion.length > FEW
          ? await this.#asked(() => findPortion(stored, collection, portion))
          : await Promise.all(portion.map((id) => this.#document(stored, collection, id)));
      const page = readPortion(collection, portion, documents, this.#now());
      for (const [id, value] of this.#tell(page).items) found.set(id, value);
    }
    return found;
  }

  async find<T>(collection: Collection<T>, query: Query): Promise<Page<T>> {
    const stored = this.#collection(collection);
    return this.#tell(await this.#asked(() => find(stored, collection, query, this.#now())));
  }

  async scan<T>(collection: Collection<T>, options: ScanOptions = {}): Promise<Page<T>> {
    const stored = this.#collection(collection);
    return this.#tell(await this.#asked(() => scan(stored, collection, options, this.#now())));
  }

  async update<T, R>(
    collection: Collection<T>,
    id: string,
    change: (current: T | undefined) => Change<T, R>,
  ): Promise<R> {
    return this.#write<T, R>(collection, id, 'change', (found) =>
      decided(collection, id, found, change),
    );
  }

  async take(
    collection: Collection<Counter>,
    id: string,
    limit: { max: number } & Expiry,
  ): Promise<Taken> {
    return this.update(collection, id, (counter) => countedUpTo(counter, limit));
  }

  async readStored(collection: Collection<any>, options: ScanOptions = {}): Promise<StoredPage> {
    const stored = this.#collection(collection);
    return this.#asked(() => readStored(stored, collection, options, this.#now()));
  }

  async writeStored(collection: Collection<any>, documents: readonly Stored[]): Promise<void> {
    const stored = this.#collection(collection);
    const encoded = documents.map(({ id, text, ...expiry }) => {
      requireId(collection, id);
      return toWrite(collection, { id, text, expiresAt: checkedExpiry(expiry) });
    });
    await this.#track(() => writeMany(stored, encoded));
  }

  async count(collection: Collection<any>): Promise<number> {
    const stored = this.#collection(collection);
    return this.#asked(() => count(stored, this.#now()));
  }

  async delete<T>(collection: Collection<T>, id: string): Promise<boolean> {
    this.#collection(collection);
    if (!isPossibleId(collection, id)) return false;
    return this.#write(collection, id, 'change', (current): Decision<boolean> =>
      current === undefined ? { result: false } : { remove: true, result: true },
    );
  }

  async sweep(limit = 10_000, rest?: Rest): Promise<number> {
    requireOpen(this.#closed);
    const goOn = (): boolean => !this.#closed;
    const how = { limit, now: this.#now(), rest, goOn };
    return this.#track(() => sweepCollections([...this.#collections.values()], how));
  }

  async ping(): Promise<void> {
    requireOpen(this.#closed);
    await this.#asked(() => writePing(this.#connection, this.#now()));
  }

  close(): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#running).then(() => this.#connection.close());
    return this.#closed;
  }

  async #write<T, R>(
    collection: Collection<T>,
    id: string,
    how: Way,
    decide: (current: StoredDocument | undefined) => Decision<R>,
  ): Promise<R> {
    const stored = this.#collection(collection);
    requireId(collection, id);
    const key = keyOf(collection, id);
    const work = (): Promise<R> =>
      this.#queues.run(`${collection.name} ${id}`, () =>
        this.#ask(() =>
          write<R>({
            stored,
            key,
            read: () => this.#reads.get(stored, key, true),
            insert: (document) => this.#inserts.insert(stored, document),
            expectNone: how !== 'change',
            recent: this.#recent.before(how, collection.name, id),
            onWritten: (document, replaced) =>
              this.#recent.note(collection.name, id, document, how === 'put' && replaced),
            patience: this.#patience,
            onRetry: this.#onRetry,
            decide: (found) => decide(found && isAlive(found, this.#now()) ? found : undefined),
          }),
        ),
      );
    return telling(() => this.#whole(work), this.#onDamaged);
  }

  async #document(
    stored: StoredCollection,
    collection: Collection<any>,
    id: string,
  ): Promise<StoredDocument | null> {
    const found = await this.#whole(() => this.#reads.get(stored, keyOf(collection, id)));
    this.#recent.note(collection.name, id, found);
    return found;
  }

  readonly #tell = <P extends { damaged?: DamagedDocument[] }>(page: P): P =>
    tellDamaged(page, this.#onDamaged);

  /** One question or write, when there is room for it. */
  readonly #ask = <R>(work: () => Promise<R>): Promise<R> =>
    this.#slots.run(() => answered(work, this.#patience));

  readonly #asked = <R>(work: () => Promise<R>): Promise<R> => this.#whole(() => this.#ask(work));

  /** Runs a call when there is room for it, however long it takes. */
  readonly #track = <R>(work: () => Promise<R>): Promise<R> =>
    this.#whole(() => this.#slots.run(work));

  /** Runs what `close` waits for. */
  #whole<R>(work: () => Promise<R>): Promise<R> {
    const running = served(work).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  #collection(collection: Collection<any>): StoredCollection {
    requireOpen(this.#closed);
    const stored = this.#collections.get(collection.name);
    if (!stored)
      throw new Error(`The store was opened without the collection "${collection.name}".`);
    return stored;
  }
}
