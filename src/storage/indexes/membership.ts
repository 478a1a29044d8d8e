/** One process among those that may write to a store: it says so before its first write, and while it lives. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Store } from '../store.ts';
import { spoils, type Declared } from './declared.ts';
import { Lease } from './lease.ts';
import { spoil } from './state.ts';
import { removeLeft, userCollection, usersOf, type StoreUser } from './users.ts';

/** Milliseconds between two signs of life, and that one of them is good for: less than others take it for (LAPSED_AFTER). */
const BEAT_EVERY = 5_000;
const LEASE = 30_000;
/** Milliseconds that a process may go by what it read of the indexes. */
export const TRUSTED_FOR = 1_000;
/** Milliseconds until every process has noticed that an index is spoiled. */
const NOTICED_AFTER = 2 * TRUSTED_FOR;

export interface MembershipParts {
  /** Milliseconds since the epoch. */
  now(): number;
  version: string | undefined;
}

export class Membership {
  readonly id = randomBytes(12).toString('base64url');
  readonly #store: Store;
  readonly #declared: Declared;
  readonly #parts: MembershipParts;
  readonly #lease: Lease;
  #beat = 0;
  #timer: NodeJS.Timeout | undefined;
  #joining: Promise<void> | undefined;
  #isClosed = false;

  constructor(store: Store, declared: Declared, parts: MembershipParts) {
    this.#store = store;
    this.#declared = declared;
    this.#parts = parts;
    this.#lease = new Lease(LEASE, parts.now);
  }

  /** May it write? */
  get isValid(): boolean {
    return this.#lease.isValid;
  }

  /** Has it ever written? Others wait for it then. */
  get isKnown(): boolean {
    return this.#beat > 0;
  }

  /** Resolves when it may write: whoever goes by an index that its writes spoil has noticed. */
  join(): Promise<void> {
    this.#joining ??= this.#join().finally(() => {
      this.#joining = undefined;
    });
    return this.#joining;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#joining?.catch(() => {});
    if (this.isKnown) await this.#store.delete(userCollection, this.id).catch(() => {});
  }

  async #join(): Promise<void> {
    const begun = this.#lease.moment();
    if (!this.isKnown) await removeLeft(this.#store, this.#parts.now());
    await this.#report(() => true);
    // In this order: whoever fills one of them looks for others after having said so.
    const spoiled = await spoil(this.#store, (name) => spoils(this.#declared, name));
    if (spoiled.length > 0 && (await usersOf(this.#store)).some(({ id }) => id !== this.id))
      await wait(NOTICED_AFTER);
    this.#lease.renew(begun);
    this.#next();
  }

  /** Answers whether it did. */
  #report(maySay: (before: StoreUser | undefined) => boolean): Promise<boolean> {
    const { now, version } = this.#parts;
    this.#beat += 1;
    const user: StoreUser = {
      host: hostname(),
      pid: process.pid,
      ...(version === undefined ? {} : { version }),
      declared: this.#declared,
      beat: this.#beat,
      at: now(),
    };
    // An update of what was written a moment ago is one round trip.
    return this.#store.update(userCollection, this.id, (before) =>
      maySay(before) ? { put: user, result: true } : { result: false },
    );
  }

  #next(): void {
    clearTimeout(this.#timer);
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#again(), BEAT_EVERY).unref();
  }

  /** What stood still for too long says nothing: it is asked to before it writes. */
  async #again(): Promise<void> {
    const begun = this.#lease.moment();
    if (!this.isValid) return;
    try {
      // Whoever took it for gone may have filled since what its writes spoil.
      if (await this.#report((before) => before !== undefined)) this.#lease.renew(begun);
      else this.#lease.end();
    } catch {
      // The store is away for a while. The next one, or the next write.
    }
    this.#next();
  }
}
