import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  isKnown,
  knownComputerCollection,
  knownFrom,
  remember,
} from '../../src/devices/known-computer.ts';
import type { Level } from '../../src/records/proof.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const NOW = 4_000_000_000_000;
const DAY = 86_400_000;

describe('a known computer', () => {
  let parts: FreshStore;
  before(async () => {
    parts = await openFreshStore(NOW);
  });
  after(() => parts.close());

  const seen = (person: string, browser: string, now = NOW) =>
    remember(parts, { person, browser, name: 'Firefox', now });

  it('is new once: of fifty sign-ins at once exactly one is told so', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => seen('p1', 'laptop')));
    assert.equal(all.filter(({ isNew }) => isNew).length, 1);
    assert.deepEqual(await seen('p1', 'laptop'), { isNew: false });
    assert.deepEqual(await seen('p1', 'laptop', NOW + 2 * DAY), { isNew: false });
  });

  it('is one person’s and one browser’s', async () => {
    await seen('p2', 'laptop');
    assert.ok(await isKnown(parts, 'p2', 'laptop'));
    assert.ok(!(await isKnown(parts, 'p2', 'phone')));
    assert.ok(!(await isKnown(parts, 'p3', 'laptop')));
    assert.ok(!(await isKnown(parts, 'p2 lap', 'top')));
    assert.deepEqual(await seen('p3', 'laptop'), { isNew: true });
  });

  it('is known from the strongest that was proven there, on whatever day', async () => {
    const prove = (level: Level, days = 0) =>
      remember(parts, {
        person: 'p5',
        browser: 'laptop',
        name: 'Firefox',
        now: NOW + days * DAY,
        level,
      });
    const known = () => knownFrom(parts, 'p5', 'laptop');
    assert.equal(await known(), undefined);
    assert.deepEqual(await prove('email'), { isNew: true });
    assert.equal(await known(), 'email');
    assert.deepEqual(await prove('mfa'), { isNew: false });
    assert.equal(await known(), 'mfa');
    for (const days of [0, 2]) await prove('trusted', days);
    assert.equal(await known(), 'mfa');
  });

  it('that the version before has remembered is known as it was', async () => {
    await seen('p6', 'laptop');
    const { items } = await parts.store.scan(knownComputerCollection, { limit: 1000 });
    const mine = items.find(({ value }) => value.person === 'p6');
    assert.ok(mine);
    const { level: _, ...before_ } = mine.value;
    await parts.store.put(knownComputerCollection, mine.id, before_);
    await seen('p6', 'laptop', NOW + 2 * DAY);
    assert.equal(await knownFrom(parts, 'p6', 'laptop'), 'phr');
  });

  it('stays known while it is used, and is forgotten 400 days after that', async () => {
    await seen('p4', 'laptop');
    for (const days of [300, 600]) {
      parts.clock.now = NOW + days * DAY;
      assert.deepEqual(await seen('p4', 'laptop', parts.clock.now), { isNew: false });
    }
    parts.clock.now = NOW + 999 * DAY;
    assert.ok(await isKnown(parts, 'p4', 'laptop'));
    parts.clock.now = NOW + 1000 * DAY;
    assert.ok(!(await isKnown(parts, 'p4', 'laptop')));
    assert.deepEqual(await seen('p4', 'laptop', parts.clock.now), { isNew: true });
  });
});
