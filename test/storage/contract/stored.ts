import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stored } from '../../../src/storage/store.ts';
import { hashed, notes, type Note } from '../kinds.ts';
import { hashOf, numbers, type Setting } from './setting.ts';

export function asKept(bench: Setting): void {
  const text = (note: Note): string => JSON.stringify(note);
  const owned = async (equals: string): Promise<string[]> =>
    (await bench().store.find(notes, { index: 'owner', equals })).items.map(({ id }) => id);

  test('many are written at once, new ones and others, with their indexes and expiry', async () => {
    const { store, clock } = bench();
    await store.put(notes, 'n7', { text: 'before', owner: 'them' }, { expiresAt: clock.now + 5 });
    const many = numbers(1_201).map((n): Stored => {
      const note = text({ text: `${n}`, owner: 'me' });
      return n % 2 === 0
        ? { id: `n${n}`, text: note }
        : { id: `n${n}`, text: note, expiresAt: clock.now + 10 + n };
    });
    await store.writeStored(notes, many);
    assert.deepEqual([await store.count(notes), await owned('them')], [1_201, []]);
    assert.deepEqual(await store.get(notes, 'n7'), { text: '7', owner: 'me' });
    assert.equal((await owned('me')).length, 100);
    clock.now += 10 + 7;
    assert.equal(await store.get(notes, 'n7'), undefined);
    assert.deepEqual(await store.get(notes, 'n9'), { text: '9', owner: 'me' });
    assert.equal(await store.count(notes), 1_201 - 4);
    await store.writeStored(notes, []);
  });

  test('what was read is what is written, page by page', async () => {
    const { store } = bench();
    const ids = numbers(5).map((n) => hashOf(`${n}`));
    for (const id of ids) await store.insert(hashed, id, { text: id });
    await store.insert(
      hashed,
      hashOf('9'),
      { text: 'goes' },
      { expiresAt: bench().clock.now + 50 },
    );
    const read: Stored[] = [];
    let after: string | undefined;
    do {
      const page = await store.readStored(hashed, { limit: 2, after });
      assert.ok(page.items.length <= 2);
      read.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    assert.deepEqual(read.map(({ id }) => id).toSorted(), [...ids, hashOf('9')].toSorted());
    assert.equal(read.find(({ id }) => id === ids[0])?.text, JSON.stringify({ text: ids[0] }));
    assert.equal(read.find(({ id }) => id === hashOf('9'))?.expiresAt, bench().clock.now + 50);
    for (const { id } of read) await store.delete(hashed, id);
    await store.writeStored(hashed, read);
    assert.deepEqual(await store.get(hashed, ids[3]!), { text: ids[3] });
  });

  test('what cannot be read stays as it is', async () => {
    const { store } = bench();
    const torn = '{"text":"to';
    await store.writeStored(notes, [{ id: 'whole', text: text({ text: '', owner: 'me' }) }]);
    await store.writeStored(notes, [
      { id: 'torn', text: torn },
      { id: 'whole', text: torn },
    ]);
    const { items } = await store.readStored(notes);
    assert.deepEqual(
      items.map((one) => one.text),
      [torn, torn],
    );
    assert.deepEqual([await store.count(notes), await owned('me')], [2, []]);
  });

  test('an id that cannot be is refused before anything is written', async () => {
    const { store } = bench();
    const some = [
      { id: hashOf('1'), text: '{}' },
      { id: 'no hash', text: '{}' },
    ];
    await assert.rejects(store.writeStored(hashed, some), RangeError);
    assert.equal(await store.count(hashed), 0);
  });
}
