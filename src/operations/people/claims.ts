/** Names that one person has: each is a document of its own, whose id is the name. */
import { Problem, type ProblemCode } from '../../problem.ts';
import {
  claimCollection,
  claimsOf,
  emailClaim,
  loginClaim,
  type Claim,
  type People,
  type Person,
  personCollection,
} from '../../records/person.ts';
import type { Change, Store } from '../../storage/store.ts';
import { dayOf } from '../../text/day-of.ts';

/** Milliseconds: apps that know people by such a name must not give a newcomer the old data. */
export const RESERVED_FOR = 90 * 86_400_000;

/** A document that had an expiry keeps one. */
const NEVER = Date.UTC(9999, 0);

/** A claim whose owner was never made (a crash in between) can be taken over after this many milliseconds. */
const ABANDONED_AFTER = 60_000;

type Names = Pick<Person, 'login' | 'email'>;

/** For the person of that id, who is about to be made. Problems: `login-taken`, `email-taken`, `name-reserved`. */
export async function claimNames(
  store: People,
  { login, email }: Names,
  id: string,
  now: number,
): Promise<void> {
  const before = await claim(store, loginClaim(login), { person: id, at: now }, 'login-taken');
  const whose = { person: id, at: now };
  await claim(store, emailClaim(email), whose, 'email-taken').catch(async (problem: unknown) => {
    await putBack(store, loginClaim(login), id, before);
    throw problem;
  });
}

/**
 * Takes `id` as is told, or rejects with `problem` when it is somebody else's, and with `name-reserved` when
 * it was until lately. Their own former name they can have back. Answers what it was before.
 */
export async function claim(
  store: People,
  id: string,
  wanted: Claim,
  problem: ProblemCode,
): Promise<Claim | undefined> {
  const held = await store.get(claimCollection, id);
  const abandoned = held !== undefined && (await isAbandoned(store, id, held, wanted.at));
  return store.update(claimCollection, id, (current): Change<Claim, Claim | undefined> => {
    const isOwn = current?.person === wanted.person;
    const isFree = !current || isOwn || (abandoned && current.person === held.person);
    if (!isFree) throw taken(current, problem);
    return { put: wanted, ...keptBefore(current), result: current };
  });
}

/** The document itself is asked: somebody who was removed has one until their names are reserved. */
async function isAbandoned(store: People, id: string, held: Claim, now: number): Promise<boolean> {
  if (held.reservedUntil !== undefined || held.at + ABANDONED_AFTER > now) return false;
  const owner = await store.get(personCollection, held.person);
  return !owner || (held.renaming === true && !claimsOf(owner).includes(id));
}

function keptBefore(claimed: Claim | undefined): { expiresAt?: number } {
  return claimed?.reservedUntil === undefined ? {} : { expiresAt: NEVER };
}

/** Undoes a `claim` that nothing came of. */
export async function putBack(
  store: Pick<Store, 'update'>,
  id: string,
  person: string,
  before: Claim | undefined,
): Promise<void> {
  await store.update(claimCollection, id, (held): Change<Claim, void> => {
    if (held?.person !== person) return { result: undefined };
    if (before?.person !== person) return { remove: true, result: undefined };
    return { put: before, expiresAt: before.reservedUntil, result: undefined };
  });
}

function taken({ reservedUntil }: Claim, problem: ProblemCode): Problem {
  if (reservedUntil === undefined) return new Problem(problem, { status: 409 });
  const values = { date: dayOf(reservedUntil) };
  return new Problem('name-reserved', { status: 409, values });
}

/**
 * Names that are the person's no more, of those that nobody else has meanwhile. No app has seen those of
 * somebody who could never sign in: they are free. `since`: milliseconds since the epoch.
 */
export async function giveUpNames(
  store: Pick<Store, 'update'>,
  person: Pick<Person, 'id' | 'passwordHash' | 'passkeys'>,
  names: readonly string[],
  since: number,
): Promise<void> {
  const reservedUntil = since + RESERVED_FOR;
  const seen = person.passwordHash !== null || person.passkeys.length > 0;
  for (const name of names)
    await store.update(claimCollection, name, (held): Change<Claim, void> => {
      if (held?.person !== person.id || held.reservedUntil !== undefined)
        return { result: undefined };
      if (!seen) return { remove: true, result: undefined };
      return { put: { ...held, reservedUntil }, expiresAt: reservedUntil, result: undefined };
    });
}

export interface Renaming {
  /** Once they are the person's. */
  settle(): Promise<void>;
  /** When they did not become theirs. */
  undo(): Promise<void>;
}

/**
 * Claims the new names, for the write that gives them; the old ones are given up after it. Broken off in
 * between, the person's document says which are theirs, and the others are free. `now`: milliseconds since
 * the epoch. Problems: `login-taken`, `email-taken`, `name-reserved`.
 */
export async function beginRenaming(
  store: People,
  person: Person,
  names: Names,
  now: number,
): Promise<Renaming> {
  const [before, after] = [claimsOf(person), claimsOf(names)];
  const taken = after.filter((name) => !before.includes(name));
  const left = before.filter((name) => !after.includes(name));
  const undo: (() => Promise<void>)[] = [];
  const undoAll = async (): Promise<void> => {
    for (const step of undo.toReversed()) await step();
  };
  try {
    for (const name of taken) {
      const problem = name === loginClaim(names.login) ? 'login-taken' : 'email-taken';
      const wanted = { person: person.id, at: now, renaming: true } as const;
      const held = await claim(store, name, wanted, problem);
      undo.push(() => putBack(store, name, person.id, held));
    }
    for (const name of left) {
      await mark(store, person, name, { at: now, renaming: true });
      undo.push(() => mark(store, person, name, { at: now }));
    }
  } catch (error) {
    await undoAll();
    throw error;
  }
  return {
    undo: undoAll,
    async settle() {
      for (const name of taken) await mark(store, person, name, { at: now });
      await giveUpNames(store, person, left, now);
    },
  };
}

/** Whoever is found by it meanwhile is compared with it (records/person.ts). */
async function mark(
  store: People,
  { id: person }: Person,
  name: string,
  as: Omit<Claim, 'person'>,
): Promise<void> {
  await store.update(claimCollection, name, (held): Change<Claim, void> =>
    held?.person === person && held.reservedUntil === undefined
      ? { put: { person, ...as }, result: undefined }
      : { result: undefined },
  );
}
