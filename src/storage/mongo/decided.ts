/** What a change of the port is as a write of this engine. */
import { checkedExpiry, decode } from '../document.ts';
import type { Change, Collection, Expiry } from '../store.ts';
import { dateOf, encode, type StoredDocument } from './collection.ts';
import type { Decision } from './write.ts';

/** Encoded when it is asked for and not when its turn comes: the caller may change the value afterwards. */
export function writing(
  collection: Collection<any>,
  value: unknown,
  expiry: Expiry | undefined,
): Required<Pick<Decision<unknown>, 'write'>> {
  const expiresAt = checkedExpiry(expiry);
  const exp = expiresAt === undefined ? {} : { exp: dateOf(expiresAt) };
  return { write: { ...encode(collection, value), ...exp } };
}

/** `found`: as it is there, and has not expired. */
export function decided<T, R>(
  collection: Collection<T>,
  id: string,
  found: StoredDocument | undefined,
  change: (current: T | undefined) => Change<T, R>,
): Decision<R> {
  const current = found && decode(collection, id, found.doc);
  const exp = found?.exp;
  const verdict = change(current);
  if ('put' in verdict) {
    const { put, expiresAt, result } = verdict as { put: T; result: R } & Expiry;
    const kept = expiresAt === undefined && exp ? { expiresAt: exp.getTime() } : { expiresAt };
    return { ...writing(collection, put, kept), result };
  }
  // What is not there, or has expired, needs no removing.
  if (verdict.remove && current !== undefined) return { remove: true, result: verdict.result };
  return { result: verdict.result };
}
