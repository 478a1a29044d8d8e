/**
 * Indexes of two versions side by side. A process writes those that its version declares, so what a process of another
 * version writes is missing in the others. An index is used when nobody lives who does not declare it, and it has been
 * filled since; until then every document is looked at (`findWithout`): slower, and right.
 *
 * The store says which are ready (state.ts) and who may write (users.ts). Whoever does not declare an index that is
 * ready takes that back and waits until everybody has noticed, before its first write. Whoever fills one says so first,
 * then looks who else lives, and it is ready unless somebody has taken that back meanwhile. Nothing is dropped: the
 * version that declares it may come back (`latchkey upgrade --finish` does).
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Collection } from '../store.ts';
import { declaredBy, fullName, namesIn, partsOf, spoils, type Declared } from './declared.ts';
import { namesThere, type Engine } from './engine.ts';
import { Lease } from './lease.ts';
import { Membership, TRUSTED_FOR, type MembershipParts } from './membership.ts';
import { beginState, claimFilling, endFilling, readState, spoil } from './state.ts';
import { formerSigns, Lives, removeUser, usersOf, type StoreUser } from './users.ts';

/** What a server may want to tell. */
export type IndexNews =
  | { ready: string[] }
  /** Not used yet, because of those; none: it is being filled. */
  | { waiting: string[]; because: Pick<StoreUser, 'host' | 'pid' | 'version'>[] };

export interface VersionsParts extends MembershipParts {
  /** `later`: for who stays; they are filled when that may be, and again. `never`: for who only looks. */
  fill: 'once' | 'later' | 'never';
  /** Milliseconds. */
  lapsedAfter: number;
  onNews(news: IndexNews): void;
}

/** Milliseconds between two looks whether one may be filled. */
const LOOK_EVERY = 2_000;
/** Milliseconds between two slices: requests are served meanwhile. */
const REST = 5;

interface Others {
  users: { id: string; value: StoreUser; lives: boolean }[];
  /** Of versions that don't say what they declare: so many live. */
  former: number;
}

export class IndexVersions {
  readonly member: Membership;
  readonly #engine: Engine;
  readonly #collections: readonly Collection<any>[];
  readonly #declared: Declared;
  readonly #parts: VersionsParts;
  readonly #lives: Lives;
  readonly #trusted: Lease;
  #ready = new Set<string>();
  /** Were others waiting for this process already when that was read? */
  #isRelied = false;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #filling: Promise<void> | undefined;
  #told = '';
  #isClosed = false;

  constructor(engine: Engine, collections: readonly Collection<any>[], parts: VersionsParts) {
    this.#engine = engine;
    this.#collections = collections;
    this.#declared = declaredBy(collections);
    this.#parts = parts;
    this.#lives = new Lives(parts.lapsedAfter);
    this.#trusted = new Lease(TRUSTED_FOR, parts.now);
    this.member = new Membership(engine, this.#declared, parts);
  }

  /** What can be filled now is. */
  async begin(): Promise<void> {
    if (this.#engine.indexes.made) await beginState(this.#engine, namesIn(this.#declared));
    await this.#look();
    if (this.#parts.fill === 'never' || this.#missing().length === 0) return;
    await this.#fill(async () => {});
    this.#later();
  }

  /** May `find` go by it? Asked before, and of what it has found. */
  isUsable(collection: string, index: string): boolean | Promise<boolean> {
    const name = fullName(collection, index);
    if (this.#isRelied && this.#trusted.isValid) return this.#ready.has(name);
    // What took long to be read may be so no longer.
    return this.#look().then(() => this.#trusted.isValid && this.#ready.has(name));
  }

  /** It is not there, though it was ready: a version that knows nothing of all this has dropped it. */
  async lost(collection: string, index: string): Promise<void> {
    const lost = fullName(collection, index);
    await spoil(this.#engine, (name) => name === lost);
    this.#trusted.end();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#filling?.catch(() => {});
    await this.#looking?.catch(() => {});
    await this.member.close();
  }

  #missing(): string[] {
    return namesIn(this.#declared).filter((name) => !this.#ready.has(name));
  }

  #look(): Promise<void> {
    // Nobody waits for one that has not written: it may not rely on anything that was read before it asked.
    if (!this.member.isValid) return this.#read();
    this.#looking ??= this.#read().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #read(): Promise<void> {
    const begun = this.#trusted.moment();
    const isKnown = this.member.isValid;
    const state = await readState(this.#engine);
    this.#ready = new Set(state?.ready ?? (await this.#whole()));
    this.#trusted.renew(begun);
    this.#isRelied = isKnown;
    if (this.member.isKnown) this.#later();
  }

  /** Those that there are, of a store that versions have used alone which dropped what they did not declare. */
  async #whole(): Promise<string[]> {
    return namesThere(await this.#engine.indexes.layout());
  }

  #later(): void {
    if (this.#parts.fill !== 'later' || this.#missing().length === 0) return;
    if (this.#isClosed || this.#timer || this.#filling) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const rest = (): Promise<void> => wait(REST, undefined, { ref: false });
      this.#filling = this.#fill(rest)
        .catch(() => {})
        .finally(() => {
          this.#filling = undefined;
          this.#later();
        });
    }, LOOK_EVERY).unref();
  }

  async #fill(rest: () => Promise<void>): Promise<void> {
    await this.#look();
    const wanted = await this.#allowed(this.#missing());
    if (wanted.length === 0) return;
    await beginState(this.#engine, [...this.#ready]);
    await this.member.join();
    const by = this.member.id;
    const lives = new Set((await this.#others()).users.flatMap((one) => (one.lives ? one.id : [])));
    const isLiving = (id: string): boolean => lives.has(id);
    const claimed = await claimFilling(this.#engine, wanted, { by, isLiving });
    // Once more: who has come since the last look has not seen the claim, or has taken it back.
    const allowed = await this.#allowed(claimed);
    if (allowed.length > 0) this.#parts.onNews({ waiting: allowed, because: [] });
    const filled = await this.#fillAll(allowed, rest);
    const ready = await endFilling(this.#engine, filled, by);
    if (ready.length > 0) this.#parts.onNews({ ready });
    this.#trusted.end();
    await this.#look();
  }

  async #fillAll(names: readonly string[], rest: () => Promise<void>): Promise<string[]> {
    const goOn = (): boolean => !this.#isClosed;
    const filled: string[] = [];
    for (const collection of this.#collections) {
      const own = names.filter((name) => partsOf(name).collection === collection.name);
      if (own.length === 0) continue;
      const indexes = own.map((name) => partsOf(name).index);
      if (await this.#engine.indexes.fill(collection, { indexes, goOn, rest })) filled.push(...own);
    }
    return filled;
  }

  /** Those that nobody spoils who lives. */
  async #allowed(names: readonly string[]): Promise<string[]> {
    if (names.length === 0) return [];
    const { users, former } = await this.#others();
    const living = users.filter(({ lives }) => lives).map(({ value }) => value);
    const isSpoiled = (name: string): boolean =>
      former > 0 || living.some(({ declared }) => spoils(declared, name));
    const waiting = names.filter(isSpoiled);
    const because = living.filter(({ declared }) => waiting.some((one) => spoils(declared, one)));
    this.#tell(waiting, because);
    return names.filter((name) => !waiting.includes(name));
  }

  async #others(): Promise<Others> {
    const all = (await usersOf(this.#engine)).filter(({ id }) => id !== this.member.id);
    const users = all.map(({ id, value }) => ({
      id,
      value,
      lives: this.#lives.isLiving(id, value.beat),
    }));
    for (const one of users) if (!one.lives) await removeUser(this.#engine, one);
    const signs = await formerSigns(this.#engine, this.#collections);
    const former = [...signs].filter(([id, sign]) => this.#lives.isLiving(`former ${id}`, sign));
    return { users, former: former.length };
  }

  /** Once for each change of it. */
  #tell(waiting: string[], because: StoreUser[]): void {
    const told = JSON.stringify([waiting, because.map(({ host, pid }) => [host, pid])]);
    if (waiting.length === 0 || told === this.#told) return;
    this.#told = told;
    const others = because.map(({ host, pid, version }) => ({
      host,
      pid,
      ...(version === undefined ? {} : { version }),
    }));
    this.#parts.onNews({ waiting, because: others });
  }
}
