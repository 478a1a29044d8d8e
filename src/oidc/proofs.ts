/** The proofs that a session rests on: which method, when. Judged anew for every request. */
import type { Proof } from '../factors/factor.ts';
import type { Vault } from '../secrets/vault.ts';
import { kind, type Change, type Store } from '../storage/store.ts';
import type { Person } from '../accounts/person.ts';

/** Where and when a sign-in was made, as its person is shown it. */
export interface SignInPlace {
  /** Milliseconds since the epoch. */
  at: number;
  /** Such as `Firefox on Windows`. */
  browser: string;
  /** The network; see web/scene.ts. */
  address: string;
}

/** Under the same id as the session. Written with a sign-in only, so an index by person costs little. */
interface SessionProofs {
  person: string;
  epoch: number;
  proofs: Proof[];
  /** The first sign-in of the session; absent: an older version wrote it. */
  signedIn?: SignInPlace;
}
export const sessionProofsKind = kind<SessionProofs>('session_proofs', {
  key: 'hash',
  indexes: { person: ({ person }) => person },
});

/** The key that a session and its proofs are kept by. */
export function sessionKey(vault: Pick<Vault, 'hash'>, uid: string): string {
  return vault.hash('session uid', uid);
}

/** Only the newest proofs are kept of a session that lives long. */
const MOST_PROOFS = 20;

export interface ProofParts {
  store: Pick<Store, 'get' | 'update'>;
  vault: Vault;
}

/** The proofs of the session, when they are this person's and of the present epoch. */
export async function sessionProofs(
  { store, vault }: ProofParts,
  sessionUid: string,
  person: Person,
): Promise<Proof[]> {
  const found = await store.get(sessionProofsKind, sessionKey(vault, sessionUid));
  return found?.person === person.id && found.epoch === person.epoch ? found.proofs : [];
}

/** Adds what a sign-in has proven; what was proven before stays. `expiresAt`: milliseconds since the epoch. */
export async function addSessionProofs(
  { store, vault }: ProofParts,
  sessionUid: string,
  added: Required<SessionProofs>,
  expiresAt: number,
): Promise<void> {
  const id = sessionKey(vault, sessionUid);
  await store.update(sessionProofsKind, id, (current): Change<SessionProofs, void> => {
    const same = current?.person === added.person && current.epoch === added.epoch;
    const before = same ? current.proofs : [];
    const known = new Set(before.map(({ method, at }) => `${method} ${at}`));
    const fresh = added.proofs.filter(({ method, at }) => !known.has(`${method} ${at}`));
    const proofs = [...before, ...fresh].slice(-MOST_PROOFS);
    const signedIn = (same && current.signedIn) || added.signedIn;
    return { put: { ...added, proofs, signedIn }, expiresAt, result: undefined };
  });
}
