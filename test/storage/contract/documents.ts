import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collection, type Collection } from '../../../src/storage/store.ts';
import { counters, hashed, notes, oneTimes, sharedNotes, type Note } from '../kinds.ts';
import { hashOf, numbers, type Setting } from './setting.ts';

export function oneDocument(bench: Setting): void {
  test('insert creates once', async () => {
    const { store } = bench();
    assert.equal(await store.insert(notes, 'a', { text: 'first' }), true);
    assert.equal(await store.insert(notes, 'a', { text: 'second' }), false);
    assert.deepEqual(await store.get(notes, 'a'), { text: 'first' });
  });

  test('put creates and replaces', async () => {
    const { store } = bench();
    await store.put(notes, 'a', { text: 'first', size: 1 });
    await store.put(notes, 'a', { text: 'second' });
    assert.deepEqual(await store.get(notes, 'a'), { text: 'second' });
  });

  test('get of nothing is undefined', async () => {
    assert.equal(await bench().store.get(notes, 'a'), undefined);
  });

  test('delete says whether there was one', async () => {
    const { store } = bench();
    await store.insert(notes, 'a', { text: '' });
    assert.equal(await store.delete(notes, 'a'), true);
    assert.equal(await store.delete(notes, 'a'), false);
    assert.equal(await store.get(notes, 'a'), undefined);
    assert.equal(await store.insert(notes, 'a', { text: 'again' }), true);
  });

  test('the same id in two kinds is two documents', async () => {
    const { store } = bench();
    await store.insert(notes, 'a', { text: 'note' });
    assert.equal(await store.insert(oneTimes, 'a', {}), true);
    await store.delete(oneTimes, 'a');
    assert.deepEqual(await store.get(notes, 'a'), { text: 'note' });
  });

  test('the value is taken when the call is made', async () => {
    const { store } = bench();
    const note = { text: 'then' };
    const inserted = store.insert(notes, 'a', note);
    const put = store.put(notes, 'b', note);
    note.text = 'later';
    await Promise.all([inserted, put]);
    assert.deepEqual(await store.get(notes, 'a'), { text: 'then' });
    assert.deepEqual(await store.get(notes, 'b'), { text: 'then' });
  });

  test('every read is a copy of its own', async () => {
    const { store } = bench();
    await store.insert(notes, 'a', { text: 'kept', owner: 'o' });
    const read = [
      await store.get(notes, 'a'),
      (await store.getMany(notes, ['a'])).get('a'),
      (await store.find(notes, { index: 'owner', equals: 'o' })).items[0]?.value,
      (await store.scan(notes)).items[0]?.value,
      await store.update(notes, 'a', (note) => ({ result: note })),
    ];
    for (const note of read) note!.text = 'changed';
    assert.deepEqual(await store.get(notes, 'a'), { text: 'kept', owner: 'o' });
  });

  test('what is shared is read as it is now, and what else is given of it may be changed', async () => {
    const { store } = bench();
    await store.insert(sharedNotes, 'a', { text: 'first', owner: 'o', tags: ['x'] });
    const read = async () => [
      (await store.get(sharedNotes, 'a'))?.text,
      (await store.getMany(sharedNotes, ['a'])).get('a')?.text,
    ];
    assert.deepEqual(await read(), ['first', 'first']);
    await store.put(sharedNotes, 'a', { text: 'second', owner: 'o', tags: ['x'] });
    assert.deepEqual(await read(), ['second', 'second']);
    await store.update(sharedNotes, 'a', (note) => {
      note!.text = 'third';
      note!.tags?.push('y');
      return { put: note!, result: undefined };
    });
    assert.deepEqual(await read(), ['third', 'third']);
    const owned = await store.find(sharedNotes, { index: 'owner', equals: 'o' });
    for (const { value } of [...owned.items, ...(await store.scan(sharedNotes)).items])
      value.tags?.push('z');
    const kept = { text: 'third', owner: 'o', tags: ['x', 'y'] };
    assert.deepEqual(await store.get(sharedNotes, 'a'), kept);
    await store.delete(sharedNotes, 'a');
    assert.deepEqual(await read(), [undefined, undefined]);
  });

  test('a kind that was not declared is refused', async () => {
    const other = collection<Note>('others');
    await assert.rejects(bench().store.get(other, 'a'), /others/);
    await assert.rejects(bench().store.getMany(other, []), /others/);
    await assert.rejects(bench().store.insert(other, 'a', { text: '' }), /others/);
  });

  test('ping', () => bench().store.ping());
}

export function manyById(bench: Setting): void {
  const entriesOf = async (...ids: string[]) => [...(await bench().store.getMany(notes, ids))];

  test('those that are there, in the order of the ids, each once', async () => {
    const { store } = bench();
    for (const id of ['a', 'b', 'c']) await store.insert(notes, id, { text: id });
    // Read and not read before make no difference.
    await store.get(notes, 'c');
    await store.get(notes, 'missing');
    const [a, b, c] = ['a', 'b', 'c'].map((id) => [id, { text: id }]);
    assert.deepEqual(await entriesOf('c', 'none', 'a', 'c', 'missing', 'b'), [c, a, b]);
    await store.put(notes, 'b', { text: 'anew' });
    await store.delete(notes, 'a');
    await store.insert(notes, 'none', { text: 'there' });
    const then = [
      ['a', 'none', 'b', 'c'],
      [['none', { text: 'there' }], ['b', { text: 'anew' }], c],
    ] as const;
    assert.deepEqual(await entriesOf(...then[0]), then[1]);
    assert.deepEqual(await entriesOf(), []);
    assert.deepEqual(await entriesOf('nothing', 'at all'), []);
  });

  test('one by one at the same moment, of several kinds: each its own, there or not', async () => {
    const { store } = bench();
    const hash = hashOf('a');
    await store.insert(notes, 'a', { text: 'note' });
    await store.insert(hashed, hash, { text: 'hashed' });
    await store.insert(counters, 'a', { count: 7 });
    const [note, again, none, mark, counter, ofHash, odd] = await Promise.all([
      store.get(notes, 'a'),
      store.get(notes, 'a'),
      store.get(notes, 'b'),
      store.get(oneTimes, 'a'),
      store.get(counters, 'a'),
      store.get(hashed, hash),
      store.get(hashed, 'a'),
    ]);
    assert.deepEqual([note, again], [{ text: 'note' }, { text: 'note' }]);
    assert.notEqual(note, again);
    assert.deepEqual([none, mark, odd], [undefined, undefined, undefined]);
    assert.deepEqual([counter, ofHash], [{ count: 7 }, { text: 'hashed' }]);
  });

  test('one by one, more than one command asks for', async () => {
    const { store } = bench();
    const ids = numbers(450).map((n) => `n${n}`);
    await Promise.all(ids.map((id) => store.insert(notes, id, { text: id })));
    const read = await Promise.all(ids.map((id) => store.get(notes, id)));
    assert.deepEqual(
      read.map((note) => note?.text),
      ids,
    );
  });

  test('as many as there are', async () => {
    const { store } = bench();
    const ids = numbers(1_100).map((n) => `n${n}`);
    for (let at = 0; at < ids.length; at += 100) {
      const some = ids.slice(at, at + 100).map((id) => store.insert(notes, id, { text: id }));
      await Promise.all(some);
    }
    const turned = ids.toReversed();
    assert.deepEqual([...(await store.getMany(notes, turned)).keys()], turned);
  });

  test('ids of every kind, and none for one that cannot be', async () => {
    const { store } = bench();
    for (const id of oddIds) await store.insert(notes, id, { text: id });
    assert.deepEqual(
      await entriesOf('x'.repeat(201), ...oddIds, 'a\ud800'),
      oddIds.map((id) => [id, { text: id }]),
    );
    const hashes = numbers(20).map((n) => hashOf(String(n)));
    for (const id of hashes) await store.insert(hashed, id, { text: id });
    const found = await store.getMany(hashed, ['', ...hashes, 'x', hashOf('none')]);
    assert.deepEqual(
      [...found],
      hashes.map((id) => [id, { text: id }]),
    );
  });
}

const oddIds = [
  '',
  ' ',
  'A',
  'a',
  'é',
  'e\u0301',
  '\u{1f511}',
  'a\0b',
  'a\0',
  "'; --",
  '$x.y',
  '%',
];

export function idsAndValues(bench: Setting): void {
  test('odd ids are ids of their own', async () => {
    const { store } = bench();
    for (const id of oddIds) assert.equal(await store.insert(notes, id, { text: id }), true, id);
    for (const id of oddIds) assert.deepEqual(await store.get(notes, id), { text: id }, id);
    const { items } = await store.scan(notes);
    assert.deepEqual(items.map((item) => item.id).toSorted(), oddIds.toSorted());
  });

  test('ids of up to 200 characters', async () => {
    const { store } = bench();
    const longest = '\u4e00'.repeat(200);
    assert.equal(await store.insert(notes, longest, { text: '' }), true);
    await assert.rejects(store.insert(notes, `${longest}x`, { text: '' }), RangeError);
  });

  test('hash ids come back as they were given', async () => {
    const { store } = bench();
    const ids = numbers(20).map((n) => hashOf(String(n)));
    for (const id of ids) await store.insert(hashed, id, { text: id, owner: 'o' });
    for (const id of ids) assert.deepEqual(await store.get(hashed, id), { text: id, owner: 'o' });
    const found = await store.find(hashed, { index: 'owner', equals: 'o' });
    const scanned = await store.scan(hashed);
    for (const { items } of [found, scanned]) {
      assert.deepEqual(items.map((item) => item.id).toSorted(), ids.toSorted());
    }
  });

  const base = hashOf('x').slice(0, 42);
  const impossible: [Collection<Note>, string, string][] = [
    [notes, 'too long', 'x'.repeat(201)],
    [notes, 'half a character', 'a\ud800'],
    [hashed, 'empty', ''],
    [hashed, 'too short', base],
    [hashed, 'too long', `${base}AA`],
    [hashed, 'not base64url', `${base.slice(1)}+A`],
    [hashed, 'a second spelling of the same bytes', `${base}B`],
    [hashed, 'a line end after it', `${base}A\n`],
  ];
  for (const [of, what, id] of impossible) {
    test(`an impossible id is not there and not written: ${of.name}, ${what}`, async () => {
      const { store } = bench();
      assert.equal(await store.get(of, id), undefined);
      assert.equal(await store.delete(of, id), false);
      await assert.rejects(store.insert(of, id, { text: '' }), RangeError);
      await assert.rejects(store.put(of, id, { text: '' }), RangeError);
      const never = () => assert.fail('was asked');
      await assert.rejects(store.update(of, id, never), RangeError);
    });
  }

  test('values of every JSON shape, all of Unicode, and half characters', async () => {
    const { store } = bench();
    const value = {
      text: 'zß水\u{1f511}\0\u2028"\\\ud800',
      deep: [1, -0.5, 1e300, Number.MAX_SAFE_INTEGER, true, null, [], {}, { $set: { 'a.b': 1 } }],
    };
    await store.insert(notes, 'a', value);
    assert.deepEqual(await store.get(notes, 'a'), value);
  });

  test('a document of a million characters', async () => {
    const { store } = bench();
    const text = 'é'.repeat(1_000_000);
    await store.insert(notes, 'a', { text });
    assert.equal((await store.get(notes, 'a'))?.text, text);
  });

  test('what cannot be a document is refused, alone', async () => {
    const { store } = bench();
    const loop: Note & { self?: unknown } = { text: '' };
    loop.self = loop;
    const other = store.insert(notes, 'other', { text: 'fine' });
    await assert.rejects(store.insert(notes, 'a', loop), TypeError);
    await assert.rejects(store.put(notes, 'a', undefined as unknown as Note), TypeError);
    await assert.rejects(store.put(notes, 'a', { text: 'x'.repeat(6_000_000) }), RangeError);
    await assert.rejects(store.put(notes, 'a', { text: '' }, { expiresAt: NaN }), RangeError);
    assert.equal(await other, true);
    assert.equal(await store.get(notes, 'a'), undefined);
  });
}
