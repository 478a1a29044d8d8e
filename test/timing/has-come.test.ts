import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCome, rangesThatHaveCome } from '../../src/timing/has-come.ts';

describe('a time that is waited for', () => {
  it('has come when it is over, and when no clock that is right can have set it', () => {
    const now = 1_000_000;
    const come = [0, now - 1, now, now + 101, now + 9_999_999];
    assert.deepEqual(
      come.map((at) => hasCome(at, now, 100)),
      [true, true, true, true, true],
    );
    assert.deepEqual(
      [now + 1, now + 50, now + 100].map((at) => hasCome(at, now, 100)),
      [false, false, false],
    );
  });

  it('is in one of two ranges of an index then, and in neither before', () => {
    const [now, longest] = [5_000, 100];
    const ranges = rangesThatHaveCome(now, longest);
    const isIn = (at: number): boolean =>
      ranges.some((range) => ('below' in range ? at < range.below : at >= range.from));
    for (const at of [0, 4_999, 5_000, 5_001, 5_100, 5_101, 9_000])
      assert.equal(isIn(at), hasCome(at, now, longest), String(at));
  });
});
