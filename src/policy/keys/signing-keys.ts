/**
 * Which signing key does what, and when. A new one stands in the JWKS before it signs, for as long as anybody keeps
 * the JWKS; an old one stays until its last token has expired, and then last in the set as long as a session may
 * show an ID token of it as a hint. All of it follows from times that are kept, so that every process says the same
 * and nobody has to be told at the moment. `now` and all times: milliseconds since the epoch.
 */
import { SIGNING_ALGS, type SigningAlg } from '../../records/keys/signing-alg.ts';
import type { SigningKey } from '../../records/signing-key.ts';

/** Seconds that the JWKS may be kept by whoever has fetched it. */
export const JWKS_KEPT_FOR = 300;
/** Milliseconds that processes may take to follow, and their clocks may differ. */
const SLACK = 10_000;
/** Milliseconds from a rotation until the new key signs. */
export const SIGNS_AFTER = JWKS_KEPT_FOR * 1000 + SLACK;
/** Milliseconds that a private key is kept after it has signed last. */
const FORGOTTEN_AFTER = 60_000;

/** In the order in which the JWKS lists them. The library signs with the first one that fits. */
export const KEY_STATES = ['signing', 'next', 'old', 'hints', 'over'] as const;
export type KeyState = (typeof KEY_STATES)[number];

/** The one that signs; undefined: there is none. */
export function signingKeyOf(
  keys: readonly SigningKey[],
  alg: SigningAlg,
  now: number,
): SigningKey | undefined {
  const able = keys.filter((key) => key.alg === alg && key.sealed !== undefined);
  const byTime = able.toSorted((one, other) => one.signsFrom - other.signsFrom);
  // With a clock that is behind, none of them is due: the oldest it is.
  return byTime.findLast(({ signsFrom }) => signsFrom <= now) ?? byTime[0];
}

export function stateOf(keys: readonly SigningKey[], key: SigningKey, now: number): KeyState {
  const signing = signingKeyOf(keys, key.alg, now);
  if (signing?.kid === key.kid) return 'signing';
  if (signing && key.signsFrom > signing.signsFrom) return 'next';
  if (!key.until || now < key.until.tokens) return 'old';
  return now < key.until.hints ? 'hints' : 'over';
}

/** Those of the JWKS, in its order. */
export function published(keys: readonly SigningKey[], now: number): SigningKey[] {
  const rank = (key: SigningKey): number =>
    KEY_STATES.indexOf(stateOf(keys, key, now)) * SIGNING_ALGS.length +
    SIGNING_ALGS.indexOf(key.alg);
  return keys
    .filter((key) => stateOf(keys, key, now) !== 'over')
    .toSorted((one, other) => rank(one) - rank(other));
}

/** Milliseconds that what is signed with a key is good for: the longest token, the longest session. */
export interface Lasting {
  token: number;
  session: number;
}

/** With new ones to sign after those that do now; they sign from `signsFrom` on. */
export function succeeded(
  keys: readonly SigningKey[],
  fresh: readonly SigningKey[],
  now: number,
  lasting: Lasting,
): SigningKey[] {
  const before = keys.map((key) => {
    const next = fresh.find(({ alg }) => alg === key.alg);
    if (!next || stateOf(keys, key, now) !== 'signing') return key;
    const last = next.signsFrom + SLACK;
    const tokens = last + lasting.token;
    return { ...key, until: { tokens, hints: Math.max(tokens, last + lasting.session) } };
  });
  return [...before, ...fresh];
}

/** Without one that was to sign next; whoever signs goes on. */
export function withoutNext(
  keys: readonly SigningKey[],
  { kid, alg }: SigningKey,
  now: number,
): SigningKey[] {
  const left = keys.filter((key) => key.kid !== kid);
  const signing = signingKeyOf(left, alg, now);
  return left.map((key) => {
    if (key.kid !== signing?.kid) return key;
    const { until: _, ...rest } = key;
    return rest;
  });
}

/** Which of them have been signing for that long, so that others are to follow. */
export function dueAlgs(keys: readonly SigningKey[], now: number, every: number): SigningAlg[] {
  return SIGNING_ALGS.filter((alg) => {
    const newest = Math.max(...keys.filter((key) => key.alg === alg).map((key) => key.createdAt));
    return now - newest >= every;
  });
}

/** Without what nobody needs any more; undefined: there is no such thing. */
export function tended(keys: readonly SigningKey[], now: number): SigningKey[] | undefined {
  const left = keys
    .filter((key) => stateOf(keys, key, now) !== 'over')
    .map((key) => (isSpent(keys, key, now) ? withoutPrivate(key) : key));
  const isSame = left.length === keys.length && left.every((key, at) => key === keys[at]);
  return isSame ? undefined : left;
}

function isSpent(keys: readonly SigningKey[], key: SigningKey, now: number): boolean {
  const state = stateOf(keys, key, now);
  const since = signingKeyOf(keys, key.alg, now)?.signsFrom ?? now;
  const isOver = state === 'hints' || (state === 'old' && now - since > FORGOTTEN_AFTER);
  return isOver && key.sealed !== undefined;
}

function withoutPrivate({ sealed: _, ...key }: SigningKey): SigningKey {
  return key;
}
