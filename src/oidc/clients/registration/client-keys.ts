/**
 * Keys with which a client authenticates (`private_key_jwt`, OIDC Core §9), as they are registered: public,
 * of an algorithm that is taken, and each to be told from the others.
 */
import type { JWK } from 'jose';
import { refusedValue } from './client-value.ts';

export const MOST_KEYS = 10;
/** Bits of an RSA modulus (RFC 7518 §3.3), and the most that is worth waiting for. */
const RSA_BITS = { least: 2048, most: 8192 };

/** RFC 7518 §6.2.2, §6.3.2, §6.4: what only the owner of a key knows. */
const SECRETS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** What makes a key of a type (RFC 7518 §6, RFC 8037 §2), and what it can sign with. */
const TYPES: Readonly<
  Record<string, { crv?: string; parts: readonly string[]; algs: readonly string[] }>
> = {
  EC: { crv: 'P-256', parts: ['x', 'y'], algs: ['ES256'] },
  OKP: { crv: 'Ed25519', parts: ['x'], algs: ['EdDSA'] },
  RSA: { parts: ['n', 'e'], algs: ['PS256', 'RS256'] },
};

/** The same without what is not looked at. Problem `client-value`. */
export function checkKeys({ keys }: { keys: readonly object[] }): { keys: JWK[] } {
  if (keys.length === 0 || keys.length > MOST_KEYS)
    throw refuse(`${keys.length} keys`, `a set has 1 to ${MOST_KEYS}`);
  const checked = keys.map(checkKey);
  const ids = checked.map(({ kid }) => kid);
  if (keys.length > 1 && (ids.includes(undefined) || new Set(ids).size < ids.length))
    throw refuse('keys', 'several of them need a kid each, to be told apart');
  return { keys: checked };
}

type Given = Readonly<Record<string, unknown>>;

function checkKey(given: object, at: number): JWK {
  const key = given as Given;
  const reason = SECRETS.some((name) => Object.hasOwn(key, name))
    ? 'it is a private key; register the public one, and use this one nowhere'
    : (shapeFault(key) ?? lengthFault(key) ?? algFault(key));
  if (reason !== undefined) throw refuse(`key ${at + 1}`, reason);
  const names = ['kty', 'crv', ...(TYPES[String(key['kty'])]?.parts ?? []), 'kid', 'use', 'alg'];
  const kept = names.filter((name) => key[name] !== undefined);
  return Object.fromEntries(kept.map((name) => [name, String(key[name])]));
}

function shapeFault({ kty, crv, kid, use, ...key }: Given): string | undefined {
  const type = typeof kty === 'string' && Object.hasOwn(TYPES, kty) ? TYPES[kty] : undefined;
  const isText = (value: unknown, longest: number): boolean =>
    typeof value === 'string' && value !== '' && value.length <= longest;
  if (type?.crv !== crv || !type?.parts.every((name) => isText(key[name], 2000)))
    return 'it is no public key for ES256 (P-256), EdDSA (Ed25519), PS256 or RS256';
  if (kid !== undefined && !isText(kid, 200)) return 'its kid has no 1 to 200 characters';
  return use === undefined || use === 'sig' ? undefined : 'it is not for signatures (use: sig)';
}

function lengthFault({ kty, x, y = x, n }: Given): string | undefined {
  const bytes = (value: unknown): number => Buffer.from(String(value), 'base64url').length;
  if (kty !== 'RSA')
    return bytes(x) === 32 && bytes(y) === 32 ? undefined : 'its coordinates have not 32 bytes';
  const bits = bytes(n) * 8;
  return bits >= RSA_BITS.least && bits <= RSA_BITS.most
    ? undefined
    : `RSA keys have ${RSA_BITS.least} to ${RSA_BITS.most} bits; it has ${bits}`;
}

function algFault({ kty, alg }: Given): string | undefined {
  const algs = TYPES[String(kty)]?.algs ?? [];
  return alg === undefined || algs.some((one) => one === alg)
    ? undefined
    : `a key of the type ${String(kty)} signs with ${algs.join(' or ')}`;
}

function refuse(what: string, reason: string): Error {
  return refusedValue('jwks', what, reason);
}
