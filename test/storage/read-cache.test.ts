import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, it } from 'node:test';
import { Generation, ReadCache } from '../../src/storage/sqlite/read-cache.ts';

const db = new DatabaseSync(':memory:');
after(() => db.close());

/** As after its first read. */
const current = (generation = new Generation(db)): ReadCache => {
  const cache = new ReadCache(generation);
  cache.get('');
  return cache;
};

const document = (characters: number) => ({ doc: 'x'.repeat(characters), expires: null });

/** 8 MiB, as a character counts for two bytes and an entry for 500 more. */
const fill = (cache: ReadCache, name: string, between = (): void => {}): void => {
  for (let at = 0; at < 85; at += 1) {
    cache.set(`${name}${at}`, document(50_000));
    between();
  }
};

describe('the cache of documents', () => {
  it('is bounded in bytes, and forgets first what nobody read', () => {
    const cache = current();
    cache.set('read', document(10));
    cache.set('unread', document(10));
    fill(cache, 'other', () => cache.get('read'));
    assert.equal(cache.get('read')?.doc.length, 10);
    assert.equal(cache.get('unread'), undefined);
    assert.equal(cache.get('other0'), undefined);
    assert.equal(cache.get('other84')?.doc.length, 50_000);
  });

  it('bounds what is known not to be there as well', () => {
    const cache = current();
    cache.set('first', null);
    assert.equal(cache.get('first'), null);
    for (let at = 0; at < 17_000; at += 1) cache.set(`absent${at}`, null);
    assert.equal(cache.get('first'), undefined);
    assert.equal(cache.get('absent16999'), null);
  });

  it('never answers with a document before the last one', () => {
    const generation = new Generation(db);
    const cache = current(generation);
    cache.set('a', document(1));
    cache.set('a', null);
    assert.equal(cache.get('a'), null);
    cache.set('a', document(5_000_000));
    assert.equal(cache.get('a'), undefined, 'larger than the cache');
    cache.set('a', document(2));
    generation.advance();
    assert.equal(cache.get('a'), undefined, 'another process may have written it');
  });
});
