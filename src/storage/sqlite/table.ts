/**
 * The prepared statements of one collection. Nothing here waits or begins a transaction; the writing
 * methods are called by a batch only. `now` is in milliseconds since the epoch.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  checkedExpiry,
  decode,
  encodeDocument,
  frozen,
  indexedOf,
  indexValue,
  readable,
} from '../document.ts';
import type { Change, Collection, DamagedDocument, Entry, Expiry } from '../store.ts';
import { ReadCache, type CachedDocument, type Generation } from './read-cache.ts';
import { columnName, reindexSql, tableName } from './schema.ts';

/** An id as it is stored: text, or the 32 bytes of a hash. */
export type Key = string | Uint8Array;

/** A document as it is stored: text and index columns. */
export interface Encoded {
  doc: string;
  indexed: SQLInputValue[];
}

/** `row, id, doc`, as `find` and `scan` select them. */
export type Row = [row: number, id: Key, doc: string];

/** What `getMany` reads. */
type ManyRow = [id: Key, doc: string, expires: number | null];

/** What `update` reads before it decides. */
type FoundRow = [row: number, doc: string, expires: number | null];

/** The condition that a row is not expired; its parameter is the time. */
export const alive = '(expires IS NULL OR expires > ?)';

export class Table<T = any> {
  readonly collection: Collection<T>;
  readonly name: string;
  readonly #db: DatabaseSync;
  readonly #cache: ReadCache;
  readonly #indexes: string[];
  readonly #statements = new Map<string, StatementSync>();
  readonly #insert: Prepared;
  readonly #put: Prepared;
  readonly #get: Prepared;
  readonly #select: Prepared;
  readonly #rewrite: Prepared;
  readonly #reindex: Prepared | undefined;
  readonly #delete: Prepared;
  readonly #remove: Prepared;

  constructor(db: DatabaseSync, collection: Collection<T>, generation: Generation) {
    this.collection = collection;
    this.name = tableName(collection);
    this.#db = db;
    this.#cache = new ReadCache(generation);
    this.#indexes = Object.keys(collection.indexes);
    const columns = this.#indexes.map(columnName);
    const write = (sql: string): Prepared => once(() => db.prepare(sql));
    const read = (sql: string): Prepared => once(() => this.statement(sql));
    const upsert = upsertSql(this.name, columns);
    this.#insert = write(`${upsert} WHERE expires <= ?`);
    this.#put = write(upsert);
    this.#get = read(`SELECT doc, expires FROM ${this.name} WHERE id = ?`);
    this.#select = read(`SELECT row, doc, expires FROM ${this.name} WHERE id = ? AND ${alive}`);
    this.#rewrite = write(`UPDATE ${this.name} SET doc = ?, expires = ? WHERE row = ?`);
    this.#reindex = columns.length === 0 ? undefined : write(reindexSql(this.name, columns));
    this.#delete = write(`DELETE FROM ${this.name} WHERE id = ? AND ${alive}`);
    this.#remove = write(`DELETE FROM ${this.name} WHERE row = ?`);
  }

  /** A statement of this text that gives rows as arrays, prepared once. */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql, { returnArrays: true });
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  key(id: string): Key {
    return this.collection.key === 'hash' ? Buffer.from(id, 'base64url') : id;
  }

  encode(value: T): Encoded {
    return { doc: encodeDocument(this.collection, value), indexed: this.#indexed(value) };
  }

  /** Of a text that perhaps can't be read. */
  encodeStored(doc: string): Encoded {
    const indexed = indexedOf(doc, (value) => this.#indexed(value));
    return { doc, indexed: indexed ?? this.#indexes.map(() => null) };
  }

  #indexed(value: unknown): SQLInputValue[] {
    return this.#indexes.map((index) => indexValue(this.collection, index, value) ?? null);
  }

  entry([, key, doc]: Row): Entry<T> {
    const id = idOf(key);
    return { id, value: decode(this.collection, id, doc) };
  }

  get(id: string, now: number): T | undefined {
    const known = this.#cache.get(id);
    const found = known === undefined ? this.#load(id) : known;
    return isAlive(found, now) ? this.#valueOf(id, found) : undefined;
  }

  /** In the order of `ids`, which are possible ones. */
  getMany(
    ids: readonly string[],
    now: number,
  ): { items: [id: string, value: T][]; damaged?: DamagedDocument[] } {
    const known = new Map(ids.map((id) => [id, this.#cache.get(id)]));
    const unknown = ids.filter((id) => known.get(id) === undefined);
    for (const [id, found] of this.#loadMany(unknown)) known.set(id, found);
    const there = [...known].flatMap(([id, found]): [string, CachedDocument][] =>
      found && isAlive(found, now) ? [[id, found]] : [],
    );
    return readable(there, ([id, found]) => [id, this.#valueOf(id, found)]);
  }

  insert(id: string, encoded: Encoded, expiresAt: number | undefined, now: number): boolean {
    const { doc, indexed } = encoded;
    const expires = expiresAt ?? null;
    const inserted = this.#insert().run(this.key(id), expires, doc, ...indexed, now).changes !== 0;
    if (inserted) this.#cache.set(id, { doc, expires });
    return inserted;
  }

  put(id: string, { doc, indexed }: Encoded, expiresAt: number | undefined): void {
    const expires = expiresAt ?? null;
    this.#put().run(this.key(id), expires, doc, ...indexed);
    this.#cache.set(id, { doc, expires });
  }

  update<R>(id: string, change: (current: T | undefined) => Change<T, R>, now: number): R {
    const found = this.#select().get(this.key(id), now) as FoundRow | undefined;
    const verdict = change(found && decode(this.collection, id, found[1]));
    if ('put' in verdict) this.#write(id, found, verdict as { put: T } & Expiry);
    else if (verdict.remove && found) {
      this.#remove().run(found[0]);
      this.#cache.set(id, null);
    }
    return verdict.result;
  }

  delete(id: string, now: number): boolean {
    this.#cache.set(id, null);
    return this.#delete().run(this.key(id), now).changes !== 0;
  }

  #valueOf(id: string, found: CachedDocument): T {
    if (!this.collection.shared) return decode(this.collection, id, found.doc);
    if (found.value === undefined) {
      found.value = frozen(decode(this.collection, id, found.doc));
      found.doc = '';
    }
    return found.value as T;
  }

  #load(id: string): CachedDocument | null {
    const row = this.#get().get(this.key(id)) as [string, number | null] | undefined;
    const found = row ? { doc: row[0], expires: row[1] } : null;
    this.#cache.set(id, found);
    return found;
  }

  /** One statement for however many: for fifty a third cheaper than one for each. */
  #loadMany(ids: readonly string[]): Map<string, CachedDocument | null> {
    const loaded = new Map<string, CachedDocument | null>(ids.map((id) => [id, null]));
    if (ids.length === 0) return loaded;
    // JSON has no bytes.
    const [keys, value] =
      this.collection.key === 'hash'
        ? [ids.map((id) => Buffer.from(id, 'base64url').toString('hex')), 'unhex(value)']
        : [ids, 'value'];
    const sql = `SELECT id, doc, expires FROM ${this.name} WHERE id IN (SELECT ${value} FROM json_each(?))`;
    const rows = this.statement(sql).all(JSON.stringify(keys)) as unknown as ManyRow[];
    for (const [key, doc, expires] of rows) loaded.set(idOf(key), { doc, expires });
    for (const [id, found] of loaded) this.#cache.set(id, found);
    return loaded;
  }

  #write(id: string, found: FoundRow | undefined, verdict: { put: T } & Expiry): void {
    const encoded = this.encode(verdict.put);
    const expiresAt = checkedExpiry(verdict);
    if (!found) {
      this.put(id, encoded, expiresAt);
      return;
    }
    const [row, , before] = found;
    const expires = expiresAt ?? before;
    this.#rewrite().run(encoded.doc, expires, row);
    this.#reindex?.().run(...encoded.indexed, row, ...encoded.indexed);
    this.#cache.set(id, { doc: encoded.doc, expires });
  }
}

export function idOf(key: Key): string {
  if (typeof key === 'string') return key;
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('base64url');
}

function isAlive(found: CachedDocument | null, now: number): found is CachedDocument {
  return found !== null && (found.expires === null || found.expires > now);
}

function upsertSql(table: string, columns: string[]): string {
  const all = ['id', 'expires', 'doc', ...columns];
  const replaced = all.slice(1).map((column) => `${column} = excluded.${column}`);
  return (
    `INSERT INTO ${table} (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')}) ` +
    `ON CONFLICT (id) DO UPDATE SET ${replaced.join(', ')}`
  );
}

/** Made when it is first wanted: a command touches a few of some fifty tables, and a server starts sooner. */
type Prepared = () => StatementSync;

function once(prepare: Prepared): Prepared {
  let statement: StatementSync | undefined;
  return () => (statement ??= prepare());
}
