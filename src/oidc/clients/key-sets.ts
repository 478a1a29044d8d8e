/**
 * Keys of clients that sign their authentication (`private_key_jwt`, RFC 7523 §3), and where they are
 * fetched from. What could not be fetched the library would fetch again for every request that names the client,
 * and what it has fetched it would go by for ever.
 */
import { decodeProtectedHeader } from 'jose';
import { LRUCache } from 'lru-cache';
import { errors, type Configuration } from 'oidc-provider';

type Fetch = NonNullable<Configuration['fetch']>;

/** Of an assertion's signature; first those that cost little. */
export const CLIENT_AUTH_ALGS = ['ES256', 'EdDSA', 'PS256', 'RS256'] as const;
/** Bytes of a key set that is fetched. */
export const LARGEST_KEY_SET = 64 * 1024;
/** Milliseconds until a fetch that has failed is tried again. */
export const FAILED_FOR = 60_000;
/** Milliseconds that a fetched key set is gone by, whatever its server says: a key that was taken away is one that was lost. */
export const KEYS_KEPT = 300_000;
/** Milliseconds after which it is fetched anew for a key that is not in it: anybody can name one. */
export const ANEW_AFTER = 60_000;
/** Seconds that an assertion is good for. Each is kept until then, so that it is taken once. */
export const LONGEST_ASSERTION = 3600;
/** Addresses that are remembered. */
const MOST = 1000;

/** The library asks by GET for key sets alone. `now`: milliseconds since the epoch. */
export function fetchKeySets(fetch: Fetch, now: () => number): Fetch {
  const failed = new LRUCache<string, number>({ max: MOST });
  return async (input, init) => {
    const wanted = new Request(input, init);
    if (wanted.method !== 'GET') return fetch(input, init);
    const { url } = wanted;
    if (Math.abs(now() - (failed.get(url) ?? -Infinity)) < FAILED_FOR)
      throw new Error(`${url} has failed less than a minute ago.`);
    try {
      const keySet = await keySetIn(await fetch(input, init));
      failed.delete(url);
      return keySet;
    } catch (error) {
      failed.set(url, now());
      throw error;
    }
  };
}

async function keySetIn(answer: Response): Promise<Response> {
  if (answer.status !== 200) throw new Error(`A key set was answered with ${answer.status}.`);
  const body = Buffer.from(await answer.arrayBuffer());
  if (body.length > LARGEST_KEY_SET)
    throw new Error(`A key set has more than ${LARGEST_KEY_SET} bytes.`);
  const { keys } = JSON.parse(body.toString()) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error('A key set has no keys.');
  return new Response(body);
}

/** The library's, as far as it is used here. */
interface KeyStore {
  freshUntil?: number;
  refresh(): Promise<void>;
  selectForVerify(wanted: { alg: string; kid: string | undefined }): readonly unknown[];
}
interface KeyClient {
  jwksUri?: string | undefined;
  asymmetricKeyStore?: KeyStore;
}

/**
 * Sees to it that an assertion is judged by keys that are not too old. DANGER: the library looks for others only
 * where those that it has do not fit, so that a key which was taken away would be good for as long as the
 * process runs. Rejects with `invalid_client` where they can't be fetched. `now`: milliseconds since the epoch.
 */
export function freshKeys(now: () => number) {
  const fetched = new WeakMap<KeyStore, number>();
  return async (client: object, assertion: unknown): Promise<void> => {
    const { jwksUri, asymmetricKeyStore: store } = client as KeyClient;
    if (jwksUri === undefined || !store || typeof assertion !== 'string') return;
    const age = Math.abs(now() - (fetched.get(store) ?? -Infinity));
    if (age < ANEW_AFTER || (age < KEYS_KEPT && isKnown(store, assertion))) return;
    // It would go by its own time otherwise.
    store.freshUntil = 0;
    await store.refresh().catch((cause: unknown) => {
      throw Object.assign(new errors.InvalidClientAuth('its keys cannot be fetched'), { cause });
    });
    fetched.set(store, now());
  };
}

function isKnown(store: KeyStore, assertion: string): boolean {
  try {
    const { alg = '', kid } = decodeProtectedHeader(assertion);
    return store.selectForVerify({ alg, kid }).length > 0;
  } catch {
    // It is no assertion: no key would make it one.
    return true;
  }
}

/** What the library leaves open of an assertion: how long it may live, and what its `jti` is. `now`: milliseconds since the epoch. */
export function checkAssertion({ exp, jti }: { exp?: unknown; jti?: unknown }, now: number): void {
  if (typeof jti !== 'string') throw new errors.InvalidClientAuth('jti must be a text');
  if (typeof exp !== 'number' || exp - now / 1000 > LONGEST_ASSERTION)
    throw new errors.InvalidClientAuth('a client assertion lives for an hour at most');
}
