import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Slice } from '../../bench/messages.ts';
import { growthRow } from '../../bench/growth-rows.ts';
import { floorRow, median, percentile, rowsOf, subjectOf } from '../../bench/rows.ts';

const slice = (n: number, cpuMs: number, latency: number): Slice => ({
  n,
  ms: 1000,
  cpuMs,
  latencies: Array.from({ length: n }, () => latency),
  requests: n,
});

const rounds = [
  new Map([
    ['sqlite ×2', slice(100, 200, 3)],
    ['bare', slice(200, 200, 1)],
    ['floor', slice(100, 50, 0.1)],
  ]),
  // The machine was slow here: for everybody.
  new Map([
    ['sqlite ×2', slice(100, 600, 3)],
    ['bare', slice(200, 600, 1)],
    ['floor', slice(100, 150, 0.1)],
  ]),
  new Map([
    ['sqlite ×2', slice(200, 600, 5)],
    ['bare', slice(200, 200, 1)],
    ['floor', slice(100, 50, 0.1)],
  ]),
];

test('ratios are those of a round; the median of the rounds counts', () => {
  const subject = subjectOf({ engine: 'sqlite', workers: 2 });
  const [row] = rowsOf({ operation: 'refresh', rounds }, [subject]);
  assert.deepEqual(row, {
    operation: 'refresh',
    engine: 'sqlite',
    workers: 2,
    n: 400,
    ops_per_s: 100,
    cpu_ms: 3,
    p50_ms: 3,
    p99_ms: 5,
    ratio_floor: 4,
    ratio_bare: 2,
  });
});

test('the floor has one row over everything', () => {
  const row = floorRow([
    { operation: 'refresh', rounds },
    { operation: 'userinfo', rounds },
  ]);
  assert.equal(row.n, 600);
  assert.equal(row.cpu_ms, 0.5);
  assert.equal(row.ratio_floor, 1);
  assert.equal(row.ratio_bare, null);
});

test('growth compares the two stores within a round', () => {
  const [quiet, busy] = [1, 4].map(
    (slower) =>
      new Map([
        ['small', slice(100, 100 * slower, 1)],
        ['large', slice(80, 88 * slower, 1)],
      ]),
  );
  assert.ok(quiet && busy);
  const measured = { operation: 'refresh', rounds: [quiet, busy] };
  const row = growthRow(measured, 'sqlite', { small: 50, large: 500 });
  assert.equal(row.ratio_cpu, 1.1);
  assert.equal(row.ratio_time, 1.25);
  assert.deepEqual([row.small.loaded, row.large.loaded], [50, 500]);
  assert.deepEqual([row.small.n, row.large.n], [200, 160]);
  assert.equal(row.small.cpu_ms, 2.5);
});

test('medians and percentiles', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  const hundred = Float64Array.from({ length: 100 }, (_, at) => at + 1);
  assert.equal(percentile(hundred, 0.5), 50);
  assert.equal(percentile(hundred, 0.99), 99);
  assert.equal(percentile(Float64Array.of(7), 0.99), 7);
});
