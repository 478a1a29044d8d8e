/**
 * How a collection is kept: as one of MongoDB's, of its name. The value is JSON text, as on every engine, so that
 * whatever one takes all others take (names with `$` or a point, half characters); what is looked up
 * stands beside it.
 *
 * Shard key of every collection: `{ _id: 'hashed' }`. Every write names its `_id`, so it goes to one
 * shard, and uniqueness is by `_id` alone, which a hashed shard key keeps for the whole cluster. Ids
 * of one collection are random or spread evenly by the hash, so no shard is hotter than another. Only
 * `find` and `scan` ask every shard: of what a browser waits for, that is the session of a cookie
 * which this process sees for the first time (oidc/adapters/session-places.ts).
 */
import mongoose from 'mongoose';
import { encodeDocument, indexedOf, indexValue } from '../document.ts';
import type { IndexValue, Collection } from '../store.ts';

/** An id as it is stored: text, or the 32 bytes of a hash. */
export type Key = string | mongoose.mongo.Binary;

export interface StoredDocument {
  _id: Key;
  /** Another one at every write: what a conditional write compares. */
  rev: mongoose.mongo.ObjectId;
  /** When it expires. */
  exp?: Date;
  /** The value as JSON. */
  doc: string;
  /** The index values by index name. */
  ix?: Record<string, IndexValue>;
}

export type StoredCollection = mongoose.mongo.Collection<StoredDocument>;

/** The value and its index values, as they will be stored. */
export type Encoded = Pick<StoredDocument, 'doc' | 'ix'>;

export function keyOf(collection: Collection<any>, id: string): Key {
  return collection.key === 'hash' ? new mongoose.mongo.Binary(Buffer.from(id, 'base64url')) : id;
}

export function idOf(key: Key): string {
  return typeof key === 'string' ? key : Buffer.from(key.buffer).toString('base64url');
}

export function encode(collection: Collection<any>, value: unknown): Encoded {
  const doc = encodeDocument(collection, value);
  const ix = indexValues(collection, value);
  return Object.keys(ix).length > 0 ? { doc, ix } : { doc };
}

/** Of a text that perhaps can't be read. */
export function encodeStored(collection: Collection<any>, doc: string): Encoded {
  const ix = indexedOf(doc, (value) => indexValues(collection, value)) ?? {};
  return Object.keys(ix).length > 0 ? { doc, ix } : { doc };
}

export function indexValues(
  collection: Collection<any>,
  value: unknown,
): Record<string, IndexValue> {
  const entries = Object.keys(collection.indexes).flatMap((index) => {
    const indexed = indexValue(collection, index, value);
    return indexed === undefined ? [] : [[index, indexed] as const];
  });
  return Object.fromEntries(entries);
}

/** The latest time that a Date can be. */
const endOfTime = 8.64e15;

/** Milliseconds since the epoch to what TTL indexes look at. */
export function dateOf(expiresAt: number): Date {
  return new Date(Math.min(Math.max(Math.ceil(expiresAt), -endOfTime), endOfTime));
}

export function isAlive(document: Pick<StoredDocument, 'exp'>, now: number): boolean {
  return document.exp === undefined || document.exp.getTime() > now;
}
