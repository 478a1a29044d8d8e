/** When the sweeper sweeps: soon after a start, all that there is, and again later, whatever failed. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { OPERATOR_ORIGIN } from '../../src/net/request-origin.ts';
import { auditCollection, newEvent } from '../../src/audit/event.ts';
import { startSweeper } from '../../src/server/sweeper.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const START = 30_000;
const EVERY = 300_000;
const BACKLOG = 1_500;

let fresh: FreshStore;
beforeEach(async () => {
  fresh = await openFreshStore();
  mock.timers.enable({ apis: ['setTimeout'] });
});
afterEach(async () => {
  mock.timers.reset();
  await fresh.close();
});

async function expire(count: number): Promise<void> {
  const expiresAt = fresh.clock.now;
  const event = () => newEvent({ type: 'sign-out', at: expiresAt, origin: OPERATOR_ORIGIN });
  await Promise.all(
    Array.from({ length: count }, () => {
      const one = event();
      return fresh.store.insert(auditCollection, one.id, one, { expiresAt });
    }),
  );
}

/** The store, and when each sweep of it has ended; the clock goes on until then. */
function watched() {
  const ended: Promise<unknown>[] = [];
  const store = {
    sweep: (limit?: number, rest?: () => Promise<void>) => {
      const sweeping = fresh.store.sweep(limit, rest);
      ended.push(sweeping);
      return sweeping;
    },
  };
  const finish = async (): Promise<number> => {
    const last = { removed: -1 };
    const waiting = (async () => {
      last.removed = Number(await ended.at(-1));
    })();
    while (last.removed < 0) {
      mock.timers.tick(10);
      await nextTurn();
    }
    await waiting;
    return last.removed;
  };
  return { store, ended, finish };
}

describe('the sweeper', () => {
  it('begins within half a minute of the start, and ends when nothing is left', async () => {
    await expire(BACKLOG);
    const { store, ended, finish } = watched();
    const sweeper = startSweeper(store, { warn: assert.fail }, EVERY);
    mock.timers.tick(2_000);
    assert.equal(ended.length, 0, 'not while the others start');
    mock.timers.tick(START - 2_000);
    assert.equal(ended.length, 1);
    assert.equal(await finish(), BACKLOG);
    await expire(3);
    await nextTurn();
    mock.timers.tick(EVERY);
    assert.equal(ended.length, 2);
    assert.equal(await finish(), 3);
    sweeper.close();
    await nextTurn();
    mock.timers.tick(2 * EVERY);
    assert.equal(ended.length, 2);
  });

  it('goes on after one that failed', async () => {
    let tries = 0;
    const warned: unknown[] = [];
    const store = {
      sweep: async () => {
        tries += 1;
        throw new Error('cut off');
      },
    };
    const sweeper = startSweeper(
      store,
      { warn: (about: unknown) => void warned.push(about) },
      EVERY,
    );
    mock.timers.tick(START);
    await nextTurn();
    mock.timers.tick(EVERY);
    await nextTurn();
    assert.deepEqual([tries, warned.length], [2, 2]);
    sweeper.close();
  });
});
