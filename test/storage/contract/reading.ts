import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notes } from '../kinds.ts';
import { allPages, idsOf, numbers, type Setting } from './setting.ts';

export function finds(bench: Setting): void {
  const fill = async (sizes: (number | undefined)[], owner = 'o'): Promise<void> => {
    for (const [n, size] of sizes.entries()) {
      const note = size === undefined ? { text: '', owner } : { text: '', owner, size };
      await bench().store.insert(notes, `${owner}${n}`, note);
    }
  };

  test('equality, on text and numbers, without those left out of the index', async () => {
    const { store } = bench();
    await fill([5, 3, undefined, 5]);
    await fill([5], 'p');
    const of = async (query: object) => idsOf(await store.find(notes, { index: 'size', ...query }));
    assert.deepEqual((await of({ equals: 5 })).toSorted(), ['o0', 'o3', 'p0']);
    assert.deepEqual(await of({ equals: 4 }), []);
    assert.deepEqual(await of({}), ['o1', ...(await of({ equals: 5 }))]);
    const owned = await store.find(notes, { index: 'owner', equals: 'p' });
    assert.deepEqual(owned.items, [{ id: 'p0', value: { text: '', owner: 'p', size: 5 } }]);
  });

  test('a range holds its lower end and not its upper, in order of the value', async () => {
    const { store } = bench();
    await fill([30, -1.5, 20, 10, 40]);
    const sizes = async (query: object) => {
      const { items } = await store.find(notes, { index: 'size', ...query });
      return items.map((item) => item.value.size);
    };
    assert.deepEqual(await sizes({}), [-1.5, 10, 20, 30, 40]);
    assert.deepEqual(await sizes({ from: 20 }), [20, 30, 40]);
    assert.deepEqual(await sizes({ below: 20 }), [-1.5, 10]);
    assert.deepEqual(await sizes({ from: 10, below: 30 }), [10, 20]);
    assert.deepEqual(await sizes({ from: 30, below: 10 }), []);
    assert.deepEqual(await sizes({ from: 0, limit: 2 }), [10, 20]);
  });

  test('text is in order of its code points', async () => {
    const { store } = bench();
    const owners = ['Z', 'a', 'aa', 'b', 'é', '\uffee', '\u{1f511}'];
    for (const owner of owners.toReversed()) await store.insert(notes, owner, { text: '', owner });
    assert.deepEqual(idsOf(await store.find(notes, { index: 'owner' })), owners);
    const range = { index: 'owner', from: 'aa', below: '\uffee' };
    assert.deepEqual(idsOf(await store.find(notes, range)), ['aa', 'b', 'é']);
  });

  test('pages: each document once, in order, also among equal values', async () => {
    const { store } = bench();
    await fill([...numbers(10).map(() => 7), ...numbers(5), 8, 8, 9]);
    for (const query of [{}, { from: 1, below: 9 }, { equals: 7 }, { equals: 8 }]) {
      const all = await store.find(notes, { index: 'size', ...query });
      for (const limit of [1, 2, 3, 17, 18]) {
        const pages = await allPages((after) =>
          store.find(notes, { index: 'size', ...query, limit, after }),
        );
        assert.deepEqual(pages.flatMap(idsOf), idsOf(all));
        assert.ok(pages.every((page) => page.items.length <= limit));
        assert.equal(pages.length, Math.ceil(all.items.length / limit));
      }
    }
  });

  test('descending is the same the other way round, in pages too, also among equal values', async () => {
    const { store } = bench();
    await fill([...numbers(6).map(() => 7), ...numbers(5), 8, 8, undefined, 9]);
    for (const range of [{}, { from: 1, below: 9 }, { from: 7 }, { below: 7 }, { equals: 7 }]) {
      const query = { index: 'size', ...range };
      const turned = idsOf(await store.find(notes, query)).toReversed();
      for (const limit of [1, 2, 3, 14, 15]) {
        const pages = await allPages((after) =>
          store.find(notes, { ...query, descending: true, limit, after }),
        );
        assert.deepEqual(pages.flatMap(idsOf), turned, JSON.stringify(range));
        assert.equal(pages.length, Math.ceil(turned.length / limit));
      }
    }
    const newest = { index: 'owner', descending: true, limit: 1 };
    await fill([1], 'p');
    assert.deepEqual(idsOf(await store.find(notes, newest)), ['p0']);
  });

  test('a cursor goes with both directions: what lies on either side of its place', async () => {
    const { store } = bench();
    await fill([7, 7, 7, 3, 9, 1, 7]);
    for (const range of [{}, { from: 3, below: 9 }, { equals: 7 }]) {
      const query = { index: 'size', ...range };
      const all = idsOf(await store.find(notes, query));
      for (const limit of numbers(all.length - 1).map((n) => n + 1)) {
        const { next } = await store.find(notes, { ...query, limit });
        const back = await store.find(notes, { ...query, descending: true, after: next });
        assert.deepEqual(idsOf(back), all.slice(0, limit - 1).toReversed());
      }
    }
  });

  test('no cursor leads out of the range', async () => {
    const { store } = bench();
    await fill([1, 2, 3, 4], '\uffee');
    await fill([1, 2, 3, 4], '\u{1f511}');
    for (const descending of [false, true]) {
      const cursorOf = async (query: object): Promise<string | undefined> =>
        (await store.find(notes, { index: 'size', limit: 1, descending, ...query })).next;
      const one = await cursorOf({ equals: 1 });
      const three = await cursorOf({ equals: 3 });
      const key = await cursorOf({ index: 'owner', equals: '\u{1f511}' });
      for (const [range, after] of [
        [{ equals: 3 }, one],
        [{ from: 2 }, one],
        [{ below: 3 }, three],
        [{ from: 1 }, key],
        [{ index: 'owner', below: '\u{1f511}' }, key],
      ] as const) {
        const query = { index: 'size', ...range, after, descending };
        await assert.rejects(store.find(notes, query), RangeError, JSON.stringify(range));
      }
      await store.find(notes, { index: 'owner', from: '\uffee', after: key, descending });
    }
  });

  test('a hundred unless told', async () => {
    const { store } = bench();
    await Promise.all(
      numbers(101).map((n) => store.insert(notes, `${n}`, { text: '', owner: 'o', size: n })),
    );
    const first = await store.find(notes, { index: 'owner', equals: 'o' });
    assert.equal(first.items.length, 100);
    const second = await store.find(notes, { index: 'owner', equals: 'o', after: first.next });
    assert.equal(second.items.length, 1);
    assert.equal(second.next, undefined);
  });

  test('what makes no sense is refused', async () => {
    const { store } = bench();
    await assert.rejects(store.find(notes, { index: 'text' }), /no index "text"/);
    await assert.rejects(store.find(notes, { index: 'constructor' }), /no index/);
    await assert.rejects(store.find(notes, { index: 'size', limit: 0 }), RangeError);
    await assert.rejects(store.find(notes, { index: 'size', after: 'nonsense' }), RangeError);
    await assert.rejects(store.find(notes, { index: 'size', equals: 1, from: 1 }));
    await assert.rejects(store.scan(notes, { after: '!' }), RangeError);
  });
}

export function scans(bench: Setting): void {
  test('every document once, in pages', async () => {
    const { store } = bench();
    await Promise.all(numbers(23).map((n) => store.insert(notes, `${n}`, { text: `t${n}` })));
    const pages = await allPages((after) => store.scan(notes, { limit: 5, after }));
    assert.deepEqual(
      pages.map((page) => page.items.length),
      [5, 5, 5, 5, 3],
    );
    const items = pages.flatMap((page) => page.items);
    assert.equal(new Set(items.map((item) => item.id)).size, 23);
    assert.ok(items.every((item) => item.value.text === `t${item.id}`));
  });

  test('tells the expiry of those that have one', async () => {
    const { store, clock } = bench();
    const expiresAt = clock.now + 5;
    await store.insert(notes, 'a', { text: '' }, { expiresAt });
    await store.insert(notes, 'b', { text: '' });
    const { items } = await store.scan(notes);
    assert.deepEqual(
      items.toSorted((one, other) => one.id.localeCompare(other.id)),
      [
        { id: 'a', value: { text: '' }, expiresAt },
        { id: 'b', value: { text: '' } },
      ],
    );
  });

  test('what stays is seen once, though others come, change and go meanwhile', async () => {
    const { store } = bench();
    await Promise.all(numbers(40).map((n) => store.insert(notes, `${n}`, { text: '' })));
    let round = 0;
    const pages = await allPages(async (after) => {
      round++;
      await store.delete(notes, `${round * 4}`);
      await store.insert(notes, `new${round}`, { text: '' });
      await store.put(notes, `${round}`, { text: 'changed' });
      return store.scan(notes, { limit: 6, after });
    });
    const seen = pages.flatMap(idsOf);
    assert.equal(new Set(seen).size, seen.length);
    const gone = new Set(numbers(round + 1).map((n) => `${n * 4}`));
    const stayed = numbers(40)
      .map(String)
      .filter((id) => !gone.has(id));
    assert.deepEqual(
      stayed.filter((id) => !seen.includes(id)),
      [],
    );
  });
}
