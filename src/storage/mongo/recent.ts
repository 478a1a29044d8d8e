/**
 * Documents as this process has read or written them a moment ago. What is updated has usually just been
 * read by the same request, so that an update begins with it and saves a round trip; what was not there is known
 * as well, so that a write takes as many whether there is something or not. Nothing is answered from here: it only
 * says on which `rev` a write is tried first, and the server tells whether that is the present one (write.ts).
 */
import { LRUCache } from 'lru-cache';
import type { StoredDocument } from './collection.ts';

/** Milliseconds: as long as a request takes. */
const KEPT_FOR = 2_000;
/** Bytes, about, with what an entry takes besides its text. */
const MOST_BYTES = 8 * 1024 * 1024;
const OVERHEAD = 1_000;

/** `insert` and `put` usually create; what was put in the place of another one before is put there again. */
export type Way = 'insert' | 'put' | 'change';

/** Documents that are put again and again. */
const MOST_PUT = 200;

export class RecentDocuments {
  /** Without a time: what one process alone puts is as it left it. Without the text, which putting does not look at. */
  readonly #put = new LRUCache<string, StoredDocument>({ max: MOST_PUT });
  readonly #kept = new LRUCache<string, { document: StoredDocument | null }>({
    ttl: KEPT_FOR,
    maxSize: MOST_BYTES,
    sizeCalculation: ({ document }) => OVERHEAD + 2 * (document?.doc.length ?? 0),
  });

  /**
   * On which document a write begins; `null`: on none, as there was none; undefined: on none, or on what is read.
   * `name`: of the collection.
   */
  before(way: Way, name: string, id: string): StoredDocument | null | undefined {
    if (way === 'insert') return undefined;
    const key = `${name} ${id}`;
    return way === 'put' ? this.#put.get(key) : this.#kept.get(key)?.document;
  }

  /** `null`: there is none now. `putAgain`: it was put in the place of another one. */
  note(name: string, id: string, document: StoredDocument | null, putAgain = false): void {
    const key = `${name} ${id}`;
    this.#kept.set(key, { document });
    if (!document) this.#put.delete(key);
    else if (putAgain) this.#put.set(key, { ...document, doc: '' });
  }
}
