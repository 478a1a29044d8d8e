/**
 * Where the session of a cookie is. Sessions are kept by their `uid`; looking in the index of cookies
 * costs three times a read by id, so the place is remembered. It is a hint and no more: the document
 * found there must carry the cookie's hash, else the index is asked.
 */
import { LRUCache } from 'lru-cache';
import type { Entry, Collection, Store } from '../../storage/store.ts';

interface WithCookie {
  /** Hash of the cookie's value. */
  jti: string;
}

const MOST = 10_000;

export interface SessionPlaces<T> {
  find(cookieHash: string): Promise<Entry<T> | undefined>;
}

/** `index`: the collection's index of `jti`. */
export function sessionPlaces<T extends WithCookie>(
  store: Pick<Store, 'get' | 'find'>,
  collection: Collection<T>,
  index: string,
): SessionPlaces<T> {
  const hints = new LRUCache<string, string>({ max: MOST });

  return {
    async find(cookieHash) {
      const hint = hints.get(cookieHash);
      const value = hint === undefined ? undefined : await store.get(collection, hint);
      if (hint !== undefined && value?.jti === cookieHash) return { id: hint, value };
      hints.delete(cookieHash);
      const { items } = await store.find(collection, { index, equals: cookieHash, limit: 1 });
      const found = items[0];
      if (found) hints.set(cookieHash, found.id);
      return found;
    },
  };
}
