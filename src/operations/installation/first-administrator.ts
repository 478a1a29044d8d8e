/**
 * How an installation gets its first administrator: a one-time link, a form, an authenticator. The
 * link is spent, and organisation and person are made, only when the authenticator is proven.
 */
import { eventAbout, type Performed } from '../../audit/performed.ts';
import { newOneTimeCodes, readOneTimeCodes } from '../../factors/one-time-codes.ts';
import { verifyTotp, type TotpVerdict } from '../../factors/totp.ts';
import { Problem } from '../../problem.ts';
import { spendLink } from '../../records/link.ts';
import { getOrganisation } from '../../records/organisation.ts';
import {
  claimCollection,
  getPerson,
  personCollection,
  type Claim,
  type People,
} from '../../records/person.ts';
import { resultOf, valueOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { addOrganisation } from '../organisations/add-organisation.ts';
import { addPerson } from '../people/add-person.ts';
import { claimName, newAct, type NameKind } from '../unique-names.ts';
import { permission } from '../permission.ts';
import { checkSetUpLink } from './set-up-link.ts';
import { isPasswordFresh, takeTry, type SetUpParts } from './set-up-draft.ts';
import {
  setUpDraftCollection,
  setUpFinishedCollection,
  type SetUpDraft,
} from '../../records/under-way/set-up.ts';

export const CODES_SHOWN_FOR = 5 * 60_000;

export type SetUpVerdict = TotpVerdict | { verdict: 'replaced' } | { verdict: 'password-old' };

/**
 * Proves the authenticator and, when it is accepted, makes organisation and administrator, once.
 * `password-old`: nothing was tried, the password is to be given again first.
 */
export async function completeSetUp(
  parts: SetUpParts,
  performed: Performed,
  link: { token: string; draftId: string },
  proof: { pendingId: string; code: string },
): Promise<Result<SetUpVerdict>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'installation.set-up');
    may({});
    return complete(parts, performed, link, proof);
  });
}

async function complete(
  parts: SetUpParts,
  performed: Performed,
  link: { token: string; draftId: string },
  proof: { pendingId: string; code: string },
): Promise<SetUpVerdict> {
  const { now } = performed;
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
  await makeAdministrator(parts, performed, draft);
  const finished = { person: draft.personId, at: now };
  await parts.store.put(setUpFinishedCollection, link.draftId, finished, {
    expiresAt: now + CODES_SHOWN_FOR,
  });
  await parts.store.delete(setUpDraftCollection, link.draftId);
  return verdict;
}

export interface FinishedSetUp {
  login: string;
  /** Its name. */
  organisation: string;
  codes: { code: string; used: boolean }[];
  /** Milliseconds since the epoch. */
  madeAt: number;
}

/** The new administrator and their one-time codes, in the browser that made them; undefined later. */
export async function finishedSetUp(
  { store, vault }: Omit<SetUpParts, 'passwords'>,
  draftId: string,
): Promise<FinishedSetUp | undefined> {
  const finished = await store.get(setUpFinishedCollection, draftId);
  const person = finished && (await getPerson(store, finished.person));
  const set = person?.oneTimeCodes;
  // A set that was made since is for other eyes.
  if (!finished || !person || !set || set.createdAt !== (finished.at ?? set.createdAt))
    return undefined;
  const organisation = await getOrganisation(store, person.organisation);
  return {
    login: person.login,
    organisation: organisation?.name ?? '',
    codes: await readOneTimeCodes(vault, set),
    madeAt: set.createdAt,
  };
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
  const mine = firstAdministrator.claimed(id, newAct(now));
  await claimName(store, firstAdministrator, FIRST, mine);
}

const FIRST = 'first-administrator';
const firstAdministrator: NameKind<Claim> = {
  collection: claimCollection,
  ownerOf: ({ person }) => person,
  claimed: (person, by) => ({ person, ...by }),
  // Whoever is there by then has it for good.
  async owned(store, id) {
    return (await store.get(personCollection, id)) && { names: [FIRST] };
  },
  taken: () => new Problem('set-up-done', { status: 409 }),
};

async function makeAdministrator(
  { store, vault }: SetUpParts,
  performed: Performed,
  draft: SetUpDraft,
): Promise<void> {
  const { now } = performed;
  const organisation = await organisationOf(store, performed, draft.organisation);
  const { login, email, name, passwordHash, authenticator, personId } = draft;
  const input = { organisation, login, email, name, role: 'administrator' as const };
  const content = { type: 'factor.enrolled', details: { factor: 'totp' } } as const;
  const oneTimeCodes = (await newOneTimeCodes(vault, now)).set;
  const added = await addPerson({ store, relay: { soon() {} } }, performed, input, {
    id: personId,
    credentials: { passwordHash, authenticators: [authenticator], oneTimeCodes },
    reasons: ['first administrator'],
    messages: [eventAbout({ id: personId, organisation }, performed, content)],
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
