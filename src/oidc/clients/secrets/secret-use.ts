/**
 * When and from where a client's secret was used last, so that one can see whether the old one still is
 * before it ends. A record of its own, written once a minute for each: the client's own record is the
 * administrator's, and the library keeps what it makes of it for as long as that is the same.
 */
import { LRUCache } from 'lru-cache';
import type { Relay } from '../../../outbox/relay.ts';
import { addressText } from '../../../net/address.ts';
import { collection, type Change, type Store } from '../../../storage/store.ts';

export interface ClientSecretUse {
  client: string;
  /** Milliseconds since the epoch, to within a minute. */
  at: number;
  /** Such as `203.0.113.7`; may be ''. */
  address: string;
}

/** By client and secret (`useId`). The secret's id is that of no other, so that what is left of it misleads nobody. */
export const clientSecretUseCollection = collection<ClientSecretUse>('client_secret_use');

const MINUTE = 60_000;
/** Milliseconds after its last use; a secret that is not used for longer was not used. */
const KEPT_FOR = 400 * 24 * 60 * MINUTE;
/** Secrets that a process remembers. */
const MOST = 10_000;

const useId = (client: string, secret: string): string => `${client} ${secret}`;

interface NoteParts {
  store: Pick<Store, 'update'>;
  relay: Pick<Relay, 'later'>;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Nobody waits for it. */
export function createSecretUses({ store, relay, now }: NoteParts) {
  const noted = new LRUCache<string, number>({ max: MOST });
  return (client: string, secret: string, address: string): void => {
    const [id, at] = [useId(client, secret), now()];
    if (Math.abs(at - (noted.get(id) ?? -Infinity)) < MINUTE) return;
    noted.set(id, at);
    relay.later(() =>
      store.update(clientSecretUseCollection, id, (last): Change<ClientSecretUse, void> => {
        if (last && Math.abs(at - last.at) < MINUTE) return { result: undefined };
        const put = { client, at, address: addressText(address) };
        return { put, expiresAt: at + KEPT_FOR, result: undefined };
      }),
    );
  };
}

/** By the secret's id; of one that was not used, nothing. */
export async function secretUses(
  store: Pick<Store, 'getMany'>,
  client: string,
  secrets: readonly { id: string }[],
): Promise<ReadonlyMap<string, ClientSecretUse>> {
  const idOf = new Map(secrets.map(({ id }) => [useId(client, id), id]));
  const found = await store.getMany(clientSecretUseCollection, [...idOf.keys()]);
  return new Map([...found].map(([id, use]) => [idOf.get(id) ?? '', use]));
}
