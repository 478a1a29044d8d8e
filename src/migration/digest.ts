/** What a store holds, as numbers that are the same on every engine. */
import { createHash } from 'node:crypto';
import { pages } from '../storage/pages.ts';
import type { Entry, Collection, Page, Store } from '../storage/store.ts';

export interface Digest {
  documents: number;
  /** XOR of the SHA-256 of each document with its id and expiry, so that their order does not matter; hex. */
  checksum: string;
}

export interface Watch {
  stop: AbortSignal;
  /** Told of each page that was read or copied. */
  onProgress(documents: number): void;
}

const PAGE = 1_000;

/** Pages of a collection from a cursor, until it is told to stop. */
export function pagesOf<T>(
  store: Pick<Store, 'scan'>,
  collection: Collection<T>,
  { stop }: Pick<Watch, 'stop'>,
  from?: string,
): AsyncGenerator<Page<T>> {
  const read = (after: string | undefined): Promise<Page<T>> => {
    stop.throwIfAborted();
    return store.scan(collection, { limit: PAGE, after });
  };
  return pages(read, from);
}

export async function countOf(
  store: Pick<Store, 'scan'>,
  collection: Collection<any>,
  watch: Pick<Watch, 'stop'>,
  from?: string,
): Promise<number> {
  let documents = 0;
  for await (const { items } of pagesOf(store, collection, watch, from)) documents += items.length;
  return documents;
}

export async function digestOf(
  store: Pick<Store, 'scan'>,
  collection: Collection<any>,
  watch: Watch,
): Promise<Digest> {
  const sum = Buffer.alloc(32);
  let documents = 0;
  for await (const { items } of pagesOf(store, collection, watch)) {
    for (const entry of items) addTo(sum, entry);
    documents += items.length;
    watch.onProgress(items.length);
  }
  return { documents, checksum: sum.toString('hex') };
}

function addTo(sum: Buffer, { id, value, expiresAt }: Entry<unknown>): void {
  // MongoDB keeps whole milliseconds and rounds up, SQLite keeps what it is given.
  const expiry = expiresAt === undefined ? null : Math.ceil(expiresAt);
  const text = JSON.stringify([id, expiry, value]);
  const hash = createHash('sha256').update(text).digest();
  for (const [at, byte] of hash.entries()) sum[at] = (sum[at] ?? 0) ^ byte;
}
