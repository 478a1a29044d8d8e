/**
 * Documents that are inserted within one turn of the event loop, or while others of the collection are on their way, go to
 * the server together: many requests at once issue the same few kinds. Each has a verdict of its own.
 */
import mongoose from 'mongoose';
import { Gathered } from './slots.ts';
import type { StoredCollection, StoredDocument } from './collection.ts';
import { isDuplicate } from './errors.ts';

const DUPLICATE = 11_000;
/** Documents of one command, and characters of one: so that the driver never makes two of it. */
const MOST_TOGETHER = 100;
const LONGEST = 64 * 1024;
/** Commands under way, of each collection. */
const MOST_UNDER_WAY = 2;

interface Wanted {
  document: StoredDocument;
  resolve(inserted: boolean): void;
  reject(error: unknown): void;
}

export class JointInserts {
  readonly #all = new Map<StoredCollection, Gathered<Wanted>>();

  /** False: there is one of that id already. */
  insert(stored: StoredCollection, document: StoredDocument): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const one = { document, resolve, reject };
      if (document.doc.length > LONGEST) void insertAll(stored, [one]);
      else this.#gathering(stored).add(one);
    });
  }

  #gathering(stored: StoredCollection): Gathered<Wanted> {
    const known = this.#all.get(stored);
    if (known) return known;
    const gathering = new Gathered<Wanted>(MOST_UNDER_WAY, (wanted) => {
      for (let at = 0; at < wanted.length; at += MOST_TOGETHER) {
        const part = wanted.slice(at, at + MOST_TOGETHER);
        void gathering.command(() => insertAll(stored, part));
      }
    });
    this.#all.set(stored, gathering);
    return gathering;
  }
}

async function insertAll(stored: StoredCollection, wanted: readonly Wanted[]): Promise<void> {
  const documents = wanted.map(({ document }) => document);
  const [only] = documents;
  try {
    if (only && documents.length === 1) await stored.insertOne(only);
    else await stored.insertMany(documents, { ordered: false });
    for (const { resolve } of wanted) resolve(true);
  } catch (error) {
    const faults = faultsOf(error);
    for (const [at, { resolve, reject }] of wanted.entries()) {
      const fault = faults instanceof Map ? faults.get(at) : faults;
      if (fault === undefined || isDuplicate(fault)) resolve(fault === undefined);
      else reject(fault);
    }
  }
}

/** By the place of each that was not inserted, or what holds for all: whether any was is unknown then. */
function faultsOf(error: unknown): Map<number, unknown> | Error {
  const { MongoBulkWriteError, MongoError, MongoServerError } = mongoose.mongo;
  if (!(error instanceof MongoBulkWriteError)) return error as Error;
  const faults = [error.writeErrors].flat();
  // Its code may be that of one duplicate, which nothing of the others follows from.
  if (faults.length === 0 || error.result.getWriteConcernError())
    return new MongoError(error.message, { cause: error });
  return new Map(
    faults.map(({ index, code, errmsg = '' }) => [
      index,
      code === DUPLICATE
        ? new MongoServerError({ code, message: errmsg })
        : new MongoError(errmsg, { cause: error }),
    ]),
  );
}
