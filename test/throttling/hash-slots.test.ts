/** How many passwords are hashed at once: as many as there are processors for, and never on every thread. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashSlots, threadsFor, threadsOf } from '../../src/throttling/hash-slots.ts';

describe('passwords are hashed', () => {
  it('on all processors but one, shared by the processes, where there are the threads for it', () => {
    for (const [processors, workers, slots] of [
      [1, 1, 1],
      [2, 1, 1],
      [2, 2, 1],
      [4, 1, 3],
      [8, 1, 7],
      [8, 2, 3],
      [64, 4, 15],
      [256, 256, 1],
    ] as const) {
      const threads = threadsFor(processors, workers);
      assert.equal(hashSlots({ processors, workers, threads }), slots, `${processors} ${workers}`);
    }
  });

  it('never on a thread more than is left by what is slow, and one', () => {
    for (let threads = 4; threads <= 64; threads += 1) {
      const slots = hashSlots({ processors: 256, workers: 1, threads });
      const slow = Math.floor((threads + 1) / 2);
      assert.ok(slots >= 1 && slots + slow < threads, `${slots} of ${threads}`);
    }
    assert.equal(hashSlots({ processors: 16, workers: 1, threads: 4 }), 1);
  });

  it('one at a time at least', () => {
    for (const threads of [1, 2, 3])
      assert.equal(hashSlots({ processors: 8, workers: 1, threads }), 1);
  });
});

describe('the threads of libuv', () => {
  it('are four, or as many as it was told, within its bounds', () => {
    assert.equal(threadsOf({}), 4);
    for (const [told, threads] of [
      ['', 4],
      ['many', 4],
      ['16', 16],
      ['0', 1],
      ['-3', 1],
      ['5000', 1024],
    ] as const)
      assert.equal(threadsOf({ UV_THREADPOOL_SIZE: told }), threads, told);
  });

  it('are as few as that takes', () => {
    assert.deepEqual(
      [1, 2, 4, 8, 64].map((processors) => threadsFor(processors, 1)),
      [4, 4, 8, 16, 128],
    );
    assert.deepEqual(
      [2, 4, 8].map((workers) => threadsFor(8, workers)),
      [8, 4, 4],
    );
  });
});
