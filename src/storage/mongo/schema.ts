/** Collections and indexes: made where they are missing, and checked, at every start. */
import mongoose, { type Connection } from 'mongoose';
import { indexedOf } from '../document.ts';
import type { Collection } from '../store.ts';
import { indexValues, type StoredCollection, type StoredDocument } from './collection.ts';
import { databaseOf } from './connect.ts';

/** Raise it when documents change in a way that older versions cannot work with. */
export const schemaVersion = 1;

/** The collection that marks the database as Latchkey's; no collection of ours can have this name. */
const ownCollection = 'latchkey.schema';
const schemaId = 'schema';

/**
 * Seconds after its expiry that the server removes what no sweep has. Expiry is checked on reading
 * anyway; the hour is for servers whose clock is ahead.
 */
const ttlSlack = 3_600;

const ttlIndex = 'expiry';
const indexPrefix = 'ix_';
const indexNameOf = (index: string): string => indexPrefix + index;

/** Documents that a new index is filled for at a time. */
const backfillSlice = 500;

interface SchemaDocument {
  _id: typeof schemaId;
  version: number;
}

/** Rejects when the database belongs to another program or a newer version, or cannot be prepared. */
export async function prepareSchema(
  connection: Connection,
  collections: readonly Collection<any>[],
): Promise<void> {
  await claimDatabase(connection);
  try {
    await Promise.all(collections.map((collection) => prepareCollection(connection, collection)));
  } catch (error) {
    if (!(error instanceof mongoose.mongo.MongoServerError)) throw error;
    throw new Error(
      `The collections or indexes cannot be made in the MongoDB database "${connection.name}": ${error.message}. ` +
        'The user needs the role readWrite on it.',
      { cause: error },
    );
  }
}

/** Is the database Latchkey's already? Makes nothing. */
export async function isPrepared(connection: Connection): Promise<boolean> {
  const own = databaseOf(connection).collection<SchemaDocument>(ownCollection);
  return (await own.findOne({ _id: schemaId })) !== null;
}

async function claimDatabase(connection: Connection): Promise<void> {
  const db = databaseOf(connection);
  const own = db.collection<SchemaDocument>(ownCollection);
  const read = (): Promise<SchemaDocument | null> => own.findOne({ _id: schemaId });
  let found = await read();
  if (!found) {
    const names = await db.listCollections({}, { nameOnly: true }).toArray();
    // Read again: another process of the same first start may have made them just now.
    found = await read();
    if (!found && names.some(({ name }) => !/^(?:latchkey|system)\./u.test(name))) {
      throw new Error(`The MongoDB database "${connection.name}" holds data of another program.`);
    }
    const made: SchemaDocument = { _id: schemaId, version: schemaVersion };
    // $setOnInsert: of two at once, one writes.
    if (!found) await own.updateOne({ _id: schemaId }, { $setOnInsert: made }, { upsert: true });
  }
  const version = found?.version ?? schemaVersion;
  if (version <= schemaVersion) return;
  throw new Error(
    `The MongoDB database "${connection.name}" was written by a newer version (its schema is ${version}, ` +
      `this version knows ${schemaVersion}). Run that version, or restore a backup made with this one.`,
  );
}

async function prepareCollection(
  connection: Connection,
  collection: Collection<any>,
): Promise<void> {
  const stored = collectionOf(connection, collection);
  await refuseOtherIds(stored, collection);
  const present = await indexNames(stored);
  const declared = new Set([ttlIndex, ...Object.keys(collection.indexes).map(indexNameOf)]);
  const [missing, undeclared] = [declared.difference(present), present.difference(declared)];
  for (const name of undeclared) {
    // What is written from now on would be missing in it; declared again, it is filled again.
    if (name.startsWith(indexPrefix)) await stored.dropIndex(name);
  }
  if (missing.size === 0) return;
  // The index is the sign that every document has its value.
  if (present.size > 0) await backfill(stored, collection);
  await modelOf(connection, collection).createIndexes();
}

/** A collection with its indexes. */
function modelOf(
  connection: Connection,
  collection: Collection<any>,
): mongoose.Model<StoredDocument> {
  const schema = new mongoose.Schema<StoredDocument>(
    {},
    { collection: collection.name, autoIndex: false, autoCreate: false, versionKey: false },
  );
  schema.index({ exp: 1 }, { name: ttlIndex, expireAfterSeconds: ttlSlack });
  for (const index of Object.keys(collection.indexes)) {
    const field = `ix.${index}`;
    // `_id` gives the pages of equal values an order.
    schema.index(
      { [field]: 1, _id: 1 },
      { name: indexNameOf(index), partialFilterExpression: { [field]: { $exists: true } } },
    );
  }
  return connection.model<StoredDocument>(collection.name, schema, collection.name, {
    overwriteModels: true,
  });
}

export function collectionOf(
  connection: Connection,
  collection: Collection<any>,
): StoredCollection {
  return databaseOf(connection).collection<StoredDocument>(collection.name);
}

async function indexNames(stored: StoredCollection): Promise<Set<string>> {
  try {
    const indexes = await stored.listIndexes().toArray();
    return new Set(indexes.map(({ name }) => String(name)));
  } catch (error) {
    // NamespaceNotFound: there is no such collection yet.
    if (error instanceof mongoose.mongo.MongoServerError && error.code === 26) return new Set();
    throw error;
  }
}

async function refuseOtherIds(
  stored: StoredCollection,
  collection: Collection<any>,
): Promise<void> {
  const any = await stored.findOne({}, { projection: { _id: 1 } });
  const form = typeof any?._id === 'string' ? 'text' : 'hash';
  if (!any || form === collection.key) return;
  throw new Error(
    `The database keeps the ids of "${collection.name}" in another form than ${collection.key}.`,
  );
}

/** Gives every document the values of the indexes that are declared now. */
async function backfill(stored: StoredCollection, collection: Collection<any>): Promise<void> {
  const cursor = stored.find({}, { projection: { rev: 1, doc: 1 }, batchSize: backfillSlice });
  let slice: mongoose.mongo.AnyBulkWriteOperation<StoredDocument>[] = [];
  const write = async (): Promise<void> => {
    if (slice.length > 0) await stored.bulkWrite(slice, { ordered: false });
    slice = [];
  };
  for await (const { _id, rev, doc } of cursor) {
    const ix = indexedOf(doc, (value) => indexValues(collection, value)) ?? {};
    // One that was written meanwhile has another `rev`, and its values already.
    slice.push({ updateOne: { filter: { _id, rev }, update: { $set: { ix } } } });
    if (slice.length >= backfillSlice) await write();
  }
  await write();
}
