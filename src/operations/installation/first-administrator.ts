/**
 * How an installation gets its first administrator: a one-time link, a form, an authenticator. The
 * link is spent, and organisation and person are made, only when the authenticator is proven.
 */
import { OPERATOR } from '../../audit/actor.ts';
import { OPERATOR_ORIGIN } from '../../net/request-origin.ts';
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { newOneTimeCodes, readOneTimeCodes } from '../../factors/one-time-codes.ts';
import { verifyTotp, newAuthenticator, type TotpVerdict } from '../../factors/totp.ts';
import { isFresh } from '../../policy/fresh-proof.ts';
import { Problem } from '../../problem.ts';
import { valueOf } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import { collection, type Change, type Store } from '../../storage/store.ts';
import { makeLink, readLink, spendLink } from '../../records/link.ts';
import { addOrganisation } from '../organisations/add-organisation.ts';
import type { Passwords } from '../../factors/password.ts';
import { hasAdministrator } from '../people/administrators.ts';
import { addPerson } from '../people/add-person.ts';
import { claim } from '../people/claims.ts';
import { checkNames } from '../people/names.ts';
import {
  findPerson,
  getPerson,
  newPersonId,
  type Authenticator,
  type People,
} from '../../records/person.ts';

/** What the form said, kept until the authenticator is proven. One for each link and browser. */
export interface Draft {
  personId: string;
  organisation: string;
  name: string;
  email: string;
  login: string;
  passwordHash: string;
  /** When the password was typed, milliseconds since the epoch; absent: an older version wrote it. */
  passwordAt?: number;
  authenticator: Authenticator;
  /** Wrong codes and passwords; a set-up that is guessed at begins anew. */
  failures: number;
}
export const setUpDraftCollection = collection<Draft>('set_up_draft', { key: 'hash' });

/** Wrong codes of the set-up of the first administrator, before it begins anew. */
export const MOST_FAILURES = 10;

/** Milliseconds that what the form said is kept. */
export const DRAFT_LIFETIME = 60 * 60_000;

/** For a short while the browser that made the administrator may see the one-time codes. */
interface SetUpFinished {
  person: string;
  /** When their codes were made, milliseconds since the epoch; absent: an older version wrote it. */
  at?: number;
}
export const setUpFinishedCollection = collection<SetUpFinished>('set_up_finished', {
  key: 'hash',
});
export const CODES_SHOWN_FOR = 5 * 60_000;

export interface SetUpParts {
  store: Store;
  vault: Vault;
  passwords: Passwords;
}

/** A new link's token, or Problem `set-up-done` when there is an administrator. `lifetime` in seconds. */
export async function makeSetUpLink(
  parts: Omit<SetUpParts, 'passwords'>,
  lifetime: number,
  now: number,
): Promise<string> {
  if (await hasAdministrator(parts.store)) throw new Problem('set-up-done', { status: 409 });
  return makeLink(parts, { purpose: 'set-up' }, lifetime, now);
}

/** Problems of `readLink`, and `set-up-done`. */
export async function checkSetUpLink(parts: SetUpParts, token: string, now: number): Promise<void> {
  if (await hasAdministrator(parts.store)) throw new Problem('set-up-done', { status: 410 });
  await readLink(parts, token, 'set-up', now);
}

export interface SetUpForm {
  organisation: string;
  name: string;
  email: string;
  login: string;
  password: string;
}

/** Checks the form and keeps it. Problems name what is wrong with it. `draftId`: see `draftIdOf`. */
export async function saveDraft(
  parts: SetUpParts,
  draftId: string,
  form: SetUpForm,
  minimum: number,
  now: number,
): Promise<void> {
  checkNames(form);
  if (form.organisation.trim() === '') throw new Problem('required');
  if (await findPerson(parts.store, form.login)) throw new Problem('login-taken');
  if (await findPerson(parts.store, form.email)) throw new Problem('email-taken');
  const known = [form.login, form.email, form.name, form.organisation];
  parts.passwords.check(form.password, { minimum, known });
  const { password, ...names } = form;
  const draft: Draft = {
    ...names,
    personId: newPersonId(),
    passwordHash: await parts.passwords.hash(password),
    passwordAt: now,
    authenticator: await newAuthenticator(parts.vault, now),
    failures: 0,
  };
  await parts.store.put(setUpDraftCollection, draftId, draft, { expiresAt: now + DRAFT_LIFETIME });
}

/** A draft belongs to one link in one browser (`browser`: hash of the browser's secret). */
export function draftIdOf(vault: Vault, token: string, browser: string): string {
  return vault.hash('set-up draft', `${token} ${browser}`);
}

/** The password is a fresh proof for the authenticator (policy/fresh-proof.ts), or is to be given again. */
export function isPasswordFresh({ passwordAt = 0 }: Draft, now: number): boolean {
  return isFresh({ at: passwordAt }, now);
}

/** The password once more; a try is taken before it is checked. Problem `link-expired`: there is no draft. */
export async function confirmDraftPassword(
  parts: SetUpParts,
  draftId: string,
  password: string,
  now: number,
): Promise<boolean> {
  const draft = await takeTry(parts.store, draftId);
  if (!draft) throw new Problem('link-expired', { status: 410 });
  if (!(await parts.passwords.matches(password, draft.passwordHash))) return false;
  return parts.store.update(setUpDraftCollection, draftId, (current): Change<Draft, boolean> =>
    current?.passwordHash === draft.passwordHash
      ? { put: { ...current, passwordAt: now, failures: current.failures - 1 }, result: true }
      : { result: false },
  );
}

/** A new secret for the draft; the one before it is dead. */
export async function refreshDraft(parts: SetUpParts, draftId: string, now: number): Promise<void> {
  const authenticator = await newAuthenticator(parts.vault, now);
  await parts.store.update(setUpDraftCollection, draftId, (draft): Change<Draft, void> =>
    draft ? { put: { ...draft, authenticator }, result: undefined } : { result: undefined },
  );
}

/**
 * Proves the authenticator and, when it is accepted, makes organisation and administrator, once.
 * `password-old`: nothing was tried, the password is to be given again first.
 */
export async function completeSetUp(
  parts: SetUpParts,
  link: { token: string; draftId: string },
  proof: { pendingId: string; code: string },
  now: number,
): Promise<TotpVerdict | { verdict: 'replaced' } | { verdict: 'password-old' }> {
  const draft = await takeTry(parts.store, link.draftId);
  if (!draft) throw new Problem('link-expired', { status: 410 });
  if (!isPasswordFresh(draft, now)) return { verdict: 'password-old' };
  if (draft.authenticator.id !== proof.pendingId) return { verdict: 'replaced' };
  const verdict = await verifyTotp(
    parts,
    { live: [draft.authenticator], retired: [] },
    proof.code,
    now,
  );
  if (verdict.verdict !== 'accepted') return verdict;

  await checkSetUpLink(parts, link.token, now);
  await claimFirstAdministrator(parts.store, draft.personId, now);
  await spendLink(parts, link.token);
  await makeAdministrator(parts, draft, now);
  const finished = { person: draft.personId, at: now };
  await parts.store.put(setUpFinishedCollection, link.draftId, finished, {
    expiresAt: now + CODES_SHOWN_FOR,
  });
  await parts.store.delete(setUpDraftCollection, link.draftId);
  return verdict;
}

/** The new administrator and their one-time codes, in the browser that made them; undefined later. */
export async function finishedSetUp(
  { store, vault }: Omit<SetUpParts, 'passwords'>,
  draftId: string,
): Promise<{ login: string; codes: { code: string; used: boolean }[] } | undefined> {
  const finished = await store.get(setUpFinishedCollection, draftId);
  const person = finished && (await getPerson(store, finished.person));
  const set = person?.oneTimeCodes;
  // A set that was made since is for other eyes.
  if (!finished || !person || !set || set.createdAt !== (finished.at ?? set.createdAt))
    return undefined;
  return { login: person.login, codes: await readOneTimeCodes(vault, set) };
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

/** A try is taken before it is checked; a draft that is out of tries is gone. */
async function takeTry(store: Store, draftId: string): Promise<Draft | undefined> {
  return store.update(setUpDraftCollection, draftId, (draft): Change<Draft, Draft | undefined> => {
    if (!draft) return { result: undefined };
    if (draft.failures >= MOST_FAILURES) return { remove: true, result: undefined };
    return { put: { ...draft, failures: draft.failures + 1 }, result: draft };
  });
}

const BY_OPERATOR = {
  actor: OPERATOR,
  origin: OPERATOR_ORIGIN,
  language: 'en',
  fresh: true,
} as const;

async function makeAdministrator(
  { store, vault }: SetUpParts,
  draft: Draft,
  now: number,
): Promise<void> {
  const by: Performed = { ...BY_OPERATOR, now };
  const organisation = await organisationOf(store, by, draft.organisation);
  const { login, email, name, passwordHash, authenticator, personId } = draft;
  const input = { organisation, login, email, name, role: 'administrator' as const };
  const content = { type: 'factor.enrolled', details: { factor: 'totp' } } as const;
  const oneTimeCodes = (await newOneTimeCodes(vault, now)).set;
  const added = await addPerson({ store, relay: { soon() {} } }, by, input, {
    id: personId,
    credentials: { passwordHash, authenticators: [authenticator], oneTimeCodes },
    reasons: ['first administrator'],
    messages: [eventAbout({ id: personId, organisation }, by, content)],
  });
  valueOf(added);
}

/**
 * An organisation that is there already, made at the command line or by a set-up that was broken off, is
 * taken as it is. A name without Latin letters has no id of its own.
 */
async function organisationOf(store: Store, performed: Performed, name: string): Promise<string> {
  for (const id of [undefined, 'organisation']) {
    const made = await addOrganisation({ store }, performed, { name, mfa: 'required', id });
    if (made.ok) return made.value.id;
    const { code, values } = made.problem;
    if (code === 'organisation-taken') return String(values['id']);
    if (code !== 'organisation-id-format') throw made.problem;
  }
  throw new Error('an organisation needs an id');
}
