import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CODE_RULE,
  PASSWORD_RULE,
  attemptsCollection,
  changeAttempts,
  codeCounter,
  countAttempts,
  emailCodeCounter,
  failuresOf,
  forgiving,
  looksClosed,
  readAttempts,
  returning,
  suspensionToTell,
  takeAttempt,
  takeKnown,
  totpCounter,
  type AttemptRule,
} from '../../src/throttling/attempts.ts';
import { clearAllAttempts } from '../../src/throttling/clear-attempts.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const NOW = 4_000_000_000_000;

describe('attempts', () => {
  let parts: FreshStore;
  before(async () => {
    parts = await openFreshStore(NOW);
  });
  after(() => parts.close());

  const change = async (id: string, decide: ReturnType<typeof returning>): Promise<void> => {
    const { earlier } = (await readAttempts(parts.store, [id]))(id);
    await changeAttempts(parts.store, id, earlier, decide);
  };
  const forgive = (id: string, rule: AttemptRule, failures: number, now: number) =>
    change(id, forgiving(rule, failures, now));
  const giveBack = (id: string, failures: number) => change(id, returning(failures));

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
    await forgive('fifty', CODE_RULE, 50, now);
    assert.ok((await takeAttempt(parts.store, 'fifty', CODE_RULE, now)).taken);
  });

  it('a try that is given back makes nobody wait, and leaves those before it', async () => {
    const take = (now: number) => takeAttempt(parts.store, 'given back', PASSWORD_RULE, now);
    for (let count = 0; count < 4; count += 1) await take(NOW);
    const fifth = await take(NOW);
    assert.ok(fifth.taken);
    assert.equal((await take(NOW)).taken, false);
    await giveBack('given back', fifth.failures);
    assert.deepEqual(await take(NOW), { taken: true, failures: 5 });
    // Somebody was taken after it, and has made a wait of their own: that stays.
    await giveBack('given back', 4);
    assert.equal((await take(NOW)).taken, false);
    assert.deepEqual(await take(NOW + 1000), { taken: true, failures: 5 });
    await giveBack('nobody has tried', 1);
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
      await forgive('told', { ...CODE_RULE, suspendAt: 3 }, 3, NOW);
    }
  });

  it('a proof takes away the failures that were there when its try was taken, and no later ones', async () => {
    const take = (now: number) => takeAttempt(parts.store, 'proof', CODE_RULE, now);
    for (let count = 0; count < 3; count += 1) await take(NOW);
    const right = await take(NOW);
    assert.ok(right.taken);
    // Guessed while the right one was compared: the fifth makes everybody wait.
    assert.ok((await take(NOW)).taken);
    await forgive('proof', CODE_RULE, right.failures, NOW);
    for (let failure = 2; failure <= 5; failure += 1)
      assert.deepEqual(await take(NOW), { taken: true, failures: failure });
    assert.equal((await take(NOW)).taken, false);
  });

  it('of a proof of which all failures were there nothing is kept', async () => {
    const { store } = parts;
    const taken = await takeAttempt(store, 'kept', CODE_RULE, NOW);
    assert.ok(taken.taken && (await store.get(attemptsCollection, 'kept')));
    await forgive('kept', CODE_RULE, taken.failures, NOW);
    assert.equal(await store.get(attemptsCollection, 'kept'), undefined);
  });

  describe('that were read a moment ago', () => {
    const counter = (id: string) => ({ id, rule: CODE_RULE });
    const read = async (id: string) => (await readAttempts(parts.store, [id]))(id);

    it('tell whether a try would be refused, and how many failures there are', async () => {
      const looks = async () => {
        const known = await read('looks');
        return [failuresOf(known), looksClosed(known, CODE_RULE, NOW)];
      };
      assert.deepEqual(await looks(), [0, false]);
      for (let count = 0; count < 5; count += 1)
        await takeAttempt(parts.store, 'looks', CODE_RULE, NOW);
      assert.deepEqual(await looks(), [5, true]);
      assert.equal(looksClosed(await read('looks'), CODE_RULE, NOW + 30_000), false);
      assert.equal(
        looksClosed(await read('looks'), { ...CODE_RULE, suspendAt: 5 }, Infinity),
        true,
      );
    });

    it('are taken as they are by now, whatever was read', async () => {
      const nothing = await read('stale');
      const one = () => takeKnown(parts.store, counter('stale'), nothing, NOW);
      const taken = await Promise.all(Array.from({ length: 50 }, one));
      assert.equal(taken.filter((each) => each.taken).length, 5);
      assert.equal(failuresOf(await read('stale')), 5);
    });

    it('are forgotten after their time, also those that were taken first', async () => {
      const id = 'forgotten';
      const known = await read(id);
      await takeKnown(parts.store, { id, rule: PASSWORD_RULE }, known, NOW);
      const kept = await parts.store.scan(attemptsCollection, { limit: 1000 });
      const { expiresAt } = kept.items.find((entry) => entry.id === id) ?? {};
      assert.equal(expiresAt, NOW + 24 * 3600_000);
    });

    it('count what the version before has counted', async () => {
      const whose = { person: 'p7', known: undefined };
      for (let count = 0; count < 4; count += 1)
        await takeAttempt(parts.store, codeCounter(whose), CODE_RULE, NOW);
      const id = totpCounter(whose);
      const known = await read(id);
      assert.equal(failuresOf(known), 4);
      const taken = await takeKnown(parts.store, counter(id), known, NOW);
      assert.deepEqual(taken, { taken: true, failures: 5 });
    });
  });

  describe('of six-digit codes that the version before counted together', () => {
    const of = (person: string) => {
      const whose = { person, known: undefined };
      const [totp, email] = [totpCounter(whose), emailCodeCounter(whose)];
      return { earlier: codeCounter(whose), totp, email };
    };
    const take = (id: string, now = NOW) => takeAttempt(parts.store, id, CODE_RULE, now);

    it('count for either kind: nobody gets fresh tries by an upgrade', async () => {
      const { earlier, totp, email } = of('p1');
      for (let count = 0; count < 4; count += 1) await take(earlier);
      for (const id of [totp, email]) {
        assert.deepEqual(await take(id), { taken: true, failures: 5 });
        assert.deepEqual(await take(id), { taken: false, reason: 'wait', seconds: 30 });
      }
      // A process of that version still runs beside the new one.
      await take(earlier);
      assert.equal(await countAttempts(parts.store, totp), 6);
    });

    it('a wait or a suspension goes on, and is not told again', async () => {
      const { earlier, totp, email } = of('p2');
      const before_ = { failures: 50, waitUntil: 0, told: true, owner: 'p2' };
      await parts.store.put(attemptsCollection, earlier, before_);
      for (const id of [totp, email]) {
        assert.deepEqual(await take(id), { taken: false, reason: 'suspended' });
        assert.equal(await suspensionToTell(parts.store, id, CODE_RULE), false);
      }
      const waiting = of('p3');
      for (let count = 0; count < 5; count += 1) await take(waiting.earlier);
      assert.deepEqual(await take(waiting.totp), { taken: false, reason: 'wait', seconds: 30 });
    });

    it('go with a proof, each kind on its own, and do not come back', async () => {
      const { earlier, totp, email } = of('p4');
      for (let count = 0; count < 3; count += 1) await take(earlier);
      const right = await take(email);
      assert.ok(right.taken);
      await forgive(email, CODE_RULE, right.failures, NOW);
      assert.deepEqual(await take(email), { taken: true, failures: 1 });
      assert.deepEqual(await take(totp), { taken: true, failures: 4 });
    });

    it('go when an administrator lifts all, as those of every counter do', async () => {
      const { earlier, totp, email } = of('p5');
      for (const id of [earlier, earlier, totp, email]) await take(id);
      await clearAllAttempts(parts.store, 'p5');
      for (const id of [totp, email]) assert.equal(await countAttempts(parts.store, id), 0);
    });

    it('are found and lifted, too, where nothing was added to them', async () => {
      const { earlier, totp, email } = of('p6');
      // Suspended, and its process was killed before it could tell.
      const before_ = { failures: 50, waitUntil: NOW + 9_000_000, owner: 'p6' };
      await parts.store.put(attemptsCollection, earlier, before_);
      assert.ok(await suspensionToTell(parts.store, totp, CODE_RULE));
      // And one that a clock has made wait for too long: what is left of that is written down.
      await parts.store.put(attemptsCollection, earlier, { ...before_, failures: 6 });
      assert.ok(!(await take(email)).taken);
      await clearAllAttempts(parts.store, 'p6');
      for (const id of [totp, email]) {
        assert.equal(await countAttempts(parts.store, id), 0);
        assert.deepEqual(await take(id), { taken: true, failures: 1 });
      }
    });
  });

  it('passwords wait 60 s at most, and are never suspended', () => {
    assert.equal(PASSWORD_RULE.pause(4), 0);
    assert.equal(PASSWORD_RULE.pause(5), 1000);
    assert.equal(PASSWORD_RULE.pause(500), 60_000);
    assert.equal(PASSWORD_RULE.suspendAt, Infinity);
  });
});
