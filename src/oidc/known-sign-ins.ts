/**
 * Whom a sign-in under way is about, as this process has seen it last: so that their documents are read together with
 * the sign-in's own, which on MongoDB is one round trip instead of three. Only ids are remembered, and they say what is
 * worth reading: every document is read for every request, and what counts is what the sign-in says.
 */
import { LRUCache } from 'lru-cache';

export interface KnownSignIn {
  person: string;
  organisation: string;
}

/** By the id of its record. */
export type KnownSignIns = Pick<LRUCache<string, KnownSignIn>, 'get' | 'set'>;

/** Sign-ins that a process remembers: a quarter of a kilobyte each. */
const MOST_KNOWN = 10_000;

export function createKnownSignIns(): KnownSignIns {
  return new LRUCache<string, KnownSignIn>({ max: MOST_KNOWN });
}
