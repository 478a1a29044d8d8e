/**
 * Documents as this process has read or written them a moment ago. What is updated has usually just been
 * read by the same request, so that an update begins with it and saves a round trip. Nothing is answered
 * from here: it only says on which `rev` a write is tried first, and the server tells whether that is the
 * present one (write.ts).
 */
import { LRUCache } from 'lru-cache';
import type { StoredDocument } from './collection.ts';

/** Milliseconds: as long as a request takes. */
const KEPT_FOR = 2_000;
/** Bytes, about, with what an entry takes besides its text. */
const MOST_BYTES = 8 * 1024 * 1024;
const OVERHEAD = 1_000;

export class RecentDocuments {
  readonly #kept = new LRUCache<string, StoredDocument>({
    ttl: KEPT_FOR,
    maxSize: MOST_BYTES,
    sizeCalculation: ({ doc }) => OVERHEAD + 2 * doc.length,
  });

  /** `name`: of the collection. */
  of(name: string, id: string): StoredDocument | undefined {
    return this.#kept.get(`${name} ${id}`);
  }

  /** `null`: there is none now. */
  note(name: string, id: string, document: StoredDocument | null): void {
    if (document) this.#kept.set(`${name} ${id}`, document);
    else this.#kept.delete(`${name} ${id}`);
  }
}
