/**
 * Signs and verifies the library's cookies. The same job as Keygrip, which imports its key anew for
 * each HMAC: a KeyObject is seven times faster on Node 24 (35 → 5 µs for each cookie).
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { constantTimeEqual } from '../secrets/constant-time-equal.ts';

/** The part of Keygrip that the `cookies` package uses. */
export interface CookieKeys {
  sign(data: string): string;
  /** Which key it was signed with: 0 for the one that signs now, -1 for none; what an older one has signed is signed anew. */
  index(data: string, digest: string): number;
  verify(data: string, digest: string): boolean;
}

/** `secrets`: the same array until they are others; the first one signs. */
export function createCookieKeys(secrets: () => readonly Buffer[]): CookieKeys {
  let [from, made]: [readonly Buffer[], KeyObject[]] = [[], []];
  const keys = (): KeyObject[] => {
    const now = secrets();
    if (now !== from) [from, made] = [now, now.map((secret) => createSecretKey(secret))];
    return made;
  };
  const signed = (data: string, key: KeyObject): string =>
    createHmac('sha256', key).update(data).digest('base64url');
  const index = (data: string, digest: string): number =>
    keys().findIndex((key) => constantTimeEqual(signed(data, key), digest));
  return {
    sign(data) {
      const [key] = keys();
      if (!key) throw new Error('There is no key to sign cookies with.');
      return signed(data, key);
    },
    index,
    verify: (data, digest) => index(data, digest) >= 0,
  };
}
