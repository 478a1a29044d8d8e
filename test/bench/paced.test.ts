import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { atRate, type Clock } from '../../bench/paced.ts';

/** A clock of which time passes only where it is waited for, or where a test says so. */
function clockAt(start: number) {
  const clock = { at: start, waits: 0 };
  const own: Clock = {
    now: () => clock.at,
    async until(at) {
      clock.waits += 1;
      // What has been answered is noted first, as it is where time passes by itself.
      await nextTurn();
      clock.at = at;
    },
  };
  return { clock, own };
}

describe('requests at a fixed rate', () => {
  test('are sent at their times, whether those before them are answered or not', async () => {
    const { clock, own } = clockAt(1_000);
    const sent: number[] = [];
    const last = Promise.withResolvers<void>();
    const latencies = await atRate(
      { rate: 50, ms: 100 },
      async (turn) => {
        sent.push(clock.at);
        if (turn === 4) last.resolve();
        await last.promise;
      },
      own,
    );
    assert.deepEqual(sent, [1_000, 1_020, 1_040, 1_060, 1_080]);
    assert.deepEqual(latencies, [80, 60, 40, 20, 0]);
    assert.equal(clock.waits, 4);
  });

  test('count from their planned times: a stall is seen by all that it makes wait', async () => {
    const { clock, own } = clockAt(0);
    const latencies = await atRate(
      { rate: 100, ms: 60 },
      async (turn) => {
        if (turn === 1) clock.at += 35;
      },
      own,
    );
    assert.deepEqual(latencies, [0, 35, 25, 15, 5, 0]);
  });

  test('end with the first that fails', async () => {
    const { own } = clockAt(0);
    const turns: number[] = [];
    const failing = async (turn: number): Promise<void> => {
      turns.push(turn);
      if (turn === 2) throw new Error('refused');
    };
    await assert.rejects(atRate({ rate: 100, ms: 1_000 }, failing, own), /refused/u);
    assert.ok(turns.length < 10, String(turns.length));
  });
});
