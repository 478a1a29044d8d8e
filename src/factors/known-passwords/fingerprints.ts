/**
 * A set of words as the fingerprints of them: 40 bits of SHA-256 each, of which the first 16 choose a
 * bucket and the rest stand in it, in order. A byte for each bucket says how many they are, and all of
 * them follow: little more than three bytes a word. A word that is in the set is always found; one that
 * is not is found by one chance in 2^40 for each that is.
 */
import { createHash } from 'node:crypto';

export interface WordSet {
  size: number;
  has(word: string): boolean;
}

const BUCKETS = 65_536;
/** Bytes of a fingerprint that stand in its bucket. */
const WIDTH = 3;

/** Throws when the bytes are no such set, or not all of it. */
export function openWords(bytes: Buffer): WordSet {
  const starts = startsOf(bytes);
  const size = starts[BUCKETS] ?? 0;
  if (bytes.length !== BUCKETS + size * WIDTH) throw new Error('This is no set of fingerprints.');
  return {
    size,
    has(word) {
      const { bucket, rest } = fingerprint(word);
      const [from = 0, to = 0] = starts.subarray(bucket, bucket + 2);
      for (let at = from; at < to; at += 1)
        if (bytes.readUIntBE(BUCKETS + at * WIDTH, WIDTH) === rest) return true;
      return false;
    },
  };
}

/** The bytes that `openWords` takes; the same for the same words, in whatever order they come. */
export function packWords(words: Iterable<string>): Buffer {
  const buckets = Array.from({ length: BUCKETS }, () => new Set<number>());
  for (const word of words) {
    const { bucket, rest } = fingerprint(word);
    buckets[bucket]?.add(rest);
  }
  const counts = Buffer.from(buckets.map(({ size }) => size));
  const rests = buckets.flatMap((bucket) => [...bucket].toSorted((a, b) => a - b));
  const packed = Buffer.alloc(BUCKETS + rests.length * WIDTH, counts);
  for (const [at, rest] of rests.entries()) packed.writeUIntBE(rest, BUCKETS + at * WIDTH, WIDTH);
  return packed;
}

/** Where each bucket begins, counted in fingerprints; one more for the end of the last one. */
function startsOf(bytes: Buffer): Uint32Array {
  const starts = new Uint32Array(BUCKETS + 1);
  for (let bucket = 0; bucket < BUCKETS; bucket += 1)
    starts[bucket + 1] = (starts[bucket] ?? 0) + (bytes[bucket] ?? 0);
  return starts;
}

function fingerprint(word: string): { bucket: number; rest: number } {
  const hash = createHash('sha256').update(word).digest();
  return { bucket: hash.readUInt16BE(0), rest: hash.readUIntBE(2, WIDTH) };
}
