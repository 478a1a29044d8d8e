/** Indexes that come and go with versions: what is there, filling them, and a query without one. */
import type { Connection, mongo } from 'mongoose';
import { indexedOf } from '../document.ts';
import type { EngineIndexes, Filling, Layout } from '../indexes/engine.ts';
import { chooseFrom, type Candidate } from '../indexes/without.ts';
import { checkedLimit, checkQuery, compareValues, placeIn } from '../paging.ts';
import type { Collection, DamagedDocument, IndexValue, Page, Query } from '../store.ts';
import {
  idOf,
  indexValues,
  isAlive,
  type StoredCollection,
  type StoredDocument,
} from './collection.ts';
import { databaseOf } from './connect.ts';
import { entry, isId, pageOf } from './query.ts';
import {
  admitsFormer,
  collectionOf,
  indexNameOf,
  indexNames,
  indexPrefix,
  makeIndexes,
  refuseFormer,
} from './schema.ts';

/** Documents that an index is filled for at a time. */
const slice = 500;

interface Parts {
  made: boolean;
  connection: Connection;
  /** Milliseconds since the epoch. */
  now(): number;
  track<R>(work: () => Promise<R>): Promise<R>;
  tell<P extends { damaged?: DamagedDocument[] }>(page: P): P;
}

export function mongoIndexes({ made, connection, now, track, tell }: Parts): EngineIndexes {
  const storedOf = (collection: Collection<any>) => collectionOf(connection, collection);
  return {
    made,
    layout: ({ count } = { count: false }) => track(() => layoutOf(connection, count)),
    async findWithout<T>(collection: Collection<T>, query: Query) {
      return tell(await track(() => findWithout(storedOf(collection), collection, query, now())));
    },
    fill: (collection, filling) =>
      track(async () => {
        await makeIndexes(connection, collection, filling.indexes);
        return fillIndexes(storedOf(collection), collection, filling);
      }),
    drop: (collection, index) => track(() => dropIndex(connection, collection, index)),
    admitsFormer: () => track(() => admitsFormer(connection)),
    refuseFormer: () => track(() => refuseFormer(connection)),
  };
}

/** Those that are there, by collection, whoever declares them. */
async function layoutOf(connection: Connection, count: boolean): Promise<Map<string, Layout>> {
  const db = databaseOf(connection);
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(
    ({ name }) => name,
  );
  const own = names.filter((name) => !/^(?:latchkey|system)\./u.test(name));
  const layouts = own.map(async (name): Promise<[string, Layout]> => {
    const stored = db.collection<StoredDocument>(name);
    const indexes = [...(await indexNames(stored))].flatMap((index) =>
      index.startsWith(indexPrefix) ? [index.slice(indexPrefix.length)] : [],
    );
    return [name, { indexes, documents: count ? await stored.estimatedDocumentCount() : 0 }];
  });
  return new Map(await Promise.all(layouts));
}

/** What documents have for it stays in them until they are written again. */
async function dropIndex(connection: Connection, collection: string, index: string): Promise<void> {
  const stored = databaseOf(connection).collection<StoredDocument>(collection);
  const name = indexNameOf(index);
  if ((await indexNames(stored)).has(name)) await stored.dropIndex(name);
}

/** Documents of one answer, of all that are read. */
const batch = 500;

/** The same from all documents, with the same cursors. */
async function findWithout<T>(
  stored: StoredCollection,
  collection: Collection<T>,
  query: Query,
  now: number,
): Promise<Page<T>> {
  checkQuery(collection, query);
  const limit = checkedLimit(query.limit);
  const compareAt =
    collection.key === 'text'
      ? compareValues
      : (one: string, other: string) =>
          Buffer.compare(Buffer.from(one, 'base64url'), Buffer.from(other, 'base64url'));
  const choice = { limit, after: placeIn(query, isId), compareAt };
  const chosen = await chooseFrom(candidates(stored, now), collection, query, choice);
  const values = new Map(chosen.map(({ row, value }) => [row, value]));
  const found = chosen.map(({ row }) => row);
  const valueOf = (document: StoredDocument): IndexValue => values.get(document) ?? '';
  return pageOf(found, limit, valueOf, (document) => entry(collection, document));
}

async function* candidates(
  stored: StoredCollection,
  now: number,
): AsyncGenerator<Candidate<StoredDocument, string>[]> {
  for await (const row of stored.find({}, { batchSize: batch })) {
    const id = idOf(row._id);
    if (isAlive(row, now)) yield [{ row, id, at: id, text: row.doc }];
  }
}

/** Gives every document the values of the indexes that are declared now. False: it was given up. */
async function fillIndexes(
  stored: StoredCollection,
  collection: Collection<any>,
  { goOn, rest }: Filling,
): Promise<boolean> {
  const cursor = stored.find({}, { projection: { rev: 1, doc: 1 }, batchSize: slice });
  let updates: mongo.AnyBulkWriteOperation<StoredDocument>[] = [];
  const write = async (): Promise<void> => {
    if (updates.length > 0) await stored.bulkWrite(updates, { ordered: false });
    updates = [];
    await rest();
  };
  try {
    for await (const { _id, rev, doc } of cursor) {
      const ix = indexedOf(doc, (value) => indexValues(collection, value)) ?? {};
      // One that was written meanwhile has another `rev`, and its values already.
      updates.push({ updateOne: { filter: { _id, rev }, update: { $set: { ix } } } });
      if (updates.length < slice) continue;
      await write();
      if (!goOn()) return false;
    }
    await write();
    return goOn();
  } finally {
    await cursor.close();
  }
}
