/**
 * The `state` of our own pages' authorization requests (RFC 6749 §10.12): where the person
 * wants to go, authenticated, good in the browser that it was made for alone. The code verifier (RFC
 * 7636 §4.1) is derived from it by a key of ours, so nothing has to be kept until the browser is back.
 */
import { randomBytes } from 'node:crypto';
import { constantTimeEqual } from '../../secrets/constant-time-equal.ts';
import type { Vault } from '../../secrets/vault.ts';

/** Characters; beyond them the way leads to the first page of the area. */
const LONGEST_TARGET = 1000;

type Hash = Pick<Vault, 'hash' | 'hashes'>;
const MAC = 'account state';
const VERIFIER = 'account verifier';

/** `to`: a path of ours; `browser`: hash of the browser's own secret; `until`: milliseconds since the epoch. */
export function makeState(
  vault: Hash,
  { to, browser, until }: { to: string; browser: string; until: number },
): { state: string; verifier: string } {
  const target = to.length <= LONGEST_TARGET ? to : `/${to.split(/[/?#]/u)[1] ?? ''}`;
  const text = JSON.stringify([target, until, randomBytes(16).toString('base64url')]);
  const content = Buffer.from(text).toString('base64url');
  return {
    state: `${content}.${vault.hash(MAC, `${browser} ${content}`)}`,
    verifier: vault.hash(VERIFIER, `${browser} ${content}`),
  };
}

/** Undefined: not one of ours, another browser's, or too old. */
export function readState(
  vault: Hash,
  state: string,
  { browser, now }: { browser: string; now: number },
): { to: string; verifier: string } | undefined {
  const [content = '', mac = ''] = state.split('.');
  const text = `${browser} ${content}`;
  const at = vault.hashes(MAC, text).findIndex((hash) => constantTimeEqual(mac, hash));
  if (at < 0) return undefined;
  // Both were made with the same key.
  const verifier = vault.hashes(VERIFIER, text)[at] ?? '';
  const [to, until] = JSON.parse(Buffer.from(content, 'base64url').toString()) as [string, number];
  return now < until ? { to, verifier } : undefined;
}
