/**
 * Keys of clients that sign their authentication (`private_key_jwt`, RFC 7523 §3), and where they are
 * fetched from. The library keeps what it has fetched; what could not be, it would fetch again for every
 * request that names the client.
 */
import { LRUCache } from 'lru-cache';
import { errors, type Configuration } from 'oidc-provider';

type Fetch = NonNullable<Configuration['fetch']>;

/** Of an assertion's signature; first those that cost little. */
export const CLIENT_AUTH_ALGS = ['ES256', 'EdDSA', 'PS256', 'RS256'] as const;
/** Bytes of a key set that is fetched. */
export const LARGEST_KEY_SET = 64 * 1024;
/** Milliseconds until a fetch that has failed is tried again. */
export const FAILED_FOR = 60_000;
/** Seconds that a key set is kept, whatever its server says: a key that was taken away is one that was lost. */
const LONGEST_KEPT = 3600;
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
  const [, maxAge = '0'] =
    /max-age=(\d{1,9})/u.exec(answer.headers.get('cache-control') ?? '') ?? [];
  const kept = Math.min(Number(maxAge), LONGEST_KEPT);
  return new Response(body, { headers: { 'cache-control': `max-age=${kept}` } });
}

/** What the library leaves open of an assertion: how long it may live, and what its `jti` is. `now`: milliseconds since the epoch. */
export function checkAssertion({ exp, jti }: { exp?: unknown; jti?: unknown }, now: number): void {
  if (typeof jti !== 'string') throw new errors.InvalidClientAuth('jti must be a text');
  if (typeof exp !== 'number' || exp - now / 1000 > LONGEST_ASSERTION)
    throw new errors.InvalidClientAuth('a client assertion lives for an hour at most');
}
