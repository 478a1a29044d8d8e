/** The arithmetic of docs/scaling.md. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EngineCosts } from '../../../bench/sizing/costs.ts';
import {
  aSecond,
  BUSY,
  loadOf,
  PEAK,
  peopleFor,
  stormSeconds,
} from '../../../bench/sizing/sizing.ts';
import { dayOf } from '../../../bench/simulate/day.ts';

const all = (ms: number) => ({
  'sign-in': ms,
  'silent-sso': ms,
  refresh: ms,
  introspection: ms,
  passcode: ms,
});
const COSTS: EngineCosts = { cpu: all(2), database: all(1) };

describe('the busiest second', () => {
  test('is the one of the day that is simulated', () => {
    const people = 5_000;
    const signIns = dayOf(people).filter(({ kind }) => kind === 'sign-in');
    const window = 1_200;
    const around = signIns.filter(({ at }) => Math.abs(at - 8.75 * 3600) < window / 2).length;
    const expected = people * PEAK['sign-in'] * window;
    assert.ok(Math.abs(around / expected - 1) < 0.15, `${around} of ${expected}`);
  });

  test('costs what its operations cost, and a sign-in its hash', () => {
    const rates = Object.values(PEAK).reduce((sum, rate) => sum + rate, 0);
    const { server, database } = loadOf(1_000, COSTS, 0);
    assert.ok(Math.abs(server - (1_000 * rates * 2) / 1000) < 1e-9);
    assert.ok(Math.abs(database - server / 2) < 1e-9);
    const hashed = loadOf(1_000, COSTS, 30).server - server;
    assert.ok(Math.abs(hashed - (1_000 * PEAK['sign-in'] * 30) / 1000) < 1e-9);
  });
});

describe('so many cores', () => {
  test('are good for as many people as keep them busy, and no more', () => {
    const people = peopleFor(4, COSTS, 30);
    const { server, database } = loadOf(people, COSTS, 30);
    assert.ok(server + database <= 4 * BUSY && server + database > 4 * BUSY * 0.999);
    assert.ok(Math.abs(peopleFor(16, COSTS, 30) / people - 4) < 0.01);
  });

  test('answer so many of one kind', () => {
    assert.equal(aSecond(1, COSTS, 'refresh'), (BUSY * 1000) / 3);
    assert.equal(aSecond(2, COSTS, 'sign-in', 27), (2 * BUSY * 1000) / 30);
    assert.equal(aSecond(2, COSTS, 'refresh', 27), (2 * BUSY * 1000) / 3);
  });

  test('are done with a storm when its work is, and not before it is over', () => {
    assert.equal(stormSeconds(100, 4, COSTS), 60);
    assert.equal(stormSeconds(100_000, 4, COSTS), 75);
  });
});
