import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CODE_RULE,
  PASSWORD_RULE,
  clearAttempts,
  returnAttempt,
  suspensionToTell,
  takeAttempt,
} from '../../src/factors/attempts.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const NOW = 4_000_000_000_000;

describe('attempts', () => {
  let parts: FreshStore;
  before(async () => {
    parts = await openFreshStore(NOW);
  });
  after(() => parts.close());

  it('five are free, then the wait doubles from 30 s to an hour', async () => {
    const waits: number[] = [];
    let now = NOW;
    for (let failure = 1; failure <= 9; failure += 1) {
      assert.deepEqual(await takeAttempt(parts.store, 'ladder', CODE_RULE, now), {
        taken: true,
        failures: failure,
      });
      if (failure < 5) continue;
      const refused = await takeAttempt(parts.store, 'ladder', CODE_RULE, now);
      const seconds = 'seconds' in refused ? refused.seconds : 0;
      waits.push(seconds);
      now += seconds * 1000;
    }
    assert.deepEqual(waits, [30, 60, 120, 240, 480]);
    assert.equal(CODE_RULE.pause(30), 3_600_000);
  });

  it('while nobody has to wait, a clock that is a little behind has to wait neither', async () => {
    for (let failure = 1; failure <= 4; failure += 1) {
      const behind = NOW - failure * 10;
      assert.ok((await takeAttempt(parts.store, 'two clocks', CODE_RULE, behind)).taken);
    }
  });

  it('an attempt during a wait is not counted and does not lengthen it', async () => {
    for (let count = 0; count < 5; count += 1)
      await takeAttempt(parts.store, 'during', CODE_RULE, NOW);
    for (let count = 0; count < 20; count += 1) {
      const refused = await takeAttempt(parts.store, 'during', CODE_RULE, NOW + 10_000);
      assert.deepEqual(refused, { taken: false, reason: 'wait', seconds: 20 });
    }
    assert.deepEqual(await takeAttempt(parts.store, 'during', CODE_RULE, NOW + 30_000), {
      taken: true,
      failures: 6,
    });
  });

  it('of 200 guesses at once, five are evaluated', async () => {
    const guesses = Array.from({ length: 200 }, () =>
      takeAttempt(parts.store, 'flood', CODE_RULE, NOW),
    );
    const taken = (await Promise.all(guesses)).filter((guess) => guess.taken);
    assert.equal(taken.length, 5);
  });

  it('six-digit codes are suspended at 50 failures; a proof before that starts anew', async () => {
    let now = NOW;
    for (let count = 0; count < 50; count += 1) {
      assert.ok((await takeAttempt(parts.store, 'fifty', CODE_RULE, now)).taken);
      now += 3_600_000;
    }
    assert.deepEqual(await takeAttempt(parts.store, 'fifty', CODE_RULE, now), {
      taken: false,
      reason: 'suspended',
    });
    await clearAttempts(parts.store, 'fifty');
    assert.ok((await takeAttempt(parts.store, 'fifty', CODE_RULE, now)).taken);
  });

  it('a try that is given back makes nobody wait, and leaves those before it', async () => {
    const take = (now: number) => takeAttempt(parts.store, 'given back', PASSWORD_RULE, now);
    for (let count = 0; count < 4; count += 1) await take(NOW);
    const fifth = await take(NOW);
    assert.ok(fifth.taken);
    assert.equal((await take(NOW)).taken, false);
    await returnAttempt(parts.store, 'given back', fifth.failures);
    assert.deepEqual(await take(NOW), { taken: true, failures: 5 });
    // Somebody was taken after it, and has made a wait of their own: that stays.
    await returnAttempt(parts.store, 'given back', 4);
    assert.equal((await take(NOW)).taken, false);
    assert.deepEqual(await take(NOW + 1000), { taken: true, failures: 5 });
    await returnAttempt(parts.store, 'nobody has tried', 1);
    assert.deepEqual(await takeAttempt(parts.store, 'nobody has tried', CODE_RULE, NOW), {
      taken: true,
      failures: 1,
    });
  });

  it('a suspension is to be told once, of many at once too, and again after it was lifted', async () => {
    const tell = () => suspensionToTell(parts.store, 'told', { ...CODE_RULE, suspendAt: 3 });
    for (const round of ['first', 'after it was lifted']) {
      for (let count = 0; count < 3; count += 1) {
        assert.equal(await tell(), false, round);
        await takeAttempt(parts.store, 'told', CODE_RULE, NOW);
      }
      const told = await Promise.all(Array.from({ length: 50 }, tell));
      assert.equal(told.filter(Boolean).length, 1, round);
      await clearAttempts(parts.store, 'told');
    }
  });

  it('passwords wait 60 s at most, and are never suspended', () => {
    assert.equal(PASSWORD_RULE.pause(4), 0);
    assert.equal(PASSWORD_RULE.pause(5), 1000);
    assert.equal(PASSWORD_RULE.pause(500), 60_000);
    assert.equal(PASSWORD_RULE.suspendAt, Infinity);
  });
});
