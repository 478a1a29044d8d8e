/** Names that one person has: each is a document of its own, whose id is the name. */
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
} from '../../records/person.ts';
import type { Change, Store } from '../../storage/store.ts';

/** A claim whose owner was never made (a crash in between) can be taken over after this many milliseconds. */
const ABANDONED_AFTER = 60_000;

type Names = Pick<Person, 'login' | 'email'>;

/** For the person of that id, who is about to be made. Problems: `login-taken`, `email-taken`. */
export async function claimNames(
  store: People,
  { login, email }: Names,
  id: string,
  now: number,
): Promise<void> {
  await claim(store, loginClaim(login), id, now, 'login-taken');
  await claim(store, emailClaim(email), id, now, 'email-taken').catch(async (problem: unknown) => {
    await store.delete(claimCollection, loginClaim(login));
    throw problem;
  });
}

/** Takes `id` for the person, or rejects with `problem` when it is somebody else's. */
export async function claim(
  store: People,
  id: string,
  person: string,
  now: number,
  problem: ProblemCode,
): Promise<void> {
  const held = await store.get(claimCollection, id);
  const abandoned =
    held !== undefined &&
    held.at + ABANDONED_AFTER <= now &&
    (await getPerson(store, held.person)) === undefined;
  const won = await store.update(claimCollection, id, (current): Change<Claim, boolean> => {
    const free =
      !current || current.person === person || (abandoned && current.person === held.person);
    return free ? { put: { person, at: now }, result: true } : { result: false };
  });
  if (!won) throw new Problem(problem, { status: 409 });
}

/** Those that are the person's, and nobody else's meanwhile. */
export async function freeNames(store: Pick<Store, 'update'>, person: Person): Promise<void> {
  for (const name of claimsOf(person))
    await store.update(claimCollection, name, (held): Change<Claim, void> =>
      held?.person === person.id ? { remove: true, result: undefined } : { result: undefined },
    );
}
