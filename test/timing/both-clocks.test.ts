import assert from 'node:assert/strict';
import { it } from 'node:test';
import { elapsed } from '../../src/timing/both-clocks.ts';

const since = { wall: 10_000, steady: 500 };

it('what has passed is told by the clock that has gone further', () => {
  assert.equal(elapsed(since, since), 0);
  assert.equal(elapsed(since, { wall: 10_040, steady: 540 }), 40);
  assert.equal(elapsed(since, { wall: 10_000, steady: 900 }), 400, 'the time of day stands still');
  assert.equal(elapsed(since, { wall: 13_000, steady: 510 }), 3_000, 'the machine has slept');
  assert.equal(elapsed(since, { wall: 4_000, steady: 510 }), 6_000, 'the time of day was set back');
});
