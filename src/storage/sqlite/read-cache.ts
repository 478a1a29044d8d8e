/**
 * Documents as text, for reading by id. A read from SQLite costs about 7 µs and most requests read
 * the same few documents. Never stale: this connection's own writes go through it, and another
 * process's commit changes the database's version, which is compared once in each turn of the event
 * loop, before the first read. Bounded in bytes, the oldest entry goes first.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export interface CachedDocument {
  doc: string;
  /** Milliseconds since the epoch. */
  expires: number | null;
}

const mostBytes = 32 * 1024 * 1024;
/** What an entry takes besides its text, about. */
const overhead = 250;

export class ReadCache {
  readonly #dataVersion: StatementSync;
  readonly #entries = new Map<string, CachedDocument>();
  #version: unknown;
  #compared = false;
  #bytes = 0;

  constructor(db: DatabaseSync) {
    this.#dataVersion = db.prepare('PRAGMA data_version', { returnArrays: true });
  }

  get(key: string): CachedDocument | undefined {
    if (!this.#compared) this.#compare();
    return this.#entries.get(key);
  }

  set(key: string, document: CachedDocument): void {
    this.delete(key);
    this.#entries.set(key, document);
    this.#bytes += size(document);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= mostBytes) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const known = this.#entries.get(key);
    if (!known) return;
    this.#entries.delete(key);
    this.#bytes -= size(known);
  }

  /** After a rollback: what was written into the cache has not happened. */
  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #compare(): void {
    const [version] = this.#dataVersion.get() as unknown as [number];
    if (version !== this.#version) this.clear();
    this.#version = version;
    this.#compared = true;
    setImmediate(() => {
      this.#compared = false;
    });
  }
}

function size({ doc }: CachedDocument): number {
  return doc.length + overhead;
}
