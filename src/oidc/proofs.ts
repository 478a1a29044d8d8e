/** The proofs that a session rests on: which method, when. Judged anew for every request. */
import type { Proof } from '../factors/factor.ts';
import type { Vault } from '../secrets/vault.ts';
import { kind, type Change, type Store } from '../storage/store.ts';
import type { Person } from '../accounts/person.ts';

interface SessionProofs {
  person: string;
  epoch: number;
  proofs: Proof[];
}
export const sessionProofsKind = kind<SessionProofs>('session_proofs', { key: 'hash' });

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
  const found = await store.get(sessionProofsKind, vault.hash('session uid', sessionUid));
  return found?.person === person.id && found.epoch === person.epoch ? found.proofs : [];
}

/** Adds what a sign-in has proven; what was proven before stays. `expiresAt`: milliseconds since the epoch. */
export async function addSessionProofs(
  { store, vault }: ProofParts,
  sessionUid: string,
  added: SessionProofs,
  expiresAt: number,
): Promise<void> {
  const id = vault.hash('session uid', sessionUid);
  await store.update(sessionProofsKind, id, (current): Change<SessionProofs, void> => {
    const same = current?.person === added.person && current.epoch === added.epoch;
    const before = same ? current.proofs : [];
    const known = new Set(before.map(({ method, at }) => `${method} ${at}`));
    const fresh = added.proofs.filter(({ method, at }) => !known.has(`${method} ${at}`));
    const proofs = [...before, ...fresh].slice(-MOST_PROOFS);
    return { put: { ...added, proofs }, expiresAt, result: undefined };
  });
}
