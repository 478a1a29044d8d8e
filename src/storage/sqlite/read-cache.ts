/**
 * Documents for reading by id, as text or as what it says: a read from SQLite costs about 7 µs, and most requests
 * read the same few documents. Never stale: this connection's own writes go through it, and another
 * process's commit changes the database's version, which is compared once in each turn of the event
 * loop, before its first read.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';

export interface CachedDocument {
  /** Its text; empty where there is the value. */
  doc: string;
  /** What the text says, frozen: of a collection that is shared, once somebody has read it. It takes about as much memory. */
  value?: unknown;
  /** Milliseconds since the epoch. */
  expires: number | null;
}

/** Bytes of each table's documents: of some forty tables a few are busy. */
const MOST_BYTES = 2 * 1024 * 1024;
/** Bytes, about: what an entry takes besides its text. */
const OVERHEAD = 500;

/** Counts up whenever what was read before may have changed. */
export class Generation {
  readonly #dataVersion: StatementSync;
  #version: unknown;
  #compared = false;
  #count = 0;

  constructor(db: DatabaseSync) {
    this.#dataVersion = db.prepare('PRAGMA data_version', { returnArrays: true });
  }

  get current(): number {
    if (!this.#compared) this.#compare();
    return this.#count;
  }

  /** After a rollback: what was written into the caches has not happened. */
  advance(): void {
    this.#count += 1;
  }

  #compare(): void {
    const [version] = this.#dataVersion.get() as unknown as [number];
    if (version !== this.#version) this.advance();
    this.#version = version;
    this.#compared = true;
    setImmediate(() => {
      this.#compared = false;
    });
  }
}

/** The entry of a document that is known not to be there. */
const ABSENT: CachedDocument = { doc: '', expires: null };

/** One table's. A document that is known not to be there is `null`. What nobody read for longest goes first. */
export class ReadCache {
  readonly #generation: Generation;
  readonly #entries = new LRUCache<string, CachedDocument>({
    maxSize: MOST_BYTES,
    sizeCalculation: bytesOf,
  });
  #filledIn = -1;

  constructor(generation: Generation) {
    this.#generation = generation;
  }

  /** `undefined`: not known. */
  get(id: string): CachedDocument | null | undefined {
    const { current } = this.#generation;
    if (current !== this.#filledIn) this.#empty(current);
    const known = this.#entries.get(id);
    return known === ABSENT ? null : known;
  }

  set(id: string, document: CachedDocument | null): void {
    this.#entries.set(id, document ?? ABSENT);
  }

  #empty(generation: number): void {
    this.#entries.clear();
    this.#filledIn = generation;
  }
}

/** V8 takes one or two bytes for a character of a string; two are counted. */
function bytesOf({ doc }: CachedDocument): number {
  return OVERHEAD + 2 * doc.length;
}
