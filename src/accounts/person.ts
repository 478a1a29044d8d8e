/**
 * People. A person's password, factors and secrets are one aggregate, in one document, with an
 * **epoch**: raising it in the same write revokes everything that was issued under the older one
 * (sessions, half sign-ins, grants, tokens), which carry the epoch they were issued under.
 */
import { randomBytes } from 'node:crypto';
import { kind, type Change, type Store } from '../storage/store.ts';
import { Problem } from '../problem.ts';
import type { Language } from '../web/languages.ts';

export type Role = 'member' | 'administrator';
export const ROLES: readonly Role[] = ['member', 'administrator'];
export type PersonMfa = 'inherit' | 'available' | 'required';
export const PERSON_MFA: readonly PersonMfa[] = ['inherit', 'available', 'required'];

/** An authenticator app's secret. All times are milliseconds since the epoch. */
export interface Authenticator {
  id: string;
  /** The base32 secret, sealed (purpose `totp`, context: this id). */
  secret: string;
  createdAt: number;
}

/** A secret that no longer works, kept for a while so that a code of it can be named as such. */
export interface RetiredAuthenticator extends Authenticator {
  retiredAt: number;
}

export interface Person {
  /** The subject identifier (`sub`); random, never reused. */
  id: string;
  organisation: string;
  login: string;
  /** The mailbox that this sign-in protects; the administrator's to set. */
  email: string;
  name: string;
  role: Role;
  mfa: PersonMfa;
  active: boolean;
  epoch: number;
  /** Argon2id in PHC form; null until the person has set one by a link. */
  passwordHash: string | null;
  authenticators: Authenticator[];
  /** Begun in the set-up wizard and not proven yet. */
  pendingAuthenticator: Authenticator | null;
  retiredAuthenticators: RetiredAuthenticator[];
  language: Language | null;
  createdAt: number;
}

export const personKind = kind<Person>('person', {
  indexes: {
    organisation: (person) => person.organisation,
    administrator: (person) => (person.role === 'administrator' && person.active ? 1 : undefined),
  },
});

/** Who owns a login name, an address or the place of the first administrator: unique by its id. */
interface Claim {
  person: string;
  at: number;
}
export const claimKind = kind<Claim>('claim');

export type People = Pick<Store, 'insert' | 'get' | 'find' | 'update' | 'delete'>;

export interface NewPerson {
  organisation: string;
  login: string;
  email: string;
  name: string;
  role?: Role | undefined;
  mfa?: PersonMfa | undefined;
  passwordHash?: string | null | undefined;
  authenticators?: Authenticator[] | undefined;
  language?: Language | null | undefined;
}

/** A new subject identifier: 128 random bits. */
export function newPersonId(): string {
  return randomBytes(16).toString('base64url');
}

/** How login names and addresses are compared: trimmed, NFKC, without case. */
export function fold(text: string): string {
  return text.trim().normalize('NFKC').toLowerCase();
}

/**
 * Makes a person. Problems: `login-format`, `email-format`, `name-format`, `login-taken`,
 * `email-taken`. The caller knows that the organisation exists.
 */
export async function addPerson(
  store: People,
  input: NewPerson,
  now: number,
  id = newPersonId(),
): Promise<Person> {
  checkNames(input);
  await claim(store, loginClaim(input.login), id, now, 'login-taken');
  await claim(store, emailClaim(input.email), id, now, 'email-taken').catch(
    async (problem: unknown) => {
      await store.delete(claimKind, loginClaim(input.login));
      throw problem;
    },
  );
  const person = newPerson(input, now, id);
  await store.insert(personKind, id, person);
  return person;
}

function newPerson(input: NewPerson, now: number, id: string): Person {
  return {
    id,
    organisation: input.organisation,
    login: input.login.trim(),
    email: input.email.trim(),
    name: input.name.trim(),
    role: input.role ?? 'member',
    mfa: input.mfa ?? 'inherit',
    active: true,
    epoch: 1,
    passwordHash: input.passwordHash ?? null,
    authenticators: input.authenticators ?? [],
    pendingAuthenticator: null,
    retiredAuthenticators: [],
    language: input.language ?? null,
    createdAt: now,
  };
}

/** Throws the Problem of the first name that can't be used. */
export function checkNames(input: Pick<NewPerson, 'login' | 'email' | 'name'>): void {
  if (!/^[^\s@]{1,64}$/u.test(fold(input.login))) throw new Problem('login-format');
  if (!/^[^\s@]{1,64}@[^\s@]{1,190}$/u.test(fold(input.email))) throw new Problem('email-format');
  if (input.name.trim() === '' || input.name.length > 100) throw new Problem('name-format');
}

/** By login name or mailbox address, folded. */
export async function findPerson(store: People, name: string): Promise<Person | undefined> {
  const folded = fold(name);
  if (folded === '' || folded.length > 255) return undefined;
  const owner = await store.get(
    claimKind,
    folded.includes('@') ? emailClaim(folded) : loginClaim(folded),
  );
  return owner && store.get(personKind, owner.person);
}

export async function getPerson(store: People, id: string): Promise<Person | undefined> {
  return store.get(personKind, id);
}

/** Is there anybody who can administrate this installation? */
export async function hasAdministrator(store: People): Promise<boolean> {
  const page = await store.find(personKind, { index: 'administrator', equals: 1, limit: 1 });
  return page.items.length > 0;
}

/**
 * Takes the place of the first administrator for the person id that is about to be made: of two
 * set-up links used at once, one wins. Taking it again for the same id is fine.
 */
export async function claimFirstAdministrator(
  store: People,
  id: string,
  now: number,
): Promise<void> {
  await claim(store, 'first-administrator', id, now, 'set-up-done');
}

/**
 * Changes a person in one conditional write. `change` gives the new fields and what to answer, or
 * only an answer to leave the person as is. Problem `person-unknown` when there is none.
 */
export async function changePerson<R>(
  store: People,
  id: string,
  change: (person: Person) => { set?: Partial<Person>; result: R },
): Promise<R> {
  return store.update(personKind, id, (person): Change<Person, R> => {
    if (!person) throw new Problem('person-unknown', { status: 404 });
    const { set, result } = change(person);
    return set ? { put: { ...person, ...set }, result } : { result };
  });
}

/** The fields that end everything that was issued to the person. */
export function revokeEverything(person: Person): Pick<Person, 'epoch'> {
  return { epoch: person.epoch + 1 };
}

/** Disabling ends sessions, grants and tokens at once. Problem `last-administrator` refuses to lock everybody out. */
export async function disablePerson(store: People, id: string): Promise<void> {
  const administrators = await store.find(personKind, {
    index: 'administrator',
    equals: 1,
    limit: 2,
  });
  const others = administrators.items.filter((entry) => entry.id !== id);
  await changePerson(store, id, (person) => {
    if (person.role === 'administrator' && person.active && others.length === 0) {
      throw new Problem('last-administrator', { status: 409 });
    }
    return { set: { active: false, ...revokeEverything(person) }, result: undefined };
  });
}

const loginClaim = (login: string): string => `login:${fold(login)}`;
const emailClaim = (email: string): string => `email:${fold(email)}`;

/** A claim whose owner was never made (a crash in between) can be taken over after this many milliseconds. */
const ABANDONED_AFTER = 60_000;

async function claim(
  store: People,
  id: string,
  person: string,
  now: number,
  problem: string,
): Promise<void> {
  const held = await store.get(claimKind, id);
  const abandoned =
    held !== undefined &&
    held.at + ABANDONED_AFTER <= now &&
    (await store.get(personKind, held.person)) === undefined;
  const won = await store.update(claimKind, id, (current): Change<Claim, boolean> => {
    const free =
      !current || current.person === person || (abandoned && current.person === held.person);
    return free ? { put: { person, at: now }, result: true } : { result: false };
  });
  if (!won) throw new Problem(problem, { status: 409 });
}
