/**
 * The storage port: a document store with compare-and-swap. This folder owns everything that is
 * durable; only `open.ts` knows which engine is behind the port.
 *
 * What every engine promises (test/storage/contract.ts runs against each of them):
 * - A promise that has resolved is durable: the write survives a crash of process and machine.
 * - Every write is atomic for its one document. Nothing spans two documents, so that the same code
 *   holds on a sharded cluster; what must change together lives in one document.
 * - Uniqueness is by document id alone: a login name is claimed by inserting the document of that id.
 * - A document whose `expiresAt` has passed is not there, swept away yet or not.
 * - An id that cannot be (too long, no hash) is not there when read, and a RangeError when written.
 * - Values are JSON, 5 million characters at most; every read gives a fresh copy that the caller may
 *   keep and change, but for those by id of a collection that is `shared`.
 */

/**
 * What an index may hold: either text or numbers, not both in one index, as the order between them
 * is each engine's own. Text is in order of its code points.
 */
export type IndexValue = string | number;

/** One collection of documents of the same shape. Declared by the module that owns the shape. */
export interface Collection<T> {
  /** Lower-case letters and underscores; the name of the table or collection. */
  readonly name: string;
  /** `hash`: every id is 32 bytes as base64url (43 characters), kept in binary; `text`: anything up to 200 characters. */
  readonly key: 'text' | 'hash';
  /**
   * By name (letters and digits); `undefined` leaves the document out of the index. An index whose
   * function comes to mean something else gets a new name: those of old documents are kept as they are.
   */
  readonly indexes: Readonly<Record<string, (value: T) => IndexValue | undefined>>;
  /** What fields must be where they are there and not null: else the document is damaged. */
  readonly fields?: Fields<T>;
  /**
   * Read by id all day: `get` and `getMany` may give the same value to everybody who asks until the document is
   * another one. It is frozen, with all that is in it.
   */
  readonly shared?: true;
}

export type FieldType = 'text' | 'number' | 'flag' | 'list' | 'object';
/** Names of fields by their type. */
export type Fields<T> = { readonly [Type in FieldType]?: readonly (keyof T)[] };

/** Declares a collection. */
export function collection<T>(
  name: string,
  options: {
    key?: 'text' | 'hash';
    indexes?: Collection<T>['indexes'];
    fields?: Fields<T>;
    shared?: true;
  } = {},
): Collection<T> {
  const { key = 'text', indexes = {}, fields, shared } = options;
  return { name, key, indexes, ...(fields && { fields }), ...(shared && { shared }) };
}

export interface Expiry {
  /** Milliseconds since the epoch. Absent on `insert` and `put`: never. Absent in a `Change`: as before. */
  expiresAt?: number | undefined;
}

/** What an update function decides: write a new value, remove the document, or leave it as it is. */
export type Change<T, R> =
  | ({ put: T; result: R } & Expiry)
  | { remove: true; result: R }
  | { put?: never; remove?: never; result: R };

export interface Entry<T> {
  id: string;
  value: T;
  /** Milliseconds since the epoch; `scan` alone tells it, of documents that have one. */
  expiresAt?: number;
}

/**
 * A document as it is kept: the text of its JSON, which nobody has read. What can no longer be read is counted, moved
 * and looked at by it.
 */
export interface Stored {
  id: string;
  text: string;
  /** Milliseconds since the epoch. */
  expiresAt?: number;
}

export interface StoredPage {
  items: Stored[];
  /** As that of `Page`. */
  next?: string;
}

export interface Page<T> {
  items: Entry<T>[];
  /** Give this as `after` to go on; absent on the last page. Opaque. */
  next?: string;
  /** Those of the page that can't be read, and are not among its items; absent: none. */
  damaged?: DamagedDocument[];
}

/**
 * `equals`, or a range of which either end may be open: `from` ≤ value < `below`. In order of the
 * value; equal values have an order of their own that stays. `descending` turns both around.
 */
export interface Query {
  index: string;
  equals?: IndexValue;
  from?: IndexValue;
  below?: IndexValue;
  descending?: boolean;
  /** 100 unless told. */
  limit?: number;
  /**
   * What comes behind that place in the query's direction, so that a cursor goes with both directions.
   * RangeError for one whose place is not in the range.
   */
  after?: string | undefined;
}

/** The document behind `take`. */
export interface Counter {
  count: number;
}

export interface Taken {
  taken: boolean;
  /** Afterwards. */
  count: number;
}

/** Waited for after each slice of a sweep. `left`: expired documents that it has still before it, about. */
export type Rest = (left: number) => Promise<void>;

export interface Store {
  /** Creates; `false` when a document of that id is there already. */
  insert<T>(collection: Collection<T>, id: string, value: T, expiry?: Expiry): Promise<boolean>;
  /** Creates or replaces, whatever was there. */
  put<T>(collection: Collection<T>, id: string, value: T, expiry?: Expiry): Promise<void>;
  /**
   * DamagedDocument where it is there and can't be read; `update` rejects with it too. What is asked for within one turn
   * of the event loop is one round trip: begin all that is needed before waiting for any of it.
   */
  get<T>(collection: Collection<T>, id: string): Promise<T | undefined>;
  /**
   * Those of the ids that are there and can be read, in the order of `ids`, in one round trip for each thousand. They need
   * not have been there at the same moment.
   */
  getMany<T>(collection: Collection<T>, ids: readonly string[]): Promise<Map<string, T>>;
  find<T>(collection: Collection<T>, query: Query): Promise<Page<T>>;
  /** Every document with its expiry, in no promised order. */
  scan<T>(
    collection: Collection<T>,
    options?: { limit?: number; after?: string | undefined },
  ): Promise<Page<T>>;
  /**
   * The one conditional write: `change` sees the document as it is (or `undefined`) and decides; its
   * verdict is the answer. It must be pure, as it runs again when another writer was faster. What it
   * throws rejects the promise and writes nothing. Updates of one document queue inside a process.
   */
  update<T, R>(
    collection: Collection<T>,
    id: string,
    change: (current: T | undefined) => Change<T, R>,
  ): Promise<R>;
  /** Counts up to `max` and no further. The expiry counts from the first take. */
  take(
    collection: Collection<Counter>,
    id: string,
    limit: { max: number } & Expiry,
  ): Promise<Taken>;
  /** As `scan`, with the documents as they are kept. */
  readStored(
    collection: Collection<any>,
    options?: { limit?: number; after?: string | undefined },
  ): Promise<StoredPage>;
  /**
   * Creates or replaces many, in as few round trips as there can be; what can't be read is kept as it is, in no
   * index. Each by itself: of a call that rejects, any may have been written.
   */
  writeStored(collection: Collection<any>, documents: readonly Stored[]): Promise<void>;
  /** How many there are. May go through all of them. */
  count(collection: Collection<any>): Promise<number>;
  /** `false` when there was none. */
  delete<T>(collection: Collection<T>, id: string): Promise<boolean>;
  /**
   * Removes up to `limit` expired documents of each collection (10 000 unless told); answers how many went,
   * 0 when none is left. May go through everything that is stored, in small steps: every few minutes
   * is often enough. What is free in a file goes back to the disk. Closing the store ends it.
   */
  sweep(limit?: number, rest?: Rest): Promise<number>;
  /** Rejects with the reason when the store cannot serve. */
  ping(): Promise<void>;
  /** Ends after everything accepted so far is durable. Later calls reject. */
  close(): Promise<void>;
}

/**
 * A document is there and can't be read: cut off, or of another shape. It is left as it is. The message has nothing
 * of what is in it.
 */
export class DamagedDocument extends Error {
  override readonly name = 'DamagedDocument';
  /** Of the collection. */
  readonly kind: string;
  readonly id: string;
  readonly reason: string;

  constructor(kind: string, id: string, reason: string) {
    super(`The document "${id}" of "${kind}" cannot be read: ${reason}.`);
    this.kind = kind;
    this.id = id;
    this.reason = reason;
  }
}

/** The store is there but cannot take the write now (busy, full, cut off). Callers answer 503. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
