/** Names that one person has: each is a document of its own, whose id is the name. */
import { randomBytes } from 'node:crypto';
import { Problem, type ProblemCode } from '../../problem.ts';
import {
  claimCollection,
  claimsOf,
  emailClaim,
  getPerson,
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
  return !owner || (held.renaming !== undefined && !claimsOf(owner).includes(id));
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
  await store.update(claimCollection, id, (held): Change<Claim, void> =>
    held?.person === person ? takenBack(person, before) : { result: undefined },
  );
}

function takenBack(person: string, before: Claim | undefined): Change<Claim, void> {
  if (before?.person !== person) return { remove: true, result: undefined };
  return { put: before, expiresAt: before.reservedUntil, result: undefined };
}

function taken({ reservedUntil }: Claim, problem: ProblemCode): Problem {
  if (reservedUntil === undefined) return new Problem(problem, { status: 409 });
  const values = { date: dayOf(reservedUntil) };
  return new Problem('name-reserved', { status: 409, values });
}

type Owner = Pick<Person, 'id' | 'passwordHash' | 'passkeys'>;

/**
 * Names that are the person's no more, of those that nobody else has meanwhile. No app has seen those of
 * somebody who could never sign in: they are free. `since`: milliseconds since the epoch.
 */
export async function giveUpNames(
  store: Pick<Store, 'update'>,
  person: Owner,
  names: readonly string[],
  since: number,
): Promise<void> {
  for (const name of names)
    await store.update(claimCollection, name, (held) => givenUp(person, held, since));
}

function givenUp(person: Owner, held: Claim | undefined, since: number): Change<Claim, void> {
  if (held?.person !== person.id || held.reservedUntil !== undefined) return { result: undefined };
  const seen = person.passwordHash !== null || person.passkeys.length > 0;
  if (!seen) return { remove: true, result: undefined };
  const reservedUntil = since + RESERVED_FOR;
  return { put: { ...held, reservedUntil }, expiresAt: reservedUntil, result: undefined };
}

/** A name that a renaming gives (`wanted`) or leaves, and its claim before that. */
interface Touched {
  name: string;
  wanted: boolean;
  before: Claim | undefined;
}

/**
 * Claims the new names, for the write that gives them. What it answers is called after that write, whatever
 * came of it: the person's document says which names are theirs, and the others are given up. Broken off in
 * between, they are free. `now`: milliseconds since the epoch. Problems: `login-taken`, `email-taken`,
 * `name-reserved`.
 */
export async function beginRenaming(
  store: People,
  person: Person,
  names: Names,
  now: number,
): Promise<() => Promise<void>> {
  const [before, after] = [claimsOf(person), claimsOf(names)];
  const mine = { person: person.id, at: now, renaming: randomBytes(16).toString('base64url') };
  const touched: Touched[] = [];
  const end = async (): Promise<void> => {
    for (const one of touched.toReversed()) await endRenaming(store, person, mine, one);
  };
  try {
    for (const name of after.filter((one) => !before.includes(one))) {
      const problem = name === loginClaim(names.login) ? 'login-taken' : 'email-taken';
      touched.push({ name, wanted: true, before: await claim(store, name, mine, problem) });
    }
    for (const name of before.filter((one) => !after.includes(one)))
      touched.push({ name, wanted: false, before: await mark(store, name, mine) });
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}

/** Whoever is found by it meanwhile is compared with it (records/person.ts). Answers what it was before. */
function mark(store: People, name: string, mine: Claim): Promise<Claim | undefined> {
  return store.update(claimCollection, name, (held): Change<Claim, Claim | undefined> =>
    held?.person === mine.person && held.reservedUntil === undefined
      ? { put: mine, result: held }
      : { result: held },
  );
}

/**
 * Of two renamings of the same person at once, the one that touched a name last ends it: it is read before
 * the document is, and written only where it still is as it was read.
 */
async function endRenaming(
  store: People,
  person: Person,
  mine: Claim,
  { name, wanted, before }: Touched,
): Promise<void> {
  const held = await store.get(claimCollection, name);
  if (!held || !isToEnd(held, mine)) return;
  const now = await getPerson(store, person.id);
  const isTheirs = now !== undefined && claimsOf(now).includes(name);
  const settled = { person: mine.person, at: mine.at };
  const isWritten = await store.update(claimCollection, name, (there): Change<Claim, boolean> => {
    if (!isSameClaim(there, held)) return { result: false };
    if (isTheirs) return { put: wanted ? settled : (before ?? settled), result: true };
    const ended = wanted ? takenBack(person.id, before) : givenUp(person, there, mine.at);
    return { ...ended, result: true };
  });
  if (!isWritten) await endRenaming(store, person, mine, { name, wanted, before });
}

function isToEnd(held: Claim, { person, renaming }: Claim): boolean {
  const isAnothers = held.renaming !== undefined && held.renaming !== renaming;
  return held.person === person && held.reservedUntil === undefined && !isAnothers;
}

function isSameClaim(one: Claim | undefined, other: Claim): boolean {
  return (
    one?.person === other.person &&
    one.at === other.at &&
    one.renaming === other.renaming &&
    one.reservedUntil === other.reservedUntil
  );
}
