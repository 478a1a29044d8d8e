/** What a store holds, as numbers that are the same on every engine: by what is kept, readable or not. */
import { hash } from 'node:crypto';
import { pages } from '../storage/pages.ts';
import type { Collection, Store, Stored, StoredPage } from '../storage/store.ts';
import type { Patient } from './patient.ts';

export interface Digest {
  documents: number;
  /** XOR of the SHA-256 of each document with its id and expiry, so that their order does not matter; hex. */
  checksum: string;
}

export interface Reading {
  patient: Pick<Patient, 'ask'>;
  /** Told of each page that was read. */
  onProgress(documents: number): void;
}

const PAGE = 1_000;

/** Pages of a collection from a cursor. */
export function pagesOf(
  store: Pick<Store, 'readStored'>,
  collection: Collection<any>,
  { ask }: Pick<Patient, 'ask'>,
  from?: string,
): AsyncGenerator<StoredPage> {
  const read = (after: string | undefined): Promise<StoredPage> =>
    ask(() => store.readStored(collection, { limit: PAGE, after }));
  return pages(read, from);
}

export async function digestOf(
  store: Pick<Store, 'readStored'>,
  collection: Collection<any>,
  { patient, onProgress }: Reading,
): Promise<Digest> {
  const sum = Buffer.alloc(32);
  let documents = 0;
  for await (const { items } of pagesOf(store, collection, patient)) {
    for (const one of items) addTo(sum, one);
    documents += items.length;
    onProgress(items.length);
  }
  return { documents, checksum: sum.toString('hex') };
}

function addTo(sum: Buffer, { id, text, expiresAt }: Stored): void {
  // MongoDB keeps whole milliseconds and rounds up, SQLite keeps what it is given.
  const expiry = expiresAt === undefined ? null : Math.ceil(expiresAt);
  const digest = hash('sha256', `${JSON.stringify([id, expiry])}\n${text}`, 'buffer');
  for (let at = 0; at < sum.length; at += 1) sum[at] = (sum[at] ?? 0) ^ (digest[at] ?? 0);
}
