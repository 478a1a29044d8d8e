/** What is kept of a browser session: the library's document, and what its sign-ins have proven. */
import { outboxIndex, type MessageCarrier } from '../outbox/message.ts';
import type { Proof } from './proof.ts';
import type { Vault } from '../secrets/vault.ts';
import { collection } from '../storage/store.ts';
import type { StoredModel } from './stored-model.ts';

/** Where and when a sign-in was made, as its person is shown it. */
export interface SignInPlace {
  /** Milliseconds since the epoch. */
  at: number;
  /** Such as `Firefox on Windows`. */
  browser: string;
  /** Such as `203.0.113.7`; may be ''. The version before has kept the network alone (`203.0.113.…`). */
  address: string;
}

export interface StoredSession extends StoredModel, MessageCarrier {
  /** Hash of the cookie's value. */
  jti: string;
  /** Milliseconds since the epoch, to within `EXPIRY_SLACK`; absent: an older version wrote it. */
  usedAt?: number;
  /** What the session rests on; it ends with the session. Absent: an older version keeps it beside (proofs.ts). */
  proofs?: Proof[];
  /** The first sign-in of the session. */
  signedIn?: SignInPlace;
  /** Nobody's any more; it stays until what it carries is moved out, and expires. */
  ended?: true;
}

export const sessionCollection = collection<StoredSession>('session', {
  key: 'hash',
  indexes: {
    jti: (session) => (session.ended ? undefined : session.jti),
    person: ({ ended, payload }) => (ended ? undefined : payload.accountId),
    postings: outboxIndex,
  },
  shared: true,
});

/** The key that a session is kept by; its `uid` stays when its cookie's value changes. */
/** Is that the id of the session's document, under whichever key? */
export function isSessionKey(vault: Pick<Vault, 'isHash'>, uid: string, id: string): boolean {
  return vault.isHash('session uid', uid, id);
}

export function sessionKey(vault: Pick<Vault, 'hash'>, uid: string): string {
  return vault.hash('session uid', uid);
}
