/**
 * Clients, cached. Building the library's Client from its metadata costs 70 µs; every request needs
 * one. A change by an administrator is seen within half a second, on every process.
 */
import { LRUCache } from 'lru-cache';
import type { Provider } from 'oidc-provider';

type Client = InstanceType<Provider['Client']>;

/** Milliseconds that a client may be stale. */
const FRESH = 500;
const MOST = 1000;
/** Characters of an id; a longer one is nobody's, and is not kept. */
const LONGEST = 100;

/** Replaces `provider.Client.find`, which the library calls for every client lookup. */
export function cacheClients(provider: Provider, now: () => number): void {
  const find = provider.Client.find.bind(provider.Client);
  const cached = new LRUCache<string, { client: Client; at: number }>({ max: MOST });

  provider.Client.find = async (id: string): Promise<Client | undefined> => {
    const known = cached.get(id);
    const at = now();
    if (known && Math.abs(at - known.at) < FRESH) return known.client;
    const client = await find(id);
    if (client && id.length <= LONGEST) cached.set(id, { client, at });
    else cached.delete(id);
    return client;
  };
}
