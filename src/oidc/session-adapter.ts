/**
 * The library's browser sessions. It reads the whole document, changes it and writes it back with
 * every authorization; two at once would lose one client's authorization. So the document is keyed
 * by the session's `uid`, the cookie's value (`jti`) rotates as a column, and a write is merged with
 * what others have written since.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  Provider,
  type Adapter,
  type AdapterPayload,
  type ClientAuthorizationState,
} from 'oidc-provider';
import { kind, type Change } from '../storage/store.ts';
import { sessionPlaces } from './session-places.ts';
import {
  beforeAnswer,
  expiry,
  isCurrent,
  presentEpoch,
  unusedModel,
  type AdapterParts,
  type StoredModel,
} from './stored-model.ts';

interface StoredSession extends StoredModel {
  /** Hash of the cookie's value. */
  jti: string;
}

export const sessionKind = kind<StoredSession>('session', {
  key: 'hash',
  indexes: { jti: (session) => session.jti },
});

/** An unchanged session is rewritten only when its expiry would move by more than this many seconds. */
const EXPIRY_SLACK = 300;

type Authorizations = Record<string, ClientAuthorizationState>;

export function sessionAdapter(parts: AdapterParts): Adapter {
  const { store, vault } = parts;
  const cookieHash = (jti: string): string => vault.hash('session cookie', jti);
  const keyOf = (uid: string): string => vault.hash('session uid', uid);
  const places = sessionPlaces(store, sessionKind, 'jti');
  /** Each request's session as it was read: the base of the three-way merge. */
  const bases = new WeakMap<object, AdapterPayload>();

  const restore = async (
    stored: StoredSession | undefined,
    jti?: string,
  ): Promise<AdapterPayload | undefined> => {
    if (!stored || !(await isCurrent(parts, stored.payload.accountId, stored.epoch)))
      return undefined;
    return { ...stored.payload, ...(jti === undefined ? {} : { jti }) };
  };

  return {
    ...unusedModel('Session'),
    async find(jti) {
      const found = await places.find(cookieHash(jti));
      const session = await restore(found?.value, jti);
      if (session && Provider.ctx) bases.set(Provider.ctx, structuredClone(session));
      return session;
    },
    async findByUid(uid) {
      return restore(await store.get(sessionKind, keyOf(uid)));
    },
    async upsert(jti, { jti: _, ...payload }, expiresIn) {
      const base = Provider.ctx && bases.get(Provider.ctx);
      const mine = base?.uid === payload.uid ? base : undefined;
      if (mine && isUnchanged(mine, { ...payload, jti })) return;
      const issued = { jti: cookieHash(jti), ...(await presentEpoch(parts, payload.accountId)) };
      const write = store.update(
        sessionKind,
        keyOf(String(payload.uid)),
        (current): Change<StoredSession, void> => {
          // Signed out meanwhile by another request: a late write must not bring the session back.
          if (mine && !current) return { result: undefined };
          const authorizations = merge(
            mine?.authorizations,
            payload.authorizations,
            current?.payload.authorizations,
          );
          const put = {
            ...issued,
            payload: { ...payload, ...(authorizations ? { authorizations } : {}) },
          };
          return { put, expiresAt: expiry(parts, expiresIn), result: undefined };
        },
      );
      await beforeAnswer(parts, write);
    },
    async destroy(jti) {
      // The library destroys the old cookie's value before it saves the new one; the save moves it.
      const session = Provider.ctx?.oidc.session as { oldId?: string } | undefined;
      if (session?.oldId === jti) return;
      const found = await places.find(cookieHash(jti));
      if (found) await store.delete(sessionKind, found.id);
    },
  };
}

function isUnchanged(before: AdapterPayload, after: AdapterPayload): boolean {
  const { exp: expBefore = 0, iat: _before, ...restBefore } = before;
  const { exp: expAfter = 0, iat: _after, ...restAfter } = after;
  return expAfter - expBefore < EXPIRY_SLACK && isDeepStrictEqual(restBefore, restAfter);
}

/** What I changed since the base wins; for the rest, what the others have written by now. */
function merge(
  base: Authorizations | undefined = {},
  mine: Authorizations | undefined = {},
  theirs: Authorizations | undefined = {},
): Authorizations | undefined {
  const merged = { ...theirs };
  for (const client of new Set([...Object.keys(base), ...Object.keys(mine)])) {
    if (isDeepStrictEqual(base[client], mine[client])) continue;
    const state = mine[client];
    if (state) merged[client] = state;
    else delete merged[client];
  }
  return Object.keys(merged).length > 0 ? merged : undefined;
}
