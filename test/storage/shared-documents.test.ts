/** What SQLite gives of a collection that is shared: one frozen value for everybody, until the document is another one. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openStore } from '../../src/storage/open.ts';
import { collection, DamagedDocument, type Store } from '../../src/storage/store.ts';
import { sharedNotes } from './kinds.ts';

let folder: string;
let time: number;
let store: Store;
const open = (): Promise<Store> =>
  openStore({ engine: 'sqlite', path: join(folder, 'latchkey.db') }, [sharedNotes], {
    now: () => time,
  });
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-shared-'));
  time = 1_800_000_000_000;
  store = await open();
  await store.insert(sharedNotes, 'a', { text: 'first', tags: ['x'] });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const read = () => store.get(sharedNotes, 'a');

describe('a document that is shared', () => {
  it('is the same for whoever reads it, by itself or with others', async () => {
    const note = await read();
    assert.deepEqual(note, { text: 'first', tags: ['x'] });
    assert.equal(await read(), note);
    assert.equal((await store.getMany(sharedNotes, ['a', 'b'])).get('a'), note);
  });

  it('cannot be changed by them, however deep', async () => {
    const note = await read();
    assert.throws(() => (note!.text = 'changed'), TypeError);
    assert.throws(() => note!.tags?.push('y'), TypeError);
    const many = (await store.getMany(sharedNotes, ['a'])).get('a');
    assert.throws(() => (many!.size = 1), TypeError);
    assert.deepEqual(await read(), { text: 'first', tags: ['x'] });
  });

  it('is another one once it was written, and whoever has the old one keeps it', async () => {
    const before = await read();
    await store.update(sharedNotes, 'a', (note) => ({
      put: { ...note!, text: 'second' },
      result: undefined,
    }));
    assert.equal((await read())?.text, 'second');
    assert.equal(before?.text, 'first');
  });

  it('is never what a write has left undone', async () => {
    await read();
    const failing = store.update(sharedNotes, 'a', () => {
      throw new Error('no');
    });
    await assert.rejects(failing, /no/u);
    assert.equal((await read())?.text, 'first');
  });

  it('is as another process has written it', async () => {
    await read();
    const other = await open();
    await other.put(sharedNotes, 'a', { text: 'elsewhere' });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(await read(), { text: 'elsewhere' });
    await other.delete(sharedNotes, 'a');
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await read(), undefined);
    await other.close();
  });

  it('is not there once its time is over', async () => {
    await store.put(sharedNotes, 'a', { text: 'short' }, { expiresAt: time + 1000 });
    assert.equal((await read())?.text, 'short');
    time += 1000;
    assert.equal(await read(), undefined);
    assert.equal((await store.getMany(sharedNotes, ['a'])).size, 0);
  });

  it('is damaged each time where it can’t be read', async () => {
    const strict = collection<{ text: string }>(sharedNotes.name, {
      indexes: sharedNotes.indexes,
      fields: { text: ['text'] },
      shared: true,
    });
    await store.writeStored(sharedNotes, [{ id: 'a', text: '{"text":7}' }]);
    await store.close();
    const path = join(folder, 'latchkey.db');
    store = await openStore({ engine: 'sqlite', path }, [strict], { now: () => time });
    for (let nth = 0; nth < 2; nth += 1)
      await assert.rejects(store.get(strict, 'a'), DamagedDocument);
  });
});
