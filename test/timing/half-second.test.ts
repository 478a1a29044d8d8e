/** What is read once in half a second. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HALF_SECOND, halfSecond } from '../../src/timing/half-second.ts';

/** Readings are answered in their order, by hand. */
function setting(most = 10, isKept?: (value: string) => boolean) {
  const clock = { now: 1000, steady: 0 };
  const asked: string[] = [];
  const open: PromiseWithResolvers<string>[] = [];
  const known = halfSecond<string>({
    read(key) {
      asked.push(key);
      open.push(Promise.withResolvers());
      return open.at(-1)?.promise ?? assert.fail();
    },
    now: () => clock.now,
    steady: () => clock.steady,
    most,
    ...(isKept ? { isKept } : {}),
  });
  const read = async (key: string, value = key): Promise<string> => {
    const got = known(key);
    open.at(-1)?.resolve(value);
    return got;
  };
  return { clock, asked, open, known, read };
}

describe('what is read once in half a second', () => {
  it('is the same for that long, counted from where its reading began', async () => {
    const { clock, asked, open, known, read } = setting();
    const first = known('a');
    clock.now += HALF_SECOND - 1;
    const second = known('a');
    open[0]?.resolve('one');
    assert.deepEqual([await first, await second, known('a')], ['one', 'one', 'one']);
    clock.now += 1;
    assert.equal(await read('a', 'two'), 'two');
    // A clock that was set back.
    clock.now -= HALF_SECOND;
    assert.equal(await read('a', 'three'), 'three');
    assert.equal(asked.length, 3);
  });

  it('is no older for a clock that is set back, or stands still, meanwhile', async () => {
    const { clock, asked, read } = setting();
    await read('a', 'one');
    clock.steady += 300;
    clock.now -= 300;
    assert.equal(await read('a'), 'one');
    clock.steady += 200;
    clock.now += 200;
    assert.equal(await read('a', 'two'), 'two');
    // The machine slept: of its clocks the time of day alone went on.
    clock.now += HALF_SECOND;
    assert.equal(await read('a', 'three'), 'three');
    assert.equal(asked.length, 3);
  });

  it('is read again by whoever asks after a reading that failed, or that is too old', async () => {
    const { clock, asked, open, known, read } = setting();
    const failed = known('a');
    open[0]?.reject(new Error('away'));
    await assert.rejects(async () => failed, /away/u);
    assert.equal(await read('a', 'one'), 'one');
    const slow = known('b');
    clock.now += HALF_SECOND;
    assert.equal(await read('b', 'new'), 'new');
    // The older one comes last, and replaces nothing.
    open[2]?.resolve('old');
    assert.equal(await slow, 'old');
    assert.equal(known('b'), 'new');
    assert.deepEqual(asked, ['a', 'a', 'b', 'b']);
  });

  it('is bounded, and is not kept of what is nobody’s', async () => {
    const { asked, read } = setting(2, (value) => value !== 'nobody');
    for (const key of ['a', 'b', 'c', 'a']) await read(key);
    assert.deepEqual(asked, ['a', 'b', 'c', 'a']);
    for (const _ of [1, 2]) await read('d', 'nobody');
    const long = 'x'.repeat(201);
    for (const _ of [1, 2]) await read(long);
    assert.deepEqual(asked.slice(4), ['d', 'd', long, long]);
  });
});
