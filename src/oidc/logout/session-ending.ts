/**
 * The end of a session from outside of its browser. One conditional write ends it, on every process at
 * once, and carries what is to be told of it: to the audit log, and to the apps that it was signed in to.
 */
import type { ClientAuthorizationState } from 'oidc-provider';
import { withMessages, type LogoutNotice, type OutboxMessage } from '../../outbox/message.ts';
import type { Relay } from '../../outbox/relay.ts';
import { ends, type Cause } from '../../policy/revocation.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Change, Store } from '../../storage/store.ts';
import { isOwnClient } from '../clients/own/own-clients.ts';
import { grantKey } from '../adapters/adapter-parts.ts';
import { grantCollection } from '../../records/stored-model.ts';
import { formerProofsCollection } from '../adapters/proofs.ts';
import { sessionCollection, type StoredSession } from '../../records/session.ts';

export interface EndingParts {
  store: Store;
  vault: Vault;
  relay: Pick<Relay, 'soon'>;
}

export interface Ending {
  /** Is it the caller's to end? Asked of the document as it is when it is written. */
  mayEnd(session: StoredSession): boolean;
  cause: Cause;
  messages: readonly OutboxMessage[];
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * `id`: the key that it is kept by. Of several that end it at once, one is answered `true`. Tokens that
 * are bound to the session die with it, and the grants that it used; one with offline access outlives it
 * unless the cause ends that too.
 */
export async function endStoredSession(
  parts: EndingParts,
  id: string,
  { mayEnd, cause, messages, now }: Ending,
): Promise<boolean> {
  const { store, relay } = parts;
  const endGrants = async (session: StoredSession): Promise<void> => {
    await removeGrants(parts, session, ends(cause, 'offline'));
  };
  const isOpen = (session: StoredSession | undefined): session is StoredSession =>
    session !== undefined && !session.ended && mayEnd(session);
  const found = await store.get(sessionCollection, id);
  if (!isOpen(found)) return false;
  // Before the session: broken off here, it is still there to be ended again.
  await endGrants(found);
  const ended = await store.update(
    sessionCollection,
    id,
    (session): Change<StoredSession, StoredSession | undefined> => {
      if (!isOpen(session)) return { result: undefined };
      const outbox = withMessages(session, ...messages, ...logoutsOf(session, now));
      return { put: { ...session, ...outbox, proofs: [], ended: true }, result: session };
    },
  );
  if (!ended) return false;
  relay.soon(sessionCollection, id);
  // And those of apps that came in between.
  await endGrants(ended);
  await store.delete(formerProofsCollection, id);
  return true;
}

/** The apps that a session has been signed in to, and what it knows of each. Our own pages are none. */
export function appsOf({ payload }: StoredSession): [string, ClientAuthorizationState][] {
  const { authorizations = {} } = payload;
  return Object.entries(authorizations).filter(
    ([client, { grantId }]) => !isOwnClient(client) && grantId !== undefined,
  );
}

function logoutsOf(session: StoredSession, now: number): OutboxMessage[] {
  return appsOf(session).flatMap(([client, state]) => logoutOf(session, client, state, now));
}

/** What tells the app that its session has ended; nothing where it has none. */
export function logoutOf(
  { payload }: StoredSession,
  client: string,
  { sid }: ClientAuthorizationState,
  now: number,
): OutboxMessage[] {
  if (sid === undefined || payload.accountId === undefined) return [];
  const logout: LogoutNotice = { id: sid, client, person: payload.accountId, orderedAt: now };
  return [{ logout }];
}

async function removeGrants(
  { store, vault }: EndingParts,
  { payload }: StoredSession,
  offlineToo: boolean,
): Promise<void> {
  const used = Object.values(payload.authorizations ?? {});
  const dead = used.filter(({ persistsLogout }) => offlineToo || !persistsLogout);
  const ids = dead.flatMap(({ grantId }) => grantId ?? []);
  await Promise.all(ids.map((id) => store.delete(grantCollection, grantKey(vault, id))));
}
