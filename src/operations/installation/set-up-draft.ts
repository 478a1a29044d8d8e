/** What the form of the set-up said, until the authenticator is proven: a record for each link and browser. */
import { z } from 'zod';
import { newAuthenticator } from '../../factors/totp.ts';
import type { Passwords } from '../../factors/password.ts';
import { isFresh } from '../../policy/fresh-proof.ts';
import { Problem } from '../../problem.ts';
import { checkNames } from '../people/names.ts';
import { findPerson, newPersonId } from '../../records/person.ts';
import { isName } from '../../text/printable.ts';
import type { Vault } from '../../secrets/vault.ts';
import { setUpDraftCollection, type SetUpDraft } from '../../records/set-up.ts';
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

/** Characters. */
export const LONGEST_PASSWORD = 1024;

/** What is missing is empty, so that one message covers both. */
const filled = (longest: number) =>
  z.string().max(longest, 'too-long').default('').pipe(z.string().trim().min(1, 'required'));

/** What the form says; messages are codes of problems. */
export const setUpInput = z.object({
  organisation: filled(100).refine(isName, 'name-format'),
  name: filled(100),
  login: filled(64),
  email: filled(255),
  password: z
    .string()
    .max(LONGEST_PASSWORD, 'too-long')
    .default('')
    .pipe(z.string().min(1, 'required')),
});
export type SetUpForm = z.output<typeof setUpInput>;

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
  const fault = await parts.passwords.faultOf(form.password, { minimum, known });
  if (fault) throw fault;
  // One by one: a page's form may hold the password a second time.
  const { organisation, name, email, login, password } = form;
  const draft: SetUpDraft = {
    organisation,
    name,
    email,
    login,
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
  if (!(await parts.passwords.matches(password, draft.passwordHash))) return false;
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
