/**
 * What kind of token it is, by its length: whoever asks about one without saying what it is (RFC 7662 §2.1)
 * has the library look among all kinds, and the store is asked for those alone that it can be. It says nothing
 * else, and proves nothing: what there is of it is what counts.
 */
import type { Configuration } from 'oidc-provider';

type Bits = Extract<
  NonNullable<NonNullable<Configuration['formats']>['bitsOfOpaqueRandomness']>,
  (...args: never[]) => number
>;

/** Characters, of 6 bits each; 256 bits at least. Tokens of 43 are of an older version, which gave that to all. */
const LENGTHS: Readonly<Record<string, number>> = {
  AccessToken: 44,
  ClientCredentials: 45,
  RefreshToken: 46,
};
const OTHERS = 43;
const KINDS = new Map(Object.entries(LENGTHS).map(([kind, length]) => [length, kind]));

export const bitsOfOpaqueRandomness: Bits = (_ctx, { kind }) => 6 * (LENGTHS[kind] ?? OTHERS);

/** Can `value` be one of that model of the library's? */
export function mayBe(model: string, value: string): boolean {
  if (LENGTHS[model] === undefined) return true;
  // Those that follow on a refresh token have its name and more (refresh-family.ts).
  const [name = ''] = value.split('.', 1);
  if (name.length < value.length) return model === 'RefreshToken';
  return LENGTHS[model] === name.length || !Object.values(LENGTHS).includes(name.length);
}

/** The one kind that a token of today's can be; undefined: of an older version, or none. */
export function kindByLength(value: string): string | undefined {
  return KINDS.get(value.length);
}
