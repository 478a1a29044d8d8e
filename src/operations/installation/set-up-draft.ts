/** What the form of the set-up said, until the authenticator is proven: a record for each link and browser. */
import { z } from 'zod';
import { newAuthenticator } from '../../factors/totp.ts';
import type { Passwords } from '../../factors/password.ts';
import { isFresh } from '../../policy/fresh-proof.ts';
import { Problem, refuseFaults } from '../../problem.ts';
import { passwordFaults, typedPassword, type NewPassword } from '../password/new-password.ts';
import { nameFaults } from '../people/names.ts';
import { findPerson, newPersonId } from '../../records/person.ts';
import { isName } from '../../text/printable.ts';
import type { Vault } from '../../secrets/vault.ts';
import { setUpDraftCollection, type SetUpDraft } from '../../records/under-way/set-up.ts';
import type { Change, Store } from '../../storage/store.ts';

/** Wrong codes of the set-up of the first administrator, before it begins anew. */
export const MOST_FAILURES = 10;

/** Milliseconds that what the form said is kept. */
export const DRAFT_LIFETIME = 60 * 60_000;

export interface SetUpParts {
  store: Store;
  vault: Vault;
  passwords: Passwords;
}

/** Far longer than any of them can be: what is wrong with one is told in its own words. */
const typed = z
  .string()
  .default('')
  .transform((text) => text.slice(0, 4000).trim());

/** What the form says, in the order in which it asks. */
export const setUpInput = z.object({
  organisation: typed,
  name: typed,
  email: typed,
  login: typed,
  password: typedPassword,
  password_repeat: typedPassword,
});
export type SetUpForm = Omit<z.output<typeof setUpInput>, 'password_repeat'> & NewPassword;

/** Checks the form and keeps it. The problem tells what is wrong with all of it. `draftId`: see `draftIdOf`. */
export async function saveDraft(
  parts: SetUpParts,
  draftId: string,
  form: SetUpForm,
  minimum: number,
  now: number,
): Promise<void> {
  refuseFaults(await draftFaults(parts, form, minimum));
  // One by one: a page's form may hold the password a second time.
  const { organisation, name, email, login, password } = form;
  const draft: SetUpDraft = {
    organisation,
    name,
    email,
    login,
    personId: newPersonId(),
    passwordHash: await parts.passwords.hash(password, draftId),
    passwordAt: now,
    authenticator: await newAuthenticator(parts.vault, now),
    failures: 0,
  };
  await parts.store.put(setUpDraftCollection, draftId, draft, { expiresAt: now + DRAFT_LIFETIME });
}

async function draftFaults(
  { store, passwords }: SetUpParts,
  form: SetUpForm,
  minimum: number,
): Promise<Record<keyof typeof setUpInput.shape, Problem | undefined>> {
  const { organisation, name, email, login } = form;
  const missing = (text: string): Problem | undefined =>
    text === '' ? new Problem('required') : undefined;
  const wrong = nameFaults(form);
  const taken = async (text: string, code: 'login-taken' | 'email-taken') =>
    (await findPerson(store, text)) ? new Problem(code) : undefined;
  return {
    organisation:
      missing(organisation) ?? (isName(organisation) ? undefined : new Problem('name-format')),
    name: missing(name) ?? wrong.name,
    email: missing(email) ?? wrong.email ?? (await taken(email, 'email-taken')),
    login: missing(login) ?? wrong.login ?? (await taken(login, 'login-taken')),
    ...(await passwordFaults(passwords, form, {
      minimum,
      known: [login, email, name, organisation],
    })),
  };
}

/** A draft belongs to one link in one browser (`browser`: hash of the browser's secret). */
export function draftIdOf(vault: Vault, token: string, browser: string): string {
  return vault.hash('set-up draft', `${token} ${browser}`);
}

/** The password is a fresh proof for the authenticator (policy/fresh-proof.ts), or is to be given again. */
export function isPasswordFresh({ passwordAt = 0 }: SetUpDraft, now: number): boolean {
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
  if (!(await parts.passwords.matches(password, draft.passwordHash, draftId))) return false;
  return parts.store.update(
    setUpDraftCollection,
    draftId,
    (current): Change<SetUpDraft, boolean> =>
      current?.passwordHash === draft.passwordHash
        ? { put: { ...current, passwordAt: now, failures: current.failures - 1 }, result: true }
        : { result: false },
  );
}

/** A new secret for the draft; the one before it is dead. */
export async function refreshDraft(parts: SetUpParts, draftId: string, now: number): Promise<void> {
  const authenticator = await newAuthenticator(parts.vault, now);
  await parts.store.update(setUpDraftCollection, draftId, (draft): Change<SetUpDraft, void> =>
    draft ? { put: { ...draft, authenticator }, result: undefined } : { result: undefined },
  );
}

/** A try is taken before it is checked; a draft that is out of tries is gone. */
export async function takeTry(store: Store, draftId: string): Promise<SetUpDraft | undefined> {
  return store.update(
    setUpDraftCollection,
    draftId,
    (draft): Change<SetUpDraft, SetUpDraft | undefined> => {
      if (!draft) return { result: undefined };
      if (draft.failures >= MOST_FAILURES) return { remove: true, result: undefined };
      return { put: { ...draft, failures: draft.failures + 1 }, result: draft };
    },
  );
}
