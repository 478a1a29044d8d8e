/**
 * Many documents in one command. They are usually new, and inserting is what servers do fastest; those that are
 * there already are replaced afterwards. So one that the server is late with replaces nothing that came after it.
 */
import mongoose from 'mongoose';
import type { Collection } from '../store.ts';
import {
  dateOf,
  encodeStored,
  keyOf,
  type StoredCollection,
  type StoredDocument,
} from './collection.ts';

const DUPLICATE = 11_000;

/** `expiresAt`: milliseconds since the epoch. */
export function toWrite(
  collection: Collection<any>,
  { id, text, expiresAt }: { id: string; text: string; expiresAt: number | undefined },
): StoredDocument {
  return {
    _id: keyOf(collection, id),
    rev: new mongoose.mongo.ObjectId(),
    ...encodeStored(collection, text),
    ...(expiresAt === undefined ? {} : { exp: dateOf(expiresAt) }),
  };
}

export async function writeMany(
  stored: StoredCollection,
  documents: readonly StoredDocument[],
): Promise<void> {
  if (documents.length === 0) return;
  try {
    await stored.insertMany(documents, { ordered: false });
  } catch (error) {
    await replace(stored, thereAlready(error, documents));
  }
}

/** Throws the error when it says anything else. */
function thereAlready(
  error: unknown,
  documents: readonly StoredDocument[],
): readonly StoredDocument[] {
  if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) throw error;
  const faults = [error.writeErrors].flat();
  const isOther = faults.length === 0 || faults.some(({ code }) => code !== DUPLICATE);
  if (isOther || error.result.getWriteConcernError()) throw error;
  return faults.flatMap(({ index }) => documents[index] ?? []);
}

async function replace(
  stored: StoredCollection,
  documents: readonly StoredDocument[],
): Promise<void> {
  const replacing = documents.map(({ _id, ...replacement }) => ({
    replaceOne: { filter: { _id }, replacement, upsert: true },
  }));
  await stored.bulkWrite(replacing, { ordered: false });
}
