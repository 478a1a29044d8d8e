import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { entries, pages } from '../../src/storage/pages.ts';
import type { Page } from '../../src/storage/store.ts';

/** Three pages with the cursors 1 and 2; one is empty, as all of it may have gone meanwhile. */
const PAGES: readonly Page<string>[] = [
  { items: [entry('a'), entry('b')], next: '1' },
  { items: [], next: '2' },
  { items: [entry('c')] },
];

function entry(id: string) {
  return { id, value: '' };
}

function reading() {
  const asked: (string | undefined)[] = [];
  return {
    asked,
    read: async (after: string | undefined): Promise<Page<string>> => {
      asked.push(after);
      return PAGES[Number(after ?? 0)]!;
    },
  };
}

describe('a list in pages', () => {
  it('is read to its end, one entry after the other', async () => {
    const { asked, read } = reading();
    const ids = (await Array.fromAsync(entries(read))).map(({ id }) => id);
    assert.deepEqual(
      [ids, asked],
      [
        ['a', 'b', 'c'],
        [undefined, '1', '2'],
      ],
    );
  });

  it('goes on from a cursor', async () => {
    const { asked, read } = reading();
    assert.deepEqual(await Array.fromAsync(pages(read, '2')), [PAGES[2]]);
    assert.deepEqual(asked, ['2']);
  });

  it('is read no further than it is asked for', async () => {
    const { asked, read } = reading();
    for await (const { id } of entries(read)) if (id === 'b') break;
    assert.deepEqual(asked, [undefined]);
  });

  it('that cannot be read rejects', async () => {
    const broken = entries(() => Promise.reject(new Error('away')));
    await assert.rejects(Array.fromAsync(broken), /away/u);
  });
});
