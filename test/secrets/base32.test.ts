import assert from 'node:assert/strict';
import { it } from 'node:test';
import { randomBase32 } from '../../src/secrets/base32.ts';

it('random base32 is of all 32 characters alike', () => {
  const text = randomBase32(64_000);
  assert.match(text, /^[A-Z2-7]{64000}$/u);
  const counts = Map.groupBy(text, (character) => character);
  assert.equal(counts.size, 32);
  // 2,000 of each, with a standard deviation of 44: seven of them happen to nobody.
  for (const [character, { length }] of counts)
    assert.ok(Math.abs(length - 2000) < 7 * 44, `${character}: ${length}`);
});
