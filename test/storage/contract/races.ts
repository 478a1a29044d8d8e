/** The promises of the storage port that only show between processes. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { after, before, test } from 'node:test';
import type { Opened, OpenNew } from './setting.ts';
import { contractKinds, counters, notes, oneTimes } from '../kinds.ts';
import { closeRacer, killWhileWriting, race, startRacer } from '../processes.ts';

/** Of each process in each round. */
const times = 50;
const rounds = Array.from({ length: 8 }, (_, n) => `round-${n}`);

export function races(openNew: OpenNew): void {
  let opened: Opened;
  let racers: ChildProcess[];
  before(async () => {
    opened = await openNew(contractKinds, { now: Date.now });
    racers = await Promise.all([startRacer(opened.options), startRacer(opened.options)]);
  });
  after(async () => {
    await Promise.all(racers.map(closeRacer)).finally(() => opened.remove());
  });

  test('of inserts of one id, one creates', async () => {
    for (const id of rounds) {
      const verdicts = await race(racers, 'insert', id, times);
      assert.equal(verdicts.length, 2 * times);
      assert.equal(verdicts.filter((won) => won === true).length, 1);
    }
  });

  test('a one-time thing is spent once', async () => {
    for (const id of rounds) {
      await opened.store.insert(oneTimes, id, {});
      const verdicts = await race(racers, 'spend', id, times);
      assert.equal(verdicts.filter((won) => won === true).length, 1);
      const spent = await opened.store.get(oneTimes, id);
      assert.ok(racers.some((racer) => String(racer.pid) === spent?.spentBy));
    }
  });

  test('takes keep to the bound', async () => {
    for (const id of rounds) {
      const verdicts = await race(racers, 'take', `take-${id}`, times);
      assert.equal(verdicts.filter((taken) => taken === true).length, 25);
      assert.deepEqual(await opened.store.get(counters, `take-${id}`), { count: 25 });
    }
  });

  test('no update is lost, and each sees another document', async () => {
    for (const id of rounds) {
      const verdicts = await race(racers, 'add', id, times);
      const sums = verdicts.map(Number).toSorted((a, b) => a - b);
      assert.deepEqual(
        sums,
        Array.from({ length: 2 * times }, (_, n) => n + 1),
      );
      assert.deepEqual(await opened.store.get(counters, id), { count: 2 * times });
    }
  });

  test('a killed process loses nothing it was promised, and holds nobody up', async () => {
    const told = await killWhileWriting(await startRacer(opened.options), 500);
    assert.ok(told.length >= 500);
    assert.equal(await opened.store.insert(notes, 'after the kill', { text: '' }), true);
    const store = await opened.reopen();
    for (const id of told) assert.deepEqual(await store.get(notes, id), { text: id });
  });
}
