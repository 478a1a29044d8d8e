/**
 * What the library asks for one after the other with every use of a token: its session, its grant. They are asked
 * for as soon as the token is there, beside its person: on MongoDB one round trip instead of three.
 */
import { Provider } from 'oidc-provider';
import type { Vault } from '../../secrets/vault.ts';
import { sessionCollection, sessionKey, type StoredSession } from '../../records/session.ts';
import { grantCollection, type StoredModel } from '../../records/stored-model.ts';
import type { Store } from '../../storage/store.ts';
import { grantKey } from './adapter-parts.ts';

/** A document that is being read. */
export interface Reading<T> {
  key: string;
  stored: Promise<T | undefined>;
}

export interface ReadAhead {
  /** Reads what the token hangs on, for the present request. */
  begin(token: StoredModel['payload']): void;
  /** As it was begun, once; else it is read now. */
  session(uid: string): Reading<StoredSession>;
  grant(id: string): Reading<StoredModel>;
}

/** By the library's names. Elsewhere a token is looked at, and no more. */
const ROUTES: readonly string[] = ['token', 'introspection', 'userinfo'];

interface Begun {
  sessions: Map<string, Reading<StoredSession>>;
  grants: Map<string, Reading<StoredModel>>;
}

export function createReadAhead(store: Pick<Store, 'get'>, vault: Pick<Vault, 'hash'>): ReadAhead {
  const begun = new WeakMap<object, Begun>();
  const readSession = (uid: string): Reading<StoredSession> => {
    const key = sessionKey(vault, uid);
    return { key, stored: store.get(sessionCollection, key) };
  };
  const readGrant = (id: string): Reading<StoredModel> => {
    const key = grantKey(vault, id);
    return { key, stored: store.get(grantCollection, key) };
  };
  const present = (): Begun | undefined => Provider.ctx && begun.get(Provider.ctx);
  return {
    begin({ sessionUid: uid, grantId, expiresWithSession }) {
      const { ctx } = Provider;
      if (!ctx || !ROUTES.includes(ctx.oidc.route)) return;
      const reads: Begun = { sessions: new Map(), grants: new Map() };
      if (uid !== undefined && expiresWithSession) keep(reads.sessions, uid, readSession(uid));
      if (grantId !== undefined) keep(reads.grants, grantId, readGrant(grantId));
      begun.set(ctx, reads);
    },
    session: (uid) => taken(present()?.sessions, uid) ?? readSession(uid),
    grant: (id) => taken(present()?.grants, id) ?? readGrant(id),
  };
}

function keep<T>(reads: Map<string, Reading<T>>, id: string, reading: Reading<T>): void {
  // Told by whoever needs it.
  reading.stored.catch(() => {});
  reads.set(id, reading);
}

function taken<T>(reads: Map<string, Reading<T>> | undefined, id: string): Reading<T> | undefined {
  const reading = reads?.get(id);
  reads?.delete(id);
  return reading;
}
