/** Of all processes one looks for what others have left behind; another goes on when it ends or is killed. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sweepingCollection } from '../../../src/server/sweep-lease.ts';
import { createLookout, LOOKS_FOR, type Lookout } from '../../../src/server/watch/left-behind.ts';
import { openFreshStore, type FreshStore } from '../../support/fresh-store.ts';
import { noteWrites } from '../../support/watched-store.ts';

let fresh: FreshStore;
let first: Lookout;
let second: Lookout;
beforeEach(async () => {
  fresh = await openFreshStore();
  first = createLookout(fresh.store, () => fresh.clock.now);
  second = createLookout(fresh.store, () => fresh.clock.now);
});
afterEach(() => fresh.close());

/** Whose turn it is by now, when both ask. */
const turns = async (): Promise<boolean[]> => [await first.isMine(), await second.isMine()];
const pass = (milliseconds: number): void => void (fresh.clock.now += milliseconds);

describe('what is left behind is looked for', () => {
  it('by each process once, and by one from then on', async () => {
    assert.deepEqual(await turns(), [true, true]);
    for (let look = 0; look < 20; look += 1) {
      pass(2_000);
      assert.deepEqual(await turns(), [true, false]);
    }
  });

  it('by another as soon as the one that did has ended', async () => {
    await turns();
    await first.leave();
    assert.equal(await second.isMine(), true);
    assert.equal(await first.isMine(), false);
  });

  it('by another when the one that did was killed, and not before', async () => {
    await turns();
    pass(LOOKS_FOR - 1);
    assert.equal(await second.isMine(), false);
    pass(1);
    assert.deepEqual([await second.isMine(), await first.isMine()], [true, false]);
  });

  it('by whoever the document of a version names that had a sweep’s fields in it', async () => {
    const before = { by: 'before', until: fresh.clock.now + LOOKS_FOR, left: 0, endedAt: 0 };
    await fresh.store.put(sweepingCollection, 'look', before);
    assert.deepEqual(
      [await turns(), await turns()],
      [
        [true, true],
        [false, false],
      ],
    );
    pass(LOOKS_FOR);
    assert.deepEqual(await turns(), [true, false]);
  });

  it('by the same one after one that looks no more has ended too', async () => {
    await turns();
    await second.leave();
    assert.deepEqual(await turns(), [true, false]);
  });

  it('by somebody where the clock was set back', async () => {
    await turns();
    pass(-3_600_000);
    assert.deepEqual([await second.isMine(), await first.isMine()], [true, false]);
  });

  it('by one of many that ask at the same moment', async () => {
    const many = Array.from({ length: 20 }, () =>
      createLookout(fresh.store, () => fresh.clock.now),
    );
    const ask = () => Promise.all(many.map((one) => one.isMine()));
    // Each has its first look.
    assert.deepEqual(new Set(await ask()), new Set([true]));
    assert.equal((await ask()).filter(Boolean).length, 1);
  });

  it('without a write at each look', async () => {
    await turns();
    const writes: string[] = [];
    const stop = noteWrites(fresh.store, (verb, name) => writes.push(`${verb} ${name}`));
    for (let look = 0; look < 10; look += 1) {
      pass(2_000);
      await turns();
    }
    stop();
    assert.ok(writes.length <= 4, `${writes.length}`);
    const kept = await fresh.store.get(sweepingCollection, 'look');
    assert.deepEqual(Object.keys(kept ?? {}), ['by', 'until'], 'nothing of a sweep');
  });
});
