/** Collections and indexes: made where they are missing, and checked, at every start. */
import mongoose, { type Connection } from 'mongoose';
import type { Collection } from '../store.ts';
import { type StoredCollection, type StoredDocument } from './collection.ts';
import { databaseOf } from './connect.ts';

/**
 * Raise it when documents change in a way that older versions cannot work with. 2 has the same documents as 1, and keeps
 * versions away that drop the indexes of others (refuseFormer); a new store has it, in others `latchkey upgrade --finish`
 * sets it, as from then on there is no way back.
 */
const schemaVersion = 2;

/** The collection that marks the database as Latchkey's; no collection of ours can have this name. */
const ownCollection = 'latchkey.schema';
const schemaId = 'schema';

/**
 * Seconds after its expiry that the server removes what no sweep has. Expiry is checked on reading
 * anyway; the hour is for servers whose clock is ahead.
 */
const ttlSlack = 3_600;

const ttlIndex = 'expiry';
export const indexPrefix = 'ix_';
export const indexNameOf = (index: string): string => indexPrefix + index;

interface SchemaDocument {
  _id: typeof schemaId;
  version: number;
}

/**
 * Rejects when the database belongs to another program or a newer version, or cannot be prepared. Answers whether it
 * has made it.
 */
export async function prepareSchema(
  connection: Connection,
  collections: readonly Collection<any>[],
): Promise<boolean> {
  const made = await claimDatabase(connection);
  try {
    await Promise.all(collections.map((collection) => prepareCollection(connection, collection)));
    return made;
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
  return (await ownOf(connection).findOne({ _id: schemaId })) !== null;
}

/** Are versions let in which drop, at their start and unseen, the indexes that they do not declare? */
export async function admitsFormer(connection: Connection): Promise<boolean> {
  const found = await ownOf(connection).findOne({ _id: schemaId });
  return found !== null && found.version < schemaVersion;
}

/** Those that run go on; none starts again. */
export async function refuseFormer(connection: Connection): Promise<void> {
  const older = { _id: schemaId, version: { $lt: schemaVersion } } as const;
  await ownOf(connection).updateOne(older, { $set: { version: schemaVersion } });
}

const ownOf = (connection: Connection): mongoose.mongo.Collection<SchemaDocument> =>
  databaseOf(connection).collection<SchemaDocument>(ownCollection);

async function claimDatabase(connection: Connection): Promise<boolean> {
  const db = databaseOf(connection);
  const own = ownOf(connection);
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
  if (version <= schemaVersion) return found === null;
  throw new Error(
    `The MongoDB database "${connection.name}" was written by a newer version (its schema is ${version}, ` +
      `this version knows ${schemaVersion}). Run that version, or restore a backup made with this one.`,
  );
}

/** A new one has its indexes at once; in others, those that are missing are made when they are filled. */
async function prepareCollection(
  connection: Connection,
  collection: Collection<any>,
): Promise<void> {
  const stored = collectionOf(connection, collection);
  await refuseOtherIds(stored, collection);
  const present = await indexNames(stored);
  if (present.size === 0)
    await makeIndexes(connection, collection, Object.keys(collection.indexes));
  else if (!present.has(ttlIndex)) await makeIndexes(connection, collection, []);
}

/** Those, and the one by which the server removes. */
export async function makeIndexes(
  connection: Connection,
  collection: Collection<any>,
  indexes: readonly string[],
): Promise<void> {
  await modelOf(connection, collection, indexes).createIndexes();
}

/** A collection with those indexes. */
function modelOf(
  connection: Connection,
  collection: Collection<any>,
  indexes: readonly string[],
): mongoose.Model<StoredDocument> {
  const schema = new mongoose.Schema<StoredDocument>(
    {},
    { collection: collection.name, autoIndex: false, autoCreate: false, versionKey: false },
  );
  schema.index({ exp: 1 }, { name: ttlIndex, expireAfterSeconds: ttlSlack });
  for (const index of indexes) {
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

export async function indexNames(stored: StoredCollection): Promise<Set<string>> {
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
