/** Whose password is hashed next: of each sign-in one after the other, and nobody fills the queue for others. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTurns, LONGEST_QUEUE, type HashMeter } from '../../src/throttling/hash-turns.ts';
import { Problem } from '../../src/problem.ts';

/** Work that ends when it is told to, and says in which order it began. */
function bench(slots: number, meter?: HashMeter) {
  const inTurn = createTurns(slots, meter);
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const give = (whose: string): Promise<string> =>
    inTurn(whose, async () => {
      begun.push(whose);
      await new Promise<void>((end) => ends.push(end));
      return whose;
    });
  /** Ends the oldest that runs, and lets what follows from that happen. */
  const endOne = async (): Promise<void> => {
    ends.shift()?.();
    await new Promise(setImmediate);
  };
  return { inTurn, begun, give, endOne };
}

const isBusy = (error: unknown): boolean =>
  error instanceof Problem && error.code === 'busy' && error.status === 503;

describe('turns', () => {
  it('are so many at once, and each sign-in’s after another’s', async () => {
    const { begun, give, endOne } = bench(2);
    const all = ['a', 'a', 'a', 'a', 'b', 'c', 'b'].map(give);
    await new Promise(setImmediate);
    assert.deepEqual(begun, ['a', 'a']);
    for (let count = 0; count < all.length; count += 1) await endOne();
    assert.deepEqual(begun, ['a', 'a', 'a', 'b', 'c', 'a', 'b']);
    assert.deepEqual((await Promise.all(all)).toSorted(), ['a', 'a', 'a', 'a', 'b', 'b', 'c']);
  });

  it('go on after what fails', async () => {
    const { inTurn, give, endOne } = bench(1);
    await assert.rejects(
      inTurn('a', () => Promise.reject(new Error('broken'))),
      /broken/u,
    );
    const next = give('b');
    await endOne();
    assert.equal(await next, 'b');
  });

  it('of whoever fills the queue are refused, and not those of others', async () => {
    let refused = 0;
    const { begun, give, endOne } = bench(1, {
      queue: () => {},
      refused: () => (refused += 1),
      start: () => () => {},
    });
    const running = give('flood');
    const flood = Array.from({ length: LONGEST_QUEUE }, () => give('flood'));
    const settled = Promise.allSettled(flood);
    await assert.rejects(give('flood'), isBusy);
    const other = give('other');
    await endOne();
    await endOne();
    assert.deepEqual(begun, ['flood', 'flood', 'other']);
    await endOne();
    assert.equal(await other, 'other');
    assert.equal(await running, 'flood');
    assert.equal(refused, 2);
    for (let count = 0; count < LONGEST_QUEUE; count += 1) await endOne();
    const results = await settled;
    const reasons = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    assert.equal(reasons.length, 1, 'the newest of them made room');
    assert.ok(reasons.every(isBusy));
    assert.equal(results.at(-1)?.status, 'rejected');
  });

  it('are refused where everybody waits for one only', async () => {
    const { give, endOne } = bench(1);
    const all = Array.from({ length: LONGEST_QUEUE + 1 }, (_, at) => give(`p${at}`));
    await assert.rejects(give('one more'), isBusy);
    for (let count = 0; count <= LONGEST_QUEUE; count += 1) await endOne();
    assert.equal((await Promise.all(all)).length, LONGEST_QUEUE + 1);
  });

  it('are told to the meter, as they begin, wait and end', async () => {
    const told: string[] = [];
    const { give, endOne } = bench(1, {
      queue: (running, waiting) => told.push(`${running}+${waiting}`),
      refused: () => told.push('refused'),
      start: () => () => told.push('ended'),
    });
    const both = [give('a'), give('b')];
    await endOne();
    await endOne();
    await Promise.all(both);
    assert.deepEqual(told, ['1+0', '1+1', 'ended', '1+0', '1+0', 'ended', '0+0']);
  });
});
