/**
 * The one way to write: read the document, decide, write on the condition that it still is what was
 * read, or that there still is none. One that was read or written a moment ago is not read again before the first try: what is then
 * written is written on the same condition, and what is not written counts for nothing. Every write gives
 * the document a `rev` of its own, so that after a broken connection the document itself tells whether the
 * write was done.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import mongoose from 'mongoose';
import type { RetryReason } from '../options.ts';
import { StoreUnavailable } from '../store.ts';
import type { Encoded, Key, StoredCollection, StoredDocument } from './collection.ts';
import { asUnavailable, isUnsure } from './errors.ts';

/** What is to become of the document: written, removed, or left as it is. */
export interface Decision<R> {
  write?: Encoded & Pick<StoredDocument, 'exp'>;
  remove?: true;
  result: R;
}

export interface WriteParts<R> {
  stored: StoredCollection;
  read(): Promise<StoredDocument | null>;
  /** False: there is one of that id already. */
  insert(document: StoredDocument): Promise<boolean>;
  key: Key;
  /** Sees the document as stored, expired or not, or `null`. Called again when another was faster. */
  decide(found: StoredDocument | null): Decision<R>;
  /** As it was a moment ago, where that is known; `null`: there was none. */
  recent: StoredDocument | null | undefined;
  /** What has become of it by this write; `null`: it was removed. `replaced`: one was there before. */
  onWritten(document: StoredDocument | null, replaced: boolean): void;
  /** Where nothing is known of it, begin as if there were none, without reading: for what usually creates. */
  expectNone: boolean;
  /** Milliseconds until it is given up. */
  patience: number;
  onRetry(reason: RetryReason): void;
}

/** The longest pause before another try, in milliseconds: random, so that processes don't keep in step. */
const longestPause = 10;

/** Answers the result of the decision that was written. StoreUnavailable: not done, or nobody can tell. */
export async function write<R>(parts: WriteParts<R>): Promise<R> {
  const { onRetry } = parts;
  const giveUpAt = performance.now() + parts.patience;
  const attempts = new Attempts<R>(parts);
  const { recent } = parts;
  let failure: unknown;
  if (recent !== undefined) {
    const tried = await attempts.onRecent(recent);
    if ('result' in tried) return tried.result;
    ({ failure } = tried);
  }
  let found = parts.expectNone && recent === undefined ? null : await readOnce(parts);
  for (;;) {
    const done = attempts.verdict(found);
    if (done) return done.result;
    // Only now: what took too long may have been done all the same.
    if (performance.now() > giveUpAt) throw asUnavailable(failure);
    const decision = parts.decide(found);
    if (!decision.write && !decision.remove) return decision.result;
    try {
      if (await attempts.run(found, decision)) return decision.result;
      failure = new StoreUnavailable('The document is too busy.');
      onRetry('contention');
    } catch (error) {
      if (!isUnsure(error)) throw error;
      failure = error;
      onRetry('connection');
    }
    await pause(randomInt(0, longestPause + 1));
    found = await readOnce(parts);
  }
}

async function readOnce({
  read,
}: Pick<WriteParts<unknown>, 'read'>): Promise<StoredDocument | null> {
  try {
    return await read();
  } catch (error) {
    throw asUnavailable(error);
  }
}

interface Attempt<R> {
  result: R;
  /** What the write was conditional on: the `rev` it replaced, or that there was no document. */
  base: string | null;
  /** Whether its answer was lost. */
  unsure: boolean;
}

/** What one call has tried so far. */
class Attempts<R> {
  /** By the `rev` that they write; those that remove have none that could be seen. */
  readonly #byRev = new Map<string, Attempt<R>>();

  readonly #parts: WriteParts<R>;

  constructor(parts: WriteParts<R>) {
    this.#parts = parts;
  }

  /** Answers whether it was done. */
  async run(found: StoredDocument | null, decision: Decision<R>): Promise<boolean> {
    const { key, onWritten } = this.#parts;
    const rev = new mongoose.mongo.ObjectId();
    const attempt: Attempt<R> = {
      result: decision.result,
      base: found ? found.rev.toHexString() : null,
      unsure: false,
    };
    this.#byRev.set(rev.toHexString(), attempt);
    try {
      const done = await attemptOnce(this.#parts, rev, found, decision);
      if (done)
        onWritten(decision.write ? { _id: key, rev, ...decision.write } : null, found !== null);
      return done;
    } catch (error) {
      attempt.unsure = isUnsure(error);
      throw error;
    }
  }

  /**
   * On the document as it was a moment ago. Answers nothing, or why it cannot know, unless that was written: what
   * was decided by it otherwise, a refusal too, is to be decided by the document as it is.
   */
  async onRecent(recent: StoredDocument | null): Promise<{ result: R } | { failure: unknown }> {
    let decision: Decision<R>;
    try {
      decision = this.#parts.decide(recent);
    } catch {
      return { failure: undefined };
    }
    if (!decision.write && !decision.remove) return { failure: undefined };
    try {
      if (await this.run(recent, decision)) return { result: decision.result };
      return { failure: undefined };
    } catch (error) {
      if (!isUnsure(error)) throw error;
      this.#parts.onRetry('connection');
      return { failure: error };
    }
  }

  /**
   * What the document as it is now tells: it is what one of the attempts wrote; or it is still what
   * they were to replace, so that none was done; or another has written since, and whether one of
   * ours was done before that cannot be known: then nobody may be told that it was.
   */
  verdict(found: StoredDocument | null): { result: R } | undefined {
    const rev = found ? found.rev.toHexString() : null;
    const ours = rev === null ? undefined : this.#byRev.get(rev);
    if (ours) return ours;
    for (const { unsure, base } of this.#byRev.values()) {
      if (unsure && base !== rev) {
        throw new StoreUnavailable(
          'The connection broke, and whether the write was done is unknown.',
        );
      }
    }
    return undefined;
  }
}

async function attemptOnce(
  { stored, key, insert }: Pick<WriteParts<unknown>, 'stored' | 'key' | 'insert'>,
  rev: mongoose.mongo.ObjectId,
  found: StoredDocument | null,
  decision: Decision<unknown>,
): Promise<boolean> {
  const asFound = found && { _id: key, rev: found.rev };
  if (!decision.write) {
    return asFound === null || (await stored.deleteOne(asFound)).deletedCount === 1;
  }
  const document = { rev, ...decision.write };
  if (asFound) return (await stored.replaceOne(asFound, document)).matchedCount === 1;
  return insert({ _id: key, ...document });
}
