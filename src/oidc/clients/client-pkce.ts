/**
 * Do a client's requests carry PKCE (RFC 7636)? As seen when its codes are redeemed, for the operator who
 * asks whether it can be required. A record of its own, written when it changes: the client's own
 * record is the administrator's.
 */
import { LRUCache } from 'lru-cache';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Logger } from 'pino';
import { collection, type Change, type Store } from '../../storage/store.ts';
import type { ClientRecord } from '../../records/client.ts';
import { registrationOf } from './client-standing.ts';
import type { DeferredWrites } from '../adapters/deferred-writes.ts';

export interface ClientPkce {
  /** Did the last request carry a challenge? */
  sends: boolean;
  /** Milliseconds since the epoch: since when that is so. */
  since: number;
  /** Of which registration of the id; another one is another app. */
  registration: string | null;
}

/** By client id; removed with the client. */
export const clientPkceCollection = collection<ClientPkce>('client_pkce');

/** Milliseconds that a process goes by what it saw last: most redemptions should cost the store nothing. */
const FRESH = 60_000;
/** Clients that a process remembers. */
const MOST = 1000;

interface WatchParts {
  store: Pick<Store, 'get' | 'update'>;
  deferredWrites: DeferredWrites;
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** For `grant.success`. Never throws; what can't be written is written the next time. */
export function watchPkce(parts: WatchParts): (ctx: KoaContextWithOIDC) => void {
  const seen = new LRUCache<string, { sends: boolean; at: number }>({ max: MOST });
  return (ctx) => {
    const { client } = ctx.oidc;
    const code = ctx.oidc.entities.AuthorizationCode;
    if (!client || !code) return;
    const { clientId } = client;
    const registration = registrationOf(client);
    const sends = code.codeChallenge !== undefined;
    const now = parts.now();
    const key = JSON.stringify([clientId, registration]);
    const last = seen.get(key);
    if (last?.sends === sends && Math.abs(now - last.at) < FRESH) return;
    seen.set(key, { sends, at: now });
    const write = notePkce(parts.store, clientId, { sends, since: now, registration });
    // The code is spent: a note that can't be made must not take the tokens away.
    const noted = write.catch((err: unknown) => {
      seen.delete(key);
      parts.log.warn({ err, client: clientId }, 'whether a client sends PKCE was not written down');
    });
    parts.deferredWrites.add(ctx, noted);
  };
}

async function notePkce(
  store: Pick<Store, 'get' | 'update'>,
  clientId: string,
  seen: ClientPkce,
): Promise<void> {
  const isKnown = (known: ClientPkce | undefined): boolean =>
    known?.sends === seen.sends && known.registration === seen.registration;
  if (isKnown(await store.get(clientPkceCollection, clientId))) return;
  await store.update(clientPkceCollection, clientId, (known): Change<ClientPkce, void> =>
    isKnown(known) ? { result: undefined } : { put: seen, result: undefined },
  );
}

/** Undefined: nobody has signed in to it since it was registered. */
export async function pkceOf(
  store: Pick<Store, 'get'>,
  { id, registration }: Pick<ClientRecord, 'id' | 'registration'>,
): Promise<ClientPkce | undefined> {
  const known = await store.get(clientPkceCollection, id);
  return known?.registration === (registration ?? null) ? known : undefined;
}
