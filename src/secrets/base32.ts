import { randomBytes } from 'node:crypto';

/** RFC 4648 §6. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** So many random characters of base32, five bits each. */
export function randomBase32(length: number): string {
  // 256 is a multiple of 32: a byte's remainder is not biased.
  return [...randomBytes(length)].map((byte) => ALPHABET[byte % 32]).join('');
}
