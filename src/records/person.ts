/**
 * People. A person's password, factors and secrets are one aggregate, in one document, with an
 * **epoch**: raising it in the same write revokes everything that was issued under the older one
 * (sessions, half sign-ins, grants, tokens), which carry the epoch they were issued under.
 */
import { randomBytes } from 'node:crypto';
import { readOrNone } from '../storage/damage.ts';
import { isPossibleId } from '../storage/document.ts';
import { entries } from '../storage/pages.ts';
import { collection, type Change, type Store } from '../storage/store.ts';
import { Problem } from '../problem.ts';
import type { Actor } from '../audit/actor.ts';
import { outboxIndex, type MessageCarrier } from '../outbox/message.ts';
import type { FactorId } from './factor-id.ts';
import { personDefaults, personFields } from './lists/person-fields.ts';
import { withListsTold } from './lists/lists-told.ts';
import type { Locale } from '../text/languages.ts';
import { lastEnd, lastEndIn, type ApprovalRequest } from './under-way/approval-request.ts';
import type { AddressCheck } from './factors/address-check.ts';
import { fold } from '../text/fold.ts';
import { asMailbox } from '../text/mailbox.ts';
import type { Passcode } from './passcode.ts';
import type { Passkey } from './factors/passkey.ts';

/** What somebody may do is in policy/access.ts. `administrator`: of the whole installation. */
export const ROLES = [
  'member',
  'auditor',
  'helpdesk',
  'organisation-administrator',
  'administrator',
] as const;
export type Role = (typeof ROLES)[number];
/** What a second person approves, where the organisation demands one. */
export type PersonAct =
  { what: 'factors-reset' } | { what: 'temporary-code' } | { what: 'role'; role: Role };
export type PersonMfa = 'inherit' | 'available' | 'required';
export const PERSON_MFA: readonly PersonMfa[] = ['inherit', 'available', 'required'];

/** An authenticator app's secret. All times are milliseconds since the epoch. */
export interface Authenticator {
  id: string;
  /** The base32 secret, sealed (purpose `totp`, context: this id). */
  secret: string;
  /** As its owner calls it; absent or empty: it has no name yet. */
  name?: string;
  /** While it is pending: hash of the own secret of the browser that it is shown in, and in no other. */
  browser?: string;
  createdAt: number;
}

/** A secret that no longer works, kept for a while so that a code of it can be named as such. */
export interface RetiredAuthenticator extends Authenticator {
  retiredAt: number;
}

/** Ten backup codes, sealed together as a JSON array (purpose `one-time codes`, context: this id). */
export interface OneTimeCodeSet {
  id: string;
  sealed: string;
  /** Positions of those that were used. */
  used: number[];
  createdAt: number;
}

export interface Person extends MessageCarrier {
  /** The subject identifier (`sub`); random, never reused. */
  id: string;
  organisation: string;
  login: string;
  /** The mailbox that this sign-in protects; the administrator's to set. */
  email: string;
  /** The address, folded, that a link was mailed to and used from; whatever the mailbox is by now. Absent: none. */
  provenEmail?: string;
  name: string;
  role: Role;
  /** Ids of the groups that they are in: the truth of it (group.ts). One that is of no group counts for nothing. */
  groups: string[];
  /**
   * Since when they are in each of those (milliseconds since the epoch); one that is not named: ever since. What an
   * app got before holds no longer, where it is open to them by that group (policy/apps/who-may.ts).
   */
  groupsSince?: Readonly<Record<string, number>>;
  mfa: PersonMfa;
  /** From when `mfa: required` can't be postponed any more; null: at once. */
  mfaFrom: number | null;
  /**
   * Somebody put the day off from which a second factor is required of them, once (milliseconds since the epoch);
   * null or absent: nobody did. It counts for nobody with duties.
   */
  graceExtension?: { until: number; at: number; reason: string } | null;
  /** When they were last asked by mail to set a second factor up (milliseconds since the epoch); absent: never. */
  remindedAt?: number;
  /** Factors that the person may use, of those that the organisation allows; null: all of them. */
  factors: FactorId[] | null;
  /** Days for which a computer may be trusted, at most the organisation's; null: as many. */
  trustedDays: number | null;
  /** Nobody signs in by it: a copier, a scanner or a shared mailbox, which has passcodes and nothing else. Absent: a person. */
  service?: true;
  active: boolean;
  /** Disabled from then on (milliseconds since the epoch); null or absent: it has no end. */
  activeUntil?: number | null;
  /** Disabled, and removed from then on (milliseconds since the epoch); null or absent: not to be. */
  deletion?: { dueAt: number; wasActive: boolean; actor: Actor } | null;
  epoch: number;
  /** Since when nobody finds the person any more (remove-person.ts); milliseconds since the epoch. */
  removedAt?: number;
  /** Relying apps know of the end of what was issued under epochs before this one; absent: 1. */
  appsToldEpoch?: number;
  /** Raised to end the trust in every computer without ending anything else. */
  trustEpoch: number;
  /** Raised to end every consent that was given to an app. */
  consentEpoch: number;
  /** Argon2id in PHC form; null until the person has set one by a link. */
  passwordHash: string | null;
  authenticators: Authenticator[];
  /** Begun in the set-up wizard and not proven yet. */
  pendingAuthenticator: Authenticator | null;
  retiredAuthenticators: RetiredAuthenticator[];
  passkeys: Passkey[];
  /** For mail programs; they end with the password. */
  passcodes: Passcode[];
  /** Never the mailbox that this sign-in protects. A second factor only when verified. */
  secondaryEmail: { address: string; verifiedAt: number | null } | null;
  /** Since when codes are sent to the verified secondary address; null: they are not. */
  emailMfaSince: number | null;
  /** Since when codes by mail prove nothing, as a link to the same address set the password; null: they do. */
  emailBarredSince: number | null;
  /** A secondary address that is being verified, and in which browser. */
  addressCheck: AddressCheck | null;
  oneTimeCodes: OneTimeCodeSet | null;
  /** After a reset: a code (hashed) that the administrator hands over, without which nothing is enrolled. */
  enrolmentCode: { hash: string; expiresAt: number } | null;
  /** For today, handed over (factors/handed-over/temporary-code.ts): a hash, until when (milliseconds since the epoch), and for which epoch. */
  temporaryCode?: { hash: string; expiresAt: number; epoch: number; uses: number } | null;
  /** What was asked to be done with them, and waits for a second person; absent: nothing. */
  requests?: ApprovalRequest<PersonAct>[];
  /** Chosen by them, or for them; null: that of their browser. */
  language: Locale | null;
  /** In which they had pages last, when they changed something here: for mails while they are not there. */
  readsIn?: Locale;
  createdAt: number;
}

export const personCollection = collection<Person>('person', {
  indexes: {
    organisation: (person) => (isRemoved(person) ? undefined : person.organisation),
    administrator: (person) => (person.role === 'administrator' && person.active ? 1 : undefined),
    postings: outboxIndex,
    service: (person) => (person.service && !isRemoved(person) ? person.organisation : undefined),
    activeUntilDue: (person) =>
      isRemoved(person) || !person.active ? undefined : (person.activeUntil ?? undefined),
    deletionDue: (person) => (isRemoved(person) ? undefined : person.deletion?.dueAt),
    requests: (person) => (isRemoved(person) ? undefined : lastEndIn(person.organisation, person)),
    requestsEverywhere: (person) => (isRemoved(person) ? undefined : lastEnd(person)),
    appsToTell: ({ epoch, appsToldEpoch = 1 }) => (appsToldEpoch < epoch ? 1 : undefined),
  },
  fields: personFields,
  shared: true,
});

/** The document is there until what follows is done; the person is not. */
export function isRemoved({ removedAt }: Pick<Person, 'removedAt'>): boolean {
  return removedAt !== undefined;
}

/** Who owns a login name, an address or the place of the first administrator: unique by its id. */
export interface Claim {
  person: string;
  at: number;
  /** The act that claimed it (operations/unique-names.ts); absent: an older version did. */
  act?: string;
  /** The same, where it was claimed by a renaming: it is theirs if their document says so. */
  renaming?: string;
  /** It was that person's: nobody is found by it, and it is nobody else's until then (milliseconds since the epoch). */
  reservedUntil?: number;
}
export const claimCollection = collection<Claim>('claim');

export type People = Pick<
  Store,
  'insert' | 'get' | 'getMany' | 'find' | 'scan' | 'update' | 'delete'
>;

/** A new subject identifier: 128 random bits. */
export function newPersonId(): string {
  return randomBytes(16).toString('base64url');
}

/** What a person can't be without. */
type Named = Pick<Person, 'id' | 'organisation' | 'login' | 'email' | 'name' | 'createdAt'>;

/** The names are claimed already. */
export async function insertPerson(
  store: Pick<Store, 'insert'>,
  fields: Named & Partial<Person>,
): Promise<Person> {
  const person = withListsTold(undefined, complete(fields));
  await store.insert(personCollection, person.id, person);
  return person;
}

function complete(stored: object): Person {
  return { ...personDefaults(), ...stored } as unknown as Person;
}

/** No person's id. */
export const NOBODY = '';

/** By login name or mailbox address, folded. Takes as many steps for a name that nobody has. */
export async function findPerson(store: People, name: string): Promise<Person | undefined> {
  return personNamed(store, await findName(store, name));
}

/** `person`: whose document is to be read for the name; undefined: nobody can be called so. */
export type FoundName = { claim: string; person: string; renaming: boolean } | undefined;

export async function findName(store: People, name: string): Promise<FoundName> {
  const folded = fold(name);
  if (folded === '' || folded.length > 255) return undefined;
  const claim = folded.includes('@') ? emailClaim(folded) : loginClaim(folded);
  const owner = await readOrNone(store, claimCollection, claim);
  const person = owner && owner.reservedUntil === undefined ? owner.person : NOBODY;
  return { claim, person, renaming: owner?.renaming !== undefined };
}

export async function personNamed(store: People, found: FoundName): Promise<Person | undefined> {
  const person = found && (await getPerson(store, found.person));
  return found?.renaming && person && !claimsOf(person).includes(found.claim) ? undefined : person;
}

/** One who can't be read is nobody: what rests on them is refused, as of anybody who isn't there. */
export async function getPerson(
  store: Pick<Store, 'get'>,
  id: string,
): Promise<Person | undefined> {
  const stored = await readOrNone(store, personCollection, id);
  // Made for nobody too: what it takes must not tell whether somebody was found.
  const person = complete(stored ?? {});
  return stored && !isRemoved(stored) ? person : undefined;
}

/** By id, in the order of the ids; those that there are. */
export async function getPeople(
  store: Pick<Store, 'getMany'>,
  ids: readonly string[],
): Promise<Map<string, Person>> {
  const stored = [...(await store.getMany(personCollection, ids))];
  const there = stored.filter(([, person]) => !isRemoved(person));
  return new Map(there.map(([id, person]) => [id, complete(person)]));
}

/** Everybody, or everybody of an organisation, in no promised order. */
export async function* listPeople(
  store: Pick<Store, 'find' | 'scan'>,
  organisation?: string,
): AsyncGenerator<Person> {
  const limit = 500;
  const all = entries((after) =>
    organisation === undefined
      ? store.scan(personCollection, { limit, after })
      : store.find(personCollection, { index: 'organisation', equals: organisation, limit, after }),
  );
  for await (const { value } of all) if (!isRemoved(value)) yield complete(value);
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
  return store.update(personCollection, id, (stored): Change<Person, R> => {
    const person = stored && !isRemoved(stored) && complete(stored);
    if (!person) throw new Problem('person-unknown', { status: 404 });
    const { set, result } = change(person);
    return set ? { put: withListsTold(person, { ...person, ...set }), result } : { result };
  });
}

/**
 * The claims by which the person is found. A mailbox is one person's however its domain is spelt (`spelling`): whoever
 * was named by a version before that has their address alone.
 */
export function claimsOf(names: Pick<Person, 'login' | 'email'>): string[] {
  return [loginClaim(names.login), emailClaim(names.email), ...spelling(names)];
}

/** Of the mailbox as it is compared; none where that is how it is written. */
export function spelling({ email }: Pick<Person, 'email'>): string[] {
  const claim = emailClaim(asMailbox(email));
  const isOther = claim !== emailClaim(email) && isPossibleId(claimCollection, claim);
  return isOther ? [claim] : [];
}

export const loginClaim = (login: string): string => `login:${fold(login)}`;
export const emailClaim = (email: string): string => `email:${fold(email)}`;
