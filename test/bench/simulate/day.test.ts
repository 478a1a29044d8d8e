/** The day of an organisation that a server is asked to live through. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BEGINS,
  dayOf,
  EACH,
  ENDS,
  randomFrom,
  STORM,
  STRETCHES,
  type Kind,
} from '../../../bench/simulate/day.ts';

const day = dayOf(400);
const of = (kind: Kind) => day.filter((asked) => asked.kind === kind);

describe('a day', () => {
  test('is the same for the same seed, and another one for another', () => {
    assert.deepEqual(dayOf(5, 7), dayOf(5, 7));
    assert.notDeepEqual(dayOf(5, 7), dayOf(5, 8));
  });

  test('is in order, and inside of its hours', () => {
    for (const [at, asked] of day.entries()) {
      assert.ok(asked.at >= (day[at - 1]?.at ?? BEGINS) && asked.at <= ENDS, JSON.stringify(asked));
    }
  });

  test('has everybody sign in once, before they ask for anything else', () => {
    assert.equal(of('sign-in').length, 400);
    const there = new Set<number>();
    for (const { kind, person } of day) {
      if (kind === 'sign-in') there.add(person);
      assert.ok(there.has(person), `${kind} of ${person}`);
    }
    assert.equal(of('silent-sso').length, 400 * EACH.opened);
    assert.equal(of('passcode').length, 400 * EACH.passcode);
  });

  test('has two thirds of its people come within half an hour of a quarter to nine', () => {
    const early = of('sign-in').filter(({ at }) => Math.abs(at - 8.75 * 3600) < 1800).length;
    assert.ok(early > 400 * 0.6 && early < 400 * 0.76, String(early));
  });

  test('has everybody refresh within a minute after lunch, and once an hour otherwise', () => {
    const storm = of('refresh').filter(({ at }) => at >= STORM.from && at < STORM.to);
    assert.ok(storm.length > 390, String(storm.length));
    const mine = of('refresh').filter(
      ({ person, at }) => person === 3 && (at < STORM.from || at > STORM.to),
    );
    for (const [at, { at: when }] of mine.entries())
      if (at > 0) assert.equal(Math.round(when - (mine[at - 1]?.at ?? 0)), EACH.refresh);
  });

  test('is told in stretches, one after the other', () => {
    for (const [at, { from }] of STRETCHES.entries())
      assert.ok(from >= (STRETCHES[at - 1]?.from ?? BEGINS));
    assert.equal(STRETCHES[0]?.from, BEGINS);
  });
});

test('chance from a seed is between 0 and 1, and evenly so', () => {
  const random = randomFrom(3);
  const drawn = Array.from({ length: 10_000 }, random);
  assert.ok(drawn.every((one) => one >= 0 && one < 1));
  assert.ok(Math.abs(drawn.reduce((sum, one) => sum + one, 0) / 10_000 - 0.5) < 0.02);
});
