/**
 * A sign-in that outlives a change of epoch. Raising the epoch ends every session, the one that asked
 * for it too. Its browser alone is handed a ticket, good once and for a minute, with which its next
 * sign-in begins with the proofs that it had: a session with a new id, under the new epoch.
 */
import { randomBytes } from 'node:crypto';
import type { Proof } from '../../records/proof.ts';
import type { Vault } from '../../secrets/vault.ts';
import { collection, type Change, type Store } from '../../storage/store.ts';

export interface SessionTransfer {
  person: string;
  /** The new one. */
  epoch: number;
  proofs: Proof[];
  /** Hash of the browser's own secret. */
  browser: string;
}

export const sessionTransferCollection = collection<SessionTransfer>('carried_sign_in', {
  key: 'hash',
});

/** Milliseconds. */
export const LIFETIME = 60_000;

interface SessionTransferParts {
  store: Pick<Store, 'insert' | 'update'>;
  vault: Vault;
}

/** The ticket, for the next authorization request of this browser. */
export async function transferSession(
  { store, vault }: SessionTransferParts,
  signIn: SessionTransfer,
  now: number,
): Promise<string> {
  const ticket = randomBytes(32).toString('base64url');
  const proofs = signIn.proofs.filter(({ method }) => method !== 'trusted-computer');
  const id = vault.hash('carried sign-in', ticket);
  await store.insert(
    sessionTransferCollection,
    id,
    { ...signIn, proofs },
    { expiresAt: now + LIFETIME },
  );
  return ticket;
}

/** What the ticket stands for, once; undefined for one that is spent, expired or another browser's. */
export async function takeSessionTransfer(
  { store, vault }: SessionTransferParts,
  ticket: string,
  browser: string,
): Promise<SessionTransfer | undefined> {
  const id = vault.hash('carried sign-in', ticket);
  return store.update(
    sessionTransferCollection,
    id,
    (transfer): Change<SessionTransfer, SessionTransfer | undefined> =>
      transfer?.browser === browser ? { remove: true, result: transfer } : { result: undefined },
  );
}
