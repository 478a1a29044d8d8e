/** When the sweeper sweeps: soon after a start, all that there is, and again later, whatever failed. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { OPERATOR_ORIGIN } from '../../src/net/request-origin.ts';
import { auditCollection, newEvent } from '../../src/audit/event.ts';
import { claimSweep, expiredLeft, LEASE } from '../../src/server/sweep-lease.ts';
import { startSweeper } from '../../src/server/sweeper.ts';
import type { Rest, Store } from '../../src/storage/store.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const START = 30_000;
const EVERY = 300_000;
/** Milliseconds from one look to the next, about. */
const LOOK = 10_000;
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

/** Calls of the store that are not answered, and those of them that are sweeps at rest. */
let [asked, resting] = [0, 0];
const asking = <T>(call: Promise<T>): Promise<T> => {
  asked += 1;
  return call.finally(() => (asked -= 1));
};

/**
 * Time goes on, for timers, and for the clock unless the store is to answer first: it is a real one. Until it has, timers
 * go as time really does: those of a driver among them would say that it has waited for minutes.
 */
let last = performance.now();
function pass(milliseconds: number): void {
  if (asked === 0) fresh.clock.now += milliseconds;
  const passed = Math.floor(performance.now() - last);
  last += passed;
  mock.timers.tick(asked > resting ? passed : milliseconds);
}

const update: Store['update'] = (kind, id, change) => asking(fresh.store.update(kind, id, change));

/** A process that sweeps, and what came of each of its sweeps; the clock goes on until the last has ended. */
function newProcess({ rested = async () => {} }: { rested?: () => Promise<void> } = {}) {
  const ended: Promise<number>[] = [];
  const swept: number[] = [];
  const sweep = (limit?: number, rest?: Rest): Promise<number> => {
    const sweeping = asking(
      fresh.store.sweep(limit, async (left) => {
        resting += 1;
        await rest?.(left);
        resting -= 1;
        await rested();
      }),
    );
    ended.push(sweeping);
    return sweeping;
  };
  const store = { sweep, update };
  const warned: unknown[] = [];
  const log = { warn: (about: unknown) => void warned.push(about) };
  const parts = { store, log, now: () => fresh.clock.now, swept: (n: number) => swept.push(n) };
  return { sweeper: startSweeper(parts, EVERY), ended, swept, warned };
}

/** Lets time pass until that is so. */
async function until(isSo: () => boolean | Promise<boolean>, step = 10): Promise<number> {
  const begun = fresh.clock.now;
  while (!(await isSo())) {
    pass(step);
    await nextTurn();
  }
  return fresh.clock.now - begun;
}

/** A store that was too busy for a look is looked at again with the next one. */
function assertInTime(passed: number, most: number, failed: readonly unknown[]): void {
  assert.ok(passed <= most + LOOK * failed.length, `${passed} ms, ${failed.length} failed`);
}

describe('the sweeper', () => {
  it('begins within half a minute of the start, and again when it is time', async () => {
    await expire(BACKLOG);
    const { sweeper, ended, swept, warned } = newProcess();
    pass(2_000);
    assert.equal(ended.length, 0, 'not while the others start');
    assertInTime(await until(() => swept.length === 1), START, warned);
    assert.deepEqual(swept, [BACKLOG]);
    await expire(3);
    assertInTime(await until(() => swept.length === 2, 1_000), EVERY + LOOK, warned);
    assert.deepEqual(swept, [BACKLOG, 3]);
    sweeper.close();
    await nextTurn();
    pass(2 * EVERY);
    assert.equal(ended.length, 2);
  });

  it('says how much is left', async () => {
    await expire(BACKLOG);
    const seen = new Set<number | undefined>();
    const rested = async (): Promise<void> => {
      fresh.clock.now += LEASE / 2;
      seen.add(await expiredLeft(fresh.store));
    };
    const { sweeper, swept } = newProcess({ rested });
    await until(() => swept.length === 1);
    assert.ok(
      [...seen].some((left = 0) => left > 0 && left < BACKLOG),
      [...seen].join(),
    );
    await until(async () => (await expiredLeft(fresh.store)) === 0);
    sweeper.close();
  });

  it('is one for all processes', async () => {
    await expire(BACKLOG);
    const all = [newProcess(), newProcess(), newProcess()];
    const swept = (): number[] => all.flatMap((one) => one.swept);
    await until(() => swept().length === 1);
    await expire(5);
    await until(() => swept().length === 2, 1_000);
    assert.deepEqual(new Set(swept()), new Set([BACKLOG, 5]));
    assert.equal(all.flatMap((one) => one.ended).length, 2);
    for (const { sweeper } of all) sweeper.close();
  });

  it('is taken over, from one that was killed within half a minute, and from one that stood still', async () => {
    await expire(BACKLOG);
    const dead = { by: 'dead', now: fresh.clock.now, since: 0 };
    assert.equal(await claimSweep(fresh.store, dead), true);
    const stands = newProcess({
      rested: async () => {
        fresh.clock.now += 2 * LEASE;
        const other = { by: 'other', now: fresh.clock.now, since: 0 };
        assert.equal(await claimSweep(fresh.store, other), true);
      },
    });
    assertInTime(await until(() => stands.ended.length === 1), START, stands.warned);
    await assert.rejects(Promise.race([stands.ended[0], until(() => false)]), /stood still/u);
    stands.sweeper.close();
  });

  it('is not kept waiting by a clock that was set back', async () => {
    const ahead = fresh.clock.now + 86_400_000;
    await claimSweep(fresh.store, { by: 'dead', now: ahead, since: 0 });
    await expire(2);
    const { sweeper, swept, warned } = newProcess();
    assertInTime(await until(() => swept.length === 1), START, warned);
    sweeper.close();
  });

  it('goes on after one that failed', async () => {
    let tries = 0;
    const warned: unknown[] = [];
    const log = { warn: (about: unknown) => void warned.push(about) };
    const sweep = async (): Promise<never> => {
      tries += 1;
      throw new Error('cut off');
    };
    const sweeper = startSweeper(
      { store: { sweep, update }, log, now: () => fresh.clock.now },
      EVERY,
    );
    assertInTime(await until(() => tries === 2), START, warned);
    assert.ok(warned.length >= 1);
    sweeper.close();
  });
});
