/**
 * Setting up an authenticator app: a pending secret that is nothing until a code of it is shown.
 * Activation is a compare-and-swap on the pending secret's id, so that a refreshed or finished
 * set-up in another tab can't be activated twice, and a live factor is never touched before.
 */
import {
  changePerson,
  revokeEverything,
  type Authenticator,
  type People,
  type Person,
  type RetiredAuthenticator,
} from '../accounts/person.ts';
import type { Vault } from '../secrets/vault.ts';
import { CODE_RULE, clearAttempts, codeCounter, takeAttempt, type Taken } from './attempts.ts';
import { newAuthenticator, verifyTotp, type TotpVerdict } from './totp.ts';

export interface EnrolmentParts {
  store: People;
  vault: Vault;
}

/** Retired secrets are kept this long (milliseconds) and this many, to name a code of an old entry. */
const KEEP_RETIRED_FOR = 30 * 24 * 3600_000;
const KEEP_RETIRED = 3;

/**
 * The pending authenticator of somebody who has none yet: the same one on every visit, a new one on
 * `refresh` (the old one is dead then). `undefined` for somebody who has one by now, as only a fresh
 * proof of it may lead to another.
 */
export async function pendingAuthenticator(
  { store, vault }: EnrolmentParts,
  personId: string,
  refresh: boolean,
  now: number,
): Promise<Authenticator | undefined> {
  const fresh = await newAuthenticator(vault, now);
  return changePerson(store, personId, (person) => {
    if (person.authenticators.length > 0) return { result: undefined };
    const pending = person.pendingAuthenticator;
    if (pending && !refresh) return { result: pending };
    const retiredAuthenticators = retire(person.retiredAuthenticators, pending, now);
    return { set: { pendingAuthenticator: fresh, retiredAuthenticators }, result: fresh };
  });
}

export type Activation = Taken | TotpVerdict | { verdict: 'replaced' };

/**
 * Proves the pending authenticator `pendingId` with a code of it. `accepted` has activated it and
 * ended everything issued to the person, in one write. `replaced`: another set-up has taken its place.
 */
export async function activateAuthenticator(
  parts: EnrolmentParts,
  personId: string,
  proof: { pendingId: string; code: string },
  now: number,
): Promise<Activation> {
  const person = await changePerson(parts.store, personId, (found) => ({ result: found }));
  const pending = person.pendingAuthenticator;
  if (pending?.id !== proof.pendingId) return { verdict: 'replaced' };

  const taken = await takeAttempt(parts.store, codeCounter(personId), CODE_RULE, now);
  if (!taken.taken) return taken;
  const held = { live: [pending], retired: person.retiredAuthenticators };
  const verdict = await verifyTotp(parts, held, proof.code, now);
  if (verdict.verdict !== 'accepted') return verdict;

  const activated = await changePerson(parts.store, personId, (current) =>
    current.pendingAuthenticator?.id === pending.id
      ? { set: activation(current, pending), result: true }
      : { result: false },
  );
  if (!activated) return { verdict: 'replaced' };
  await clearAttempts(parts.store, codeCounter(personId));
  return verdict;
}

function activation(person: Person, pending: Authenticator): Partial<Person> {
  return {
    authenticators: [...person.authenticators, pending],
    pendingAuthenticator: null,
    ...revokeEverything(person),
  };
}

function retire(
  retired: readonly RetiredAuthenticator[],
  pending: Authenticator | null,
  now: number,
): RetiredAuthenticator[] {
  const recent = retired.filter(({ retiredAt }) => retiredAt + KEEP_RETIRED_FOR > now);
  const all = pending ? [...recent, { ...pending, retiredAt: now }] : recent;
  return all.slice(-KEEP_RETIRED);
}
