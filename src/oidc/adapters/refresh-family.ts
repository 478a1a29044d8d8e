/**
 * The refresh tokens that follow from one sign-in at a client that rotates them (RFC 9700 §4.14.2): one
 * document, and tokens `FAMILY`, `FAMILY.1.TAG`, `FAMILY.2.TAG` … Each is derived from the one before it, so
 * that the same next token can be given again and nothing is kept in clear for it. Who does not hold the
 * vault's key can derive none, and who does not hold a token of the family does not know its name.
 */
import type { Vault } from '../../secrets/vault.ts';
import type { StoredModel } from '../../records/stored-model.ts';

/** Milliseconds in which a rotated token gives its successor again: two tabs, an answer that was lost. */
export const LEEWAY = 10_000;

export interface FamilyToken {
  /** The first token of the family. */
  family: string;
  /** How often it was rotated. */
  generation: number;
}

const SHAPE = /^([\w-]{1,100})(?:\.([1-9]\d{0,8})\.([\w-]{43}))?$/u;

/** Undefined: it is none of ours, whatever it says. */
export function readFamilyToken(vault: Vault, value: string): FamilyToken | undefined {
  const [, family, generation, tag] = SHAPE.exec(value) ?? [];
  if (family === undefined) return undefined;
  const token = { family, generation: Number(generation ?? 0) };
  if (tag === undefined) return token;
  return vault.isHash(TAG, textOf(token), tag) ? token : undefined;
}

/** The token that comes after `value`, which is one of ours; always the same. */
export function successor(vault: Vault, value: string): string {
  const [family = ''] = value.split('.', 1);
  const next = { family, generation: Number(value.split('.')[1] ?? 0) + 1 };
  return `${family}.${next.generation}.${vault.hash(TAG, textOf(next))}`;
}

const TAG = 'refresh token generation';

function textOf({ family, generation }: FamilyToken): string {
  return `${family}.${generation}`;
}

/**
 * `newest`: it may be rotated. `repeated`: it was, a moment ago, and its successor is unused. `reused`: it
 * is somebody's who should not have it. `unknown`: the store is older than it (a backup was restored).
 */
export type Standing = 'newest' | 'repeated' | 'reused' | 'unknown';

export function standingOf(
  { generation = 0, rotatedAt = 0, consumed }: StoredModel,
  token: FamilyToken,
  now: number,
): Standing {
  const age = generation - token.generation;
  if (age < 0) return 'unknown';
  // The version before has rotated it, into a token of its own.
  if (generation === 0 && consumed !== undefined) return 'reused';
  if (age === 0) return 'newest';
  return age === 1 && now - rotatedAt <= LEEWAY ? 'repeated' : 'reused';
}
