/**
 * Documents as text, for reading by id: a read from SQLite costs about 7 µs, and most requests read
 * the same few documents. Never stale: this connection's own writes go through it, and another
 * process's commit changes the database's version, which is compared once in each turn of the event
 * loop, before its first read.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export interface CachedDocument {
  doc: string;
  /** Milliseconds since the epoch. */
  expires: number | null;
}

/** Of each table's documents, in characters; what an entry takes besides its text is added, about. */
const mostCharacters = 4 * 1024 * 1024;
const overhead = 250;

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

/** One table's. A document that is known not to be there is `null`. The oldest entry goes first. */
export class ReadCache {
  readonly #generation: Generation;
  readonly #entries = new Map<string, CachedDocument | null>();
  #filledIn = -1;
  #characters = 0;

  constructor(generation: Generation) {
    this.#generation = generation;
  }

  /** `undefined`: not known. */
  get(id: string): CachedDocument | null | undefined {
    const { current } = this.#generation;
    if (current !== this.#filledIn) this.#empty(current);
    return this.#entries.get(id);
  }

  set(id: string, document: CachedDocument | null): void {
    this.#forget(id);
    this.#entries.set(id, document);
    this.#characters += size(document);
    for (const oldest of this.#entries.keys()) {
      if (this.#characters <= mostCharacters) break;
      this.#forget(oldest);
    }
  }

  #forget(id: string): void {
    const known = this.#entries.get(id);
    if (known === undefined) return;
    this.#entries.delete(id);
    this.#characters -= size(known);
  }

  #empty(generation: number): void {
    this.#entries.clear();
    this.#characters = 0;
    this.#filledIn = generation;
  }
}

function size(document: CachedDocument | null): number {
  return overhead + (document?.doc.length ?? 0);
}
