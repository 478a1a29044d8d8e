import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counters, notes, type Note } from '../kinds.ts';
import { numbers, type Setting } from './setting.ts';

export function updates(bench: Setting): void {
  test('sees undefined where there is nothing, and can create', async () => {
    const { store } = bench();
    const seen = await store.update(notes, 'a', (note) => ({ put: { text: 'new' }, result: note }));
    assert.equal(seen, undefined);
    assert.deepEqual(await store.get(notes, 'a'), { text: 'new' });
  });

  test('sees the document and replaces it', async () => {
    const { store } = bench();
    await store.insert(notes, 'a', { text: 'old', owner: 'o' });
    const result = await store.update(notes, 'a', (note) => ({
      put: { text: 'new' },
      result: `was ${note?.text}`,
    }));
    assert.equal(result, 'was old');
    assert.deepEqual(await store.get(notes, 'a'), { text: 'new' });
    assert.deepEqual((await store.find(notes, { index: 'owner', equals: 'o' })).items, []);
  });

  test('may change what it is given and put that', async () => {
    const { store } = bench();
    await store.insert(notes, 'a', { text: 'old', owner: 'o', size: 1 });
    await store.update(notes, 'a', (note) => {
      Object.assign(note!, { owner: 'p' });
      return { put: note!, result: undefined };
    });
    assert.deepEqual((await store.find(notes, { index: 'owner', equals: 'o' })).items, []);
    const moved = await store.find(notes, { index: 'owner', equals: 'p' });
    assert.deepEqual(moved.items, [{ id: 'a', value: { text: 'old', owner: 'p', size: 1 } }]);
    assert.equal((await store.find(notes, { index: 'size', equals: 1 })).items.length, 1);
  });

  test('removes', async () => {
    const { store } = bench();
    await store.insert(notes, 'a', { text: 'old' });
    const remove = (note: Note | undefined) => ({ remove: true as const, result: note?.text });
    assert.equal(await store.update(notes, 'a', remove), 'old');
    assert.equal(await store.update(notes, 'a', remove), undefined);
    assert.equal(await store.get(notes, 'a'), undefined);
  });

  test('leaves it as it is', async () => {
    const { store } = bench();
    await store.insert(notes, 'a', { text: 'old' });
    const result = await store.update(notes, 'a', (note) => {
      note!.text = 'changed in the copy only';
      return { result: 7 };
    });
    assert.equal(result, 7);
    assert.deepEqual(await store.get(notes, 'a'), { text: 'old' });
  });

  test('what it throws rejects it alone and writes nothing', async () => {
    const { store } = bench();
    await store.insert(notes, 'a', { text: 'old' });
    const refusal = new Error('no');
    const before = store.put(notes, 'before', { text: '' });
    const refused = store.update(notes, 'a', () => {
      throw refusal;
    });
    const loop: Note & { self?: unknown } = { text: '' };
    loop.self = loop;
    const unwritable = store.update(notes, 'a', () => ({ put: loop, result: 1 }));
    const after = store.update(notes, 'a', (note) => ({ result: note?.text }));
    await assert.rejects(refused, refusal);
    await assert.rejects(unwritable, TypeError);
    await before;
    assert.equal(await after, 'old');
    assert.deepEqual(await store.get(notes, 'before'), { text: '' });
  });

  test('what is asked for together is done in that order', async () => {
    const { store } = bench();
    const read = (note: Note | undefined) => ({ result: note?.text });
    const results = await Promise.all([
      store.update(notes, 'a', read),
      store.insert(notes, 'a', { text: '1' }),
      store.update(notes, 'a', read),
      store.put(notes, 'a', { text: '2' }),
      store.update(notes, 'a', read),
      store.delete(notes, 'a'),
      store.update(notes, 'a', read),
    ]);
    assert.deepEqual(results, [undefined, true, '1', undefined, '2', true, undefined]);
  });
}

export function takes(bench: Setting): void {
  test('counts up to the bound and no further', async () => {
    const { store } = bench();
    const results = [];
    for (let n = 0; n < 4; n++) results.push(await store.take(counters, 'a', { max: 2 }));
    assert.deepEqual(results, [
      { taken: true, count: 1 },
      { taken: true, count: 2 },
      { taken: false, count: 2 },
      { taken: false, count: 2 },
    ]);
    assert.deepEqual(await store.get(counters, 'a'), { count: 2 });
  });

  test('a bound of none takes nothing and writes nothing', async () => {
    const { store } = bench();
    assert.deepEqual(await store.take(counters, 'a', { max: 0 }), { taken: false, count: 0 });
    assert.equal(await store.get(counters, 'a'), undefined);
  });

  test('a lower bound than before leaves the count', async () => {
    const { store } = bench();
    for (let n = 0; n < 3; n++) await store.take(counters, 'a', { max: 3 });
    assert.deepEqual(await store.take(counters, 'a', { max: 2 }), { taken: false, count: 3 });
    assert.deepEqual(await store.take(counters, 'a', { max: 4 }), { taken: true, count: 4 });
  });

  test('the expiry counts from the first take', async () => {
    const { store, clock } = bench();
    const take = () => store.take(counters, 'a', { max: 2, expiresAt: clock.now + 1_000 });
    await take();
    clock.now += 999;
    assert.deepEqual(await take(), { taken: true, count: 2 });
    assert.deepEqual(await take(), { taken: false, count: 2 });
    clock.now += 1;
    assert.deepEqual(await take(), { taken: true, count: 1 });
  });
}

export function manyAtOnce(bench: Setting): void {
  test('50 updates of one document lose none', async () => {
    const { store } = bench();
    const add = () =>
      store.update(counters, 'a', (counter) => {
        const count = (counter?.count ?? 0) + 1;
        return { put: { count }, result: count };
      });
    const results = await Promise.all(numbers(50).map(add));
    assert.deepEqual(
      results.toSorted((a, b) => a - b),
      numbers(50).map((n) => n + 1),
    );
  });

  test('of 50 inserts of one id, one creates', async () => {
    const { store } = bench();
    const results = await Promise.all(
      numbers(50).map((n) => store.insert(notes, 'a', { text: `${n}` })),
    );
    assert.equal(results.filter(Boolean).length, 1);
    assert.equal((await store.get(notes, 'a'))?.text, `${results.indexOf(true)}`);
  });

  test('of 50 takes, as many as the bound', async () => {
    const { store } = bench();
    const results = await Promise.all(
      numbers(50).map(() => store.take(counters, 'a', { max: 13 })),
    );
    assert.equal(results.filter((result) => result.taken).length, 13);
    assert.deepEqual(await store.get(counters, 'a'), { count: 13 });
  });

  test('thousands of writes at once are all done', async () => {
    const { store } = bench();
    await Promise.all(
      numbers(3_000).map((n) => store.insert(notes, `${n}`, { text: '', size: n })),
    );
    const all = await store.scan(notes, { limit: 3_001 });
    assert.equal(all.items.length, 3_000);
  });
}
