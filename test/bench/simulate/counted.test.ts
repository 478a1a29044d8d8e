/** What is counted of a day, by a clock that the test moves. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Counting } from '../../../bench/simulate/counted.ts';

function setting() {
  const clock = { now: 1_000 };
  return { clock, counting: new Counting(() => clock.now) };
}

describe('what is counted', () => {
  test('is told by the stretch in which it was asked, from where it was planned', () => {
    const { clock, counting } = setting();
    counting.begin('morning');
    const asked = counting.asked('refresh', 900);
    clock.now += 1_000;
    counting.begin('noon', 500);
    clock.now += 1_000;
    asked.answered();
    counting.end(250);
    const [morning, noon] = counting.stretches();
    assert.deepEqual([morning?.asked, morning?.p50_ms, morning?.seconds], [1, 2_100, 1]);
    assert.deepEqual([noon?.asked, noon?.p50_ms, noon?.seconds], [0, 0, 1]);
    assert.deepEqual([morning?.cores, noon?.cores], [0.5, 0.25]);
  });

  test('has how many wait, on average and at most', () => {
    const { clock, counting } = setting();
    counting.begin('morning');
    const one = counting.asked('passcode', clock.now);
    clock.now += 250;
    const other = counting.asked('passcode', clock.now);
    clock.now += 250;
    one.answered();
    other.answered();
    clock.now += 500;
    counting.end(0);
    const [row] = counting.stretches();
    assert.deepEqual([row?.waiting, row?.most_waiting], [0.75, 2]);
  });

  test('goes on over the end of a stretch for those that wait', () => {
    const { clock, counting } = setting();
    counting.begin('morning');
    counting.asked('passcode', clock.now);
    clock.now += 100;
    counting.begin('noon');
    clock.now += 100;
    counting.end(0);
    assert.deepEqual(
      counting.stretches().map(({ waiting, most_waiting: most }) => [waiting, most]),
      [
        [1, 1],
        [1, 1],
      ],
    );
  });

  test('tells what was asked again, why, and what was given up', () => {
    const { counting, clock } = setting();
    counting.begin('morning');
    const asked = counting.asked('sign-in', clock.now);
    asked.again('refused');
    asked.again('unreachable');
    asked.failed();
    clock.now += 2_000;
    counting.end(0);
    const [row] = counting.stretches();
    assert.deepEqual([row?.asked, row?.again, row?.a_second], [1, 2, 1.5]);
    assert.deepEqual([row?.refused, row?.unreachable, row?.failed], [1, 1, 1]);
    assert.deepEqual(counting.kinds(), [
      { kind: 'sign-in', answered: 0, p50_ms: 0, p99_ms: 0, failed: 1 },
    ]);
  });
});
