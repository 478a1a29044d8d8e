/** Names that one person has: login names and addresses (unique-names.ts), nobody's for a while once they are given up. */
import { Problem } from '../../problem.ts';
import {
  claimCollection,
  claimsOf,
  loginClaim,
  type Claim,
  type Person,
  personCollection,
  spelling,
} from '../../records/person.ts';
import type { Change, Store } from '../../storage/store.ts';
import { dayOf } from '../../text/day-of.ts';
import { withNames, type NameKind, type NameStore } from '../unique-names.ts';

/** Milliseconds: apps that know people by such a name must not give a newcomer the old data. */
export const RESERVED_FOR = 90 * 86_400_000;

type Names = Pick<Person, 'login' | 'email'>;
type Owner = Pick<Person, 'passwordHash' | 'passkeys'>;

/** `owner`: whose names are given up; undefined: nobody's yet. */
function namesOf(owner: Owner | undefined): NameKind<Claim> {
  return {
    collection: claimCollection,
    ownerOf: ({ person }) => person,
    claimed: (person, by) => ({ person, ...by, ...(owner ? { renaming: by.act } : {}) }),
    // The document itself is asked: somebody who was removed has their names until those are reserved.
    async owned(store, id) {
      const person = await store.get(personCollection, id);
      return person && { names: claimsOf(person) };
    },
    taken,
    kept: (claim, since) => (owner && isSeen(owner) ? reserved(claim, since) : undefined),
  };
}

function taken(name: string, { reservedUntil }: Claim): Problem {
  if (reservedUntil !== undefined) {
    const values = { date: dayOf(reservedUntil) };
    return new Problem('name-reserved', { status: 409, values });
  }
  const code = name.startsWith(loginClaim('')) ? 'login-taken' : 'email-taken';
  return new Problem(code, { status: 409 });
}

/** No app has seen the names of somebody who could never sign in: they are free. */
function isSeen({ passwordHash, passkeys }: Owner): boolean {
  return passwordHash !== null || passkeys.length > 0;
}

const reserved = (claim: Claim, since: number): Claim => ({
  ...claim,
  reservedUntil: since + RESERVED_FOR,
});

/** Around the write that makes the person of that id. Problems: `login-taken`, `email-taken`, `name-reserved`. */
export function withNewNames<R>(
  store: NameStore,
  id: string,
  names: Names,
  now: number,
  write: () => Promise<R>,
): Promise<R> {
  const given = { owner: id, before: [], after: claimsOf(names) };
  return withNames(store, namesOf(undefined), given, now, write);
}

/**
 * Around the write that gives the person these names in place of theirs: their own former ones they can have
 * back. `now`: milliseconds since the epoch. Problems: `login-taken`, `email-taken`, `name-reserved`.
 */
export async function withOtherNames<R>(
  store: NameStore,
  person: Person,
  names: Names,
  now: number,
  write: () => Promise<R>,
): Promise<R> {
  const unclaimed = await unclaimedSpelling(store, person);
  const claimed = (names: Names) => claimsOf(names).filter((name) => !unclaimed.includes(name));
  const after = names.email === person.email ? claimed(names) : claimsOf(names);
  const given = { owner: person.id, before: claimed(person), after };
  return withNames(store, namesOf(person), given, now, write);
}

/** Whoever was named by an older version has no claim to it. */
async function unclaimedSpelling(store: NameStore, person: Person): Promise<string[]> {
  const names = spelling(person);
  const claims = await Promise.all(names.map((name) => store.get(claimCollection, name)));
  const isTheirs = (claim: Claim | undefined): boolean =>
    claim?.person === person.id && claim.reservedUntil === undefined;
  return names.filter((_, at) => !isTheirs(claims[at]));
}

/**
 * Names that are the person's no more, of those that nobody else has meanwhile. `since`: milliseconds since
 * the epoch.
 */
export async function giveUpNames(
  store: Pick<Store, 'update'>,
  person: Owner & Pick<Person, 'id'>,
  names: readonly string[],
  since: number,
): Promise<void> {
  for (const name of names)
    await store.update(claimCollection, name, (held): Change<Claim, void> => {
      if (held?.person !== person.id || held.reservedUntil !== undefined)
        return { result: undefined };
      const put = namesOf(person).kept?.(held, since);
      if (!put) return { remove: true, result: undefined };
      return { put, expiresAt: put.reservedUntil, result: undefined };
    });
}
