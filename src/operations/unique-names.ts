/**
 * Names that only one can have: each is a document of its own, whose id is the name. It is claimed before the
 * owner's document is written, which says whose it is; a claim beside it is on its way there, left over by an
 * act that was broken off (anybody's after a minute), or keeps a name for its former owner. Each claim is of
 * one act, and only what it has claimed or read itself is taken back by an act: of two at once for the same
 * owner none takes the name from under the other.
 */
import { randomBytes } from 'node:crypto';
import { Problem } from '../problem.ts';
import type { Change, Collection, Store } from '../storage/store.ts';

export type NameStore = Pick<Store, 'get' | 'update'>;

/** What claims of all kinds have. Times are milliseconds since the epoch. */
export interface NameClaim {
  at: number;
  /** Another one each time that it is claimed; absent: an older version claimed it. */
  act?: string;
  /** Nobody has the name any more, and until then nobody but its former owner gets it. */
  reservedUntil?: number;
}

export interface NameKind<C extends NameClaim> {
  collection: Collection<C>;
  ownerOf(claim: C): string;
  claimed(owner: string, by: Required<Pick<NameClaim, 'at' | 'act'>>): C;
  /** Those that it has, by its document; `isGone`: it never has one again. Undefined: there is no such owner. */
  owned(store: NameStore, owner: string): Promise<Owned | undefined>;
  taken(name: string, claim: C): Problem;
  /**
   * What stays of a name that was given up; undefined: it is free. With it, a name that is about to be given up
   * is claimed anew, so that it is nobody else's before that.
   */
  kept?(claim: C, since: number): C | undefined;
}

interface Owned {
  names: readonly string[];
  isGone?: boolean;
}

/** Milliseconds after which a claim that its owner's document does not have can be taken over. */
const ABANDONED_AFTER = 60_000;
/** A document that had an expiry keeps one. */
const NEVER = Date.UTC(9999, 0);

/** What an act gives its owner and takes from it. */
export interface NamesOfAct {
  owner: string;
  before: readonly string[];
  after: readonly string[];
}

/** A name that an act gives (`isWanted`) or takes, its claim as the act leaves it, and before that. */
interface Touched<C> {
  name: string;
  isWanted: boolean;
  claim: C;
  before: C | undefined;
}

/**
 * Claims what is in `after` alone for `write`, which gives it; what `write` did not do is taken back, and what
 * is in `before` alone is given up once it is done. Of a store that did not answer nobody knows what it has:
 * that is left to whoever wants the name, a minute later. `now`: milliseconds since the epoch. Rejects with
 * `kind.taken`, and as `write` does.
 */
export async function withNames<C extends NameClaim, R>(
  store: NameStore,
  kind: NameKind<C>,
  { owner, before, after }: NamesOfAct,
  now: number,
  write: () => Promise<R>,
): Promise<R> {
  const mine = kind.claimed(owner, newAct(now));
  const touched: Touched<C>[] = [];
  const end = (): Promise<void> => settle(store, kind, owner, touched, now);
  try {
    for (const name of after.filter((one) => !before.includes(one)))
      touched.push({
        name,
        isWanted: true,
        claim: mine,
        before: await claimName(store, kind, name, mine),
      });
    for (const name of before.filter((one) => !after.includes(one)))
      touched.push(...(await leaving(store, kind, name, mine)));
  } catch (error) {
    await end();
    throw error;
  }
  const result = await write().catch(async (error: unknown) => {
    if (error instanceof Problem) await end();
    throw error;
  });
  await end();
  return result;
}

/** Gives up those that the owner does not have any more, after the write that has taken them. */
export async function releaseNames<C extends NameClaim>(
  store: NameStore,
  kind: NameKind<C>,
  owner: string,
  names: readonly string[],
  since: number,
): Promise<void> {
  const held = await Promise.all(names.map((name) => heldBy(store, kind, name, owner)));
  await settle(store, kind, owner, held.flat(), since);
}

export function newAct(at: number): { at: number; act: string } {
  return { at, act: randomBytes(16).toString('base64url') };
}

/** Takes the name as `mine`, or rejects with `kind.taken`. Answers what its owner had of it before. */
export async function claimName<C extends NameClaim>(
  store: NameStore,
  kind: NameKind<C>,
  name: string,
  mine: C,
): Promise<C | undefined> {
  const held = await store.get(kind.collection, name);
  const isLeft = held !== undefined && (await isAbandoned(store, kind, name, held, mine.at));
  return store.update(kind.collection, name, (there): Change<C, C | undefined> => {
    const isOwn = there !== undefined && kind.ownerOf(there) === kind.ownerOf(mine);
    if (there && !isOwn && !(isLeft && isSame(kind, there, held))) throw kind.taken(name, there);
    const expiry = there?.reservedUntil === undefined ? {} : { expiresAt: NEVER };
    return { put: mine, ...expiry, result: isOwn ? there : undefined };
  });
}

async function isAbandoned<C extends NameClaim>(
  store: NameStore,
  kind: NameKind<C>,
  name: string,
  held: C,
  now: number,
): Promise<boolean> {
  if (held.reservedUntil !== undefined) return false;
  const owned = await kind.owned(store, kind.ownerOf(held));
  if (owned?.isGone) return true;
  return held.at + ABANDONED_AFTER <= now && owned?.names.includes(name) !== true;
}

async function leaving<C extends NameClaim>(
  store: NameStore,
  kind: NameKind<C>,
  name: string,
  mine: C,
): Promise<Touched<C>[]> {
  const owner = kind.ownerOf(mine);
  if (!kind.kept) return heldBy(store, kind, name, owner);
  const before = await store.update(kind.collection, name, (there): Change<C, C | undefined> =>
    isHeld(kind, there, owner) ? { put: mine, result: there } : { result: undefined },
  );
  return before ? [{ name, isWanted: false, claim: mine, before }] : [];
}

async function heldBy<C extends NameClaim>(
  store: NameStore,
  kind: NameKind<C>,
  name: string,
  owner: string,
): Promise<Touched<C>[]> {
  const claim = await store.get(kind.collection, name);
  return isHeld(kind, claim, owner) ? [{ name, isWanted: false, claim, before: claim }] : [];
}

function isHeld<C extends NameClaim>(
  kind: NameKind<C>,
  claim: C | undefined,
  owner: string,
): claim is C {
  return claim !== undefined && claim.reservedUntil === undefined && kind.ownerOf(claim) === owner;
}

/** The owner's document has the verdict, read after the claims. One that another act has taken meanwhile is its to settle. */
async function settle<C extends NameClaim>(
  store: NameStore,
  kind: NameKind<C>,
  owner: string,
  touched: readonly Touched<C>[],
  since: number,
): Promise<void> {
  if (touched.length === 0) return;
  const owned = await kind.owned(store, owner);
  for (const one of touched.toReversed()) {
    const isOwned = owned?.isGone !== true && owned?.names.includes(one.name) === true;
    if (isOwned && (one.isWanted || one.claim === one.before)) continue;
    await store.update(kind.collection, one.name, (there): Change<C, void> => {
      if (!isSame(kind, there, one.claim)) return { result: undefined };
      const isBack = isOwned || one.isWanted;
      const put = isBack ? one.before : kind.kept?.(one.claim, since);
      if (!put) return { remove: true, result: undefined };
      return { put, expiresAt: put.reservedUntil, result: undefined };
    });
  }
}

function isSame<C extends NameClaim>(kind: NameKind<C>, one: C | undefined, other: C): boolean {
  return (
    one !== undefined &&
    kind.ownerOf(one) === kind.ownerOf(other) &&
    one.at === other.at &&
    one.act === other.act &&
    one.reservedUntil === other.reservedUntil
  );
}
