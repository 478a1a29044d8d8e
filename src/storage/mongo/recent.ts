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

export class RecentDocuments {
  readonly #kept = new LRUCache<string, { document: StoredDocument | null }>({
    ttl: KEPT_FOR,
    maxSize: MOST_BYTES,
    sizeCalculation: ({ document }) => OVERHEAD + 2 * (document?.doc.length ?? 0),
  });

  /** `name`: of the collection. `null`: there was none; undefined: it is not known. */
  of(name: string, id: string): StoredDocument | null | undefined {
    return this.#kept.get(`${name} ${id}`)?.document;
  }

  /** `null`: there is none now. */
  note(name: string, id: string, document: StoredDocument | null): void {
    this.#kept.set(`${name} ${id}`, { document });
  }
}
