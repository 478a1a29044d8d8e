import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { createLoop, type Loop } from '../../src/timing/loop.ts';

const EVERY = 1000;

/** Each run waits to be ended. */
let runs: { end(): void; fail(err: unknown): void }[];
let failures: unknown[];
let loop: Loop;

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
  runs = [];
  failures = [];
  const work = (): Promise<void> => {
    const { promise, resolve: end, reject: fail } = Promise.withResolvers<void>();
    runs.push({ end, fail });
    return promise;
  };
  loop = createLoop(work, { every: EVERY, failed: (err) => failures.push(err) });
});
afterEach(() => mock.timers.reset());

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const endLast = async (): Promise<void> => {
  runs.at(-1)?.end();
  await turn();
};

describe('work in the background', () => {
  it('begins when it was started, and rests from the end of one run to the next', async () => {
    mock.timers.tick(10 * EVERY);
    assert.equal(runs.length, 0, 'not started');
    loop.start();
    mock.timers.tick(EVERY - 1);
    assert.equal(runs.length, 0);
    mock.timers.tick(1);
    assert.equal(runs.length, 1);
    mock.timers.tick(10 * EVERY);
    assert.equal(runs.length, 1, 'never twice at once');
    await endLast();
    mock.timers.tick(EVERY - 1);
    assert.equal(runs.length, 1);
    mock.timers.tick(1);
    assert.equal(runs.length, 2);
  });

  it('runs once more for all who ask during a run, and the rest begins anew', async () => {
    loop.start(5);
    mock.timers.tick(5);
    loop.wake();
    loop.wake();
    assert.equal(runs.length, 1);
    await endLast();
    assert.equal(runs.length, 2);
    await endLast();
    assert.equal(runs.length, 2);
    mock.timers.tick(EVERY - 1);
    loop.wake();
    await endLast();
    mock.timers.tick(EVERY - 1);
    assert.equal(runs.length, 3);
  });

  it('is settled by a run that began after the question', async () => {
    loop.wake();
    let settled = false;
    const settling = loop.settle().then(() => (settled = true));
    await endLast();
    assert.deepEqual([runs.length, settled], [2, false]);
    await endLast();
    await settling;
    mock.timers.tick(10 * EVERY);
    assert.equal(runs.length, 2, 'what was not started does not go on by itself');
  });

  it('is none of the request that wakes it', async () => {
    const request = new AsyncLocalStorage<string>();
    const within: unknown[] = [];
    const work = async (): Promise<void> => void within.push(request.getStore());
    const own = createLoop(work, { every: EVERY, failed: (err) => failures.push(err) });
    await request.run('of a request', async () => {
      own.start(EVERY);
      own.wake();
      await own.settle();
      assert.equal(request.getStore(), 'of a request');
    });
    assert.deepEqual([within, failures], [[undefined, undefined], []]);
    await own.close();
  });

  it('goes on after a failure, which is told', async () => {
    loop.start(0);
    mock.timers.tick(0);
    runs[0]?.fail('away');
    await turn();
    assert.deepEqual(failures, ['away']);
    mock.timers.tick(EVERY);
    assert.equal(runs.length, 2);
  });

  it('ends with the run that is under way', async () => {
    loop.start(0);
    mock.timers.tick(0);
    loop.wake();
    let closed = false;
    const closing = loop.close().then(() => (closed = true));
    await turn();
    assert.equal(closed, false);
    runs[0]?.fail('the store is closed');
    await closing;
    loop.wake();
    loop.start();
    await loop.settle();
    mock.timers.tick(10 * EVERY);
    assert.equal(runs.length, 1);
    assert.deepEqual(failures, []);
  });
});
