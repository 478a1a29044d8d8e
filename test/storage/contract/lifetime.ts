import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counters, hashed, notes, oneTimes } from '../kinds.ts';
import { hashOf, idsOf, numbers, type Setting } from './setting.ts';

export function expiry(bench: Setting): void {
  test('an expired document is not there, to any call', async () => {
    const { store, clock } = bench();
    const expiresAt = clock.now + 1;
    for (const id of ['a', 'b', 'c', 'd']) {
      await store.insert(notes, id, { text: 'old', owner: 'o' }, { expiresAt });
    }
    clock.now += 1;
    assert.equal(await store.get(notes, 'a'), undefined);
    assert.deepEqual(await store.getMany(notes, ['a', 'b']), new Map());
    assert.deepEqual(await store.find(notes, { index: 'owner', equals: 'o' }), { items: [] });
    assert.deepEqual(await store.scan(notes), { items: [] });
    assert.equal(await store.delete(notes, 'a'), false);
    assert.equal(await store.insert(notes, 'b', { text: 'new' }), true);
    const seen = await store.update(notes, 'c', (note) => ({ put: { text: 'new' }, result: note }));
    assert.equal(seen, undefined);
    await store.put(notes, 'd', { text: 'new' });
    clock.now += 1e12;
    for (const id of ['b', 'c', 'd']) assert.deepEqual(await store.get(notes, id), { text: 'new' });
  });

  test('it is there up to that millisecond', async () => {
    const { store, clock } = bench();
    await store.insert(notes, 'a', { text: '' }, { expiresAt: clock.now + 10 });
    const read = async () => [await store.get(notes, 'a'), await store.getMany(notes, ['a'])];
    clock.now += 9;
    assert.deepEqual(await read(), [{ text: '' }, new Map([['a', { text: '' }]])]);
    clock.now += 1;
    assert.deepEqual(await read(), [undefined, new Map()]);
  });

  test('put without an expiry takes it away; an update keeps it or sets another', async () => {
    const { store, clock } = bench();
    const at = clock.now + 10;
    for (const id of ['put', 'kept', 'set']) {
      await store.insert(notes, id, { text: '' }, { expiresAt: at });
    }
    await store.put(notes, 'put', { text: '' });
    await store.update(notes, 'kept', (note) => ({ put: note!, result: 0 }));
    await store.update(notes, 'set', (note) => ({ put: note!, expiresAt: at + 10, result: 0 }));
    clock.now = at;
    assert.ok(await store.get(notes, 'put'));
    assert.equal(await store.get(notes, 'kept'), undefined);
    assert.ok(await store.get(notes, 'set'));
    clock.now = at + 10;
    assert.equal(await store.get(notes, 'set'), undefined);
  });

  test('sweep removes what has expired and nothing else', async () => {
    const { store, clock } = bench();
    for (const n of numbers(30)) {
      const expires = n % 3 === 0 ? {} : { expiresAt: clock.now + (n % 3) * 10 };
      await store.insert(notes, `n${n}`, { text: '' }, expires);
      await store.insert(hashed, hashOf(`n${n}`), { text: '' }, expires);
    }
    assert.equal(await store.sweep(), 0);
    clock.now += 10;
    assert.equal(await store.sweep(), 20);
    assert.equal(await store.sweep(), 0);
    clock.now -= 10;
    assert.equal((await store.scan(notes)).items.length, 20);
    assert.equal((await store.scan(hashed)).items.length, 20);
  });

  test('sweep of a backlog rests after each slice, and others are served meanwhile', async () => {
    const { store, clock } = bench();
    const expiresAt = clock.now + 10;
    const many = numbers(2_500).map((n) =>
      store.insert(notes, `n${n}`, { text: '' }, n % 5 === 0 ? {} : { expiresAt }),
    );
    await Promise.all(many);
    clock.now += 10;
    let rests = 0;
    const told: number[] = [];
    const removed = await store.sweep(Infinity, async (left) => {
      rests += 1;
      told.push(left);
      assert.equal(await store.insert(hashed, hashOf(`r${rests}`), { text: '' }), true);
      assert.deepEqual(await store.get(notes, 'n5'), { text: '' });
    });
    assert.equal(removed, 2_000);
    assert.ok(rests >= 2, `${rests}`);
    const [first = 0] = told;
    assert.ok(first >= 1_000 && first < 2_000, `${first} are left after the first slice`);
    assert.deepEqual([told.at(-1), told], [0, told.toSorted((a, b) => b - a)]);
    assert.equal((await store.scan(notes, { limit: 5_000 })).items.length, 500);
    assert.equal((await store.scan(hashed, { limit: 5_000 })).items.length, rests);
  });

  test('closing ends a sweep that rests', async () => {
    const { store, clock, opened } = bench();
    const expiresAt = clock.now;
    const many = numbers(2_500).map((n) =>
      store.insert(notes, `n${n}`, { text: '' }, { expiresAt }),
    );
    await Promise.all(many);
    let closed: Promise<void> | undefined;
    const removed = await store.sweep(Infinity, async () => {
      closed ??= store.close();
    });
    await closed;
    assert.ok(removed > 0 && removed < 2_500, `${removed}`);
    const again = await opened.reopen();
    assert.equal(await again.sweep(Infinity), 2_500 - removed);
  });

  test('sweep removes no more than it is told of each kind', async () => {
    const { store, clock } = bench();
    const expiresAt = clock.now;
    for (const n of numbers(25)) await store.insert(notes, `${n}`, { text: '' }, { expiresAt });
    await store.insert(oneTimes, 'a', {}, { expiresAt });
    assert.deepEqual(
      [await store.sweep(10), await store.sweep(10), await store.sweep(10), await store.sweep(10)],
      [11, 10, 5, 0],
    );
  });
}

export function closing(bench: Setting): void {
  test('everything is there after reopening', async () => {
    const { store, opened, clock } = bench();
    await store.insert(notes, 'a', { text: 'x', owner: 'o', size: 3 });
    await store.insert(notes, 'b', { text: 'y' }, { expiresAt: clock.now + 10 });
    await store.insert(hashed, hashOf('a'), { text: 'z' });
    await store.take(counters, 'c', { max: 3 });
    const again = await opened.reopen();
    assert.deepEqual(await again.get(notes, 'a'), { text: 'x', owner: 'o', size: 3 });
    assert.deepEqual(idsOf(await again.find(notes, { index: 'size', from: 3 })), ['a']);
    assert.deepEqual(await again.get(hashed, hashOf('a')), { text: 'z' });
    assert.deepEqual(await again.take(counters, 'c', { max: 3 }), { taken: true, count: 2 });
    clock.now += 10;
    assert.equal(await again.get(notes, 'b'), undefined);
  });

  test('close waits for what was accepted; later calls reject', async () => {
    const { store, opened } = bench();
    const accepted = numbers(400).map((n) => store.insert(notes, `${n}`, { text: '' }));
    const closed = store.close();
    const late = [
      store.get(notes, '1'),
      store.getMany(notes, ['1']),
      store.getMany(notes, []),
      store.insert(notes, 'late', { text: '' }),
      store.put(notes, 'late', { text: '' }),
      store.update(notes, 'late', () => ({ put: { text: '' }, result: 0 })),
      store.take(counters, 'late', { max: 1 }),
      store.delete(notes, '1'),
      store.find(notes, { index: 'size' }),
      store.scan(notes),
      store.sweep(),
      store.ping(),
    ];
    for (const call of late) await assert.rejects(call, { name: 'StoreUnavailable' });
    await closed;
    assert.ok((await Promise.all(accepted)).every(Boolean));
    const again = await opened.reopen();
    assert.equal((await again.scan(notes, { limit: 500 })).items.length, 400);
  });

  test('close twice is close once', async () => {
    const { store } = bench();
    await Promise.all([store.close(), store.close()]);
    await store.close();
  });
}
