/**
 * A refresh of a token that ends with the session is a use of that session, so that it stays while its app
 * is used and nobody comes by in the browser. Its absolute end stays.
 */
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Vault } from '../../secrets/vault.ts';
import type { Change, Store } from '../../storage/store.ts';
import { sessionCollection, sessionKey, type StoredSession } from '../../records/session.ts';
import { sessionReadIn } from '../request-reads.ts';
import { beforeAnswer, expiry, type AdapterParts } from './adapter-parts.ts';

/** An unchanged session is rewritten only when its last use or its expiry would move by this many seconds. */
export const EXPIRY_SLACK = 300;

/** Seconds that a session lives from now, if it was begun at `loginTs` (seconds since the epoch). */
export type SessionLifetime = (loginTs: number | undefined) => number;

interface UseParts extends Pick<AdapterParts, 'deferredWrites' | 'now'> {
  store: Pick<Store, 'update'>;
  vault: Pick<Vault, 'hash'>;
  lifetime: SessionLifetime;
}

/** For `grant.success`. Never throws; a use that can't be written down takes no token away. */
export function noteSessionUse(parts: UseParts): (ctx: KoaContextWithOIDC) => void {
  return (ctx) => {
    const { sessionUid, expiresWithSession } = ctx.oidc.entities.RefreshToken ?? {};
    if (ctx.oidc.params?.['grant_type'] !== 'refresh_token' || !expiresWithSession) return;
    const session = sessionReadIn(ctx);
    if (sessionUid === undefined || !session || isNoted(session, parts.now())) return;
    const key = sessionKey(parts.vault, sessionUid);
    const write = parts.store.update(sessionCollection, key, used(parts));
    void beforeAnswer(
      parts,
      write.catch(() => {}),
    );
  };
}

function isNoted({ usedAt = 0 }: StoredSession, now: number): boolean {
  return now - usedAt < EXPIRY_SLACK * 1000;
}

function used(parts: UseParts) {
  return (session: StoredSession | undefined): Change<StoredSession, void> => {
    const now = parts.now();
    if (!session || session.ended || isNoted(session, now)) return { result: undefined };
    const { payload } = session;
    const lifetime = parts.lifetime(payload.loginTs);
    const exp = Math.floor(now / 1000) + lifetime;
    const put = { ...session, usedAt: now, payload: { ...payload, exp } };
    return { put, expiresAt: expiry(parts, lifetime), result: undefined };
  };
}
