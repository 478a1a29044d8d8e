/**
 * The proofs that a session rests on: which method, when. They are in the session's own document, so
 * that they end with it, whichever way it ends. Judged anew for every request.
 */
import type { Proof } from '../../records/proof.ts';
import type { Vault } from '../../secrets/vault.ts';
import { collection, type Store } from '../../storage/store.ts';
import type { Person } from '../../records/person.ts';
import {
  sessionKey,
  sessionCollection,
  type SignInPlace,
  type StoredSession,
} from '../../records/session.ts';
import { foundSession } from '../request-reads.ts';

/**
 * Where the version before kept them: under the same id as the session, a day at the most. Read only
 * where the living session has none of its own, and never written again.
 */
export interface FormerProofs {
  person: string;
  epoch: number;
  proofs: Proof[];
  signedIn?: SignInPlace;
}
export const formerProofsCollection = collection<FormerProofs>('session_proofs', {
  key: 'hash',
  indexes: { person: ({ person }) => person },
});

/** Only the newest proofs are kept of a session that lives long. */
const MOST_PROOFS = 20;

export interface ProofParts {
  store: Pick<Store, 'get'>;
  vault: Vault;
}

/** Of the session, while it lives and is this person's under the present epoch; else undefined. */
export async function sessionProofs(
  { store, vault }: ProofParts,
  sessionUid: string,
  person: Person,
): Promise<Proof[] | undefined> {
  const id = sessionKey(vault, sessionUid);
  const session = foundSession(sessionUid) ?? (await store.get(sessionCollection, id));
  if (!session || !isAliveFor(session, person)) return undefined;
  return session.proofs ?? (await formerProofs(store, id, person))?.proofs ?? [];
}

/** What has expired is not in the store. */
export function isAliveFor(
  { payload, epoch, ended }: StoredSession,
  person: Pick<Person, 'id' | 'epoch' | 'active'>,
): boolean {
  return person.active && !ended && payload.accountId === person.id && epoch === person.epoch;
}

/** Beside the session `id`, when they are of the same person and epoch. */
export async function formerProofs(
  store: Pick<Store, 'get'>,
  id: string,
  { id: person, epoch }: Pick<Person, 'id' | 'epoch'>,
): Promise<FormerProofs | undefined> {
  const former = await store.get(formerProofsCollection, id);
  return former?.person === person && former.epoch === epoch ? former : undefined;
}

/** What was proven before, with what a sign-in adds. */
export function withProofs(before: readonly Proof[], added: readonly Proof[]): Proof[] {
  const known = new Set(before.map(({ method, at }) => `${method} ${at}`));
  const fresh = added.filter(({ method, at }) => !known.has(`${method} ${at}`));
  return [...before, ...fresh].slice(-MOST_PROOFS);
}
