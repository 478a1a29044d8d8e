/** Processes of versions that declare other indexes, on one store at once: an answer is never short. */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { StoreOptions } from '../../../src/storage/options.ts';
import { openStore } from '../../../src/storage/open.ts';
import { readState } from '../../../src/storage/indexes/state.ts';
import type { IndexNews } from '../../../src/storage/indexes/versions.ts';
import type { Query } from '../../../src/storage/store.ts';
import { type Thing, type Version } from './kinds.ts';
import type { Order } from './process.ts';

export interface Place {
  options: StoreOptions;
  remove(): Promise<void>;
}

class Program {
  readonly child: ChildProcess;
  readonly news: IndexNews[] = [];
  readonly #answers: unknown[] = [];
  #wake = (): void => {};

  constructor(options: StoreOptions, version: Version) {
    const args = [JSON.stringify(options), version];
    this.child = fork(new URL('process.ts', import.meta.url), args, { stdio: 'inherit' });
    this.child.on('message', (message: { news: IndexNews } | { done: unknown }) => {
      if ('news' in message) this.news.push(message.news);
      else this.#answers.push(message.done);
      this.#wake();
    });
  }

  async #heard(isSo: () => boolean): Promise<void> {
    while (!isSo())
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }

  async answer(): Promise<unknown> {
    await this.#heard(() => this.#answers.length > 0);
    return this.#answers.shift();
  }

  ask(order: Order): Promise<unknown> {
    const answer = this.answer();
    this.child.send(order);
    return answer;
  }

  put(...things: [id: string, thing: Thing][]): Promise<unknown> {
    return this.ask({ put: things });
  }

  async found(query: Query): Promise<string[]> {
    const { ids } = (await this.ask({ find: query })) as { ids: string[] };
    return ids;
  }

  /** Every page, a few at a time. */
  async all(query: Query): Promise<string[]> {
    const found: string[] = [];
    let after: string | undefined;
    do {
      const page = await this.ask({ find: { ...query, limit: 3, after } });
      const { ids, next } = page as { ids: string[]; next?: string };
      found.push(...ids);
      after = next;
    } while (after !== undefined);
    return found;
  }

  until(isIt: (news: IndexNews) => boolean): Promise<void> {
    return this.#heard(() => this.news.some(isIt));
  }

  async close(): Promise<void> {
    const ended = once(this.child, 'exit');
    assert.equal(await this.ask({ close: true }), 'closed');
    await ended;
  }

  async kill(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

const bySize: Query = { index: 'size' };
const byOwner: Query = { index: 'owner', equals: 'ann' };
const isReady = (news: IndexNews): boolean => 'ready' in news && news.ready.includes('things.size');
const isWaiting = (news: IndexNews): boolean => 'waiting' in news && news.because.length > 0;

export function sideBySide(engine: string, newPlace: () => Promise<Place>): void {
  describe(`two versions on ${engine}`, () => {
    let place: Place;
    let programs: Program[];
    beforeEach(async () => {
      place = await newPlace();
      programs = [];
    });
    afterEach(async () => {
      for (const { child } of programs) if (child.exitCode === null) child.kill('SIGKILL');
      await place.remove();
    });
    const start = async (version: Version): Promise<Program> => {
      const program = new Program(place.options, version);
      programs.push(program);
      assert.equal(await program.answer(), 'open');
      return program;
    };
    const ready = async (): Promise<string[]> => {
      const parts = { now: Date.now, fill: 'never' } as const;
      const store = await openStore(place.options, [], parts);
      const state = await readState(store.engine);
      await store.close();
      return (state?.ready ?? []).toSorted();
    };

    test('the new one finds what the old one writes; its index is used when the old one has gone', async () => {
      const before = await start('old');
      await before.put(['a', { owner: 'ann', size: 5 }], ['b', { owner: 'bob', size: 1 }]);
      const after = await start('new');
      await after.put(['c', { owner: 'ann', size: 3 }]);
      assert.deepEqual(await after.found(bySize), ['b', 'c', 'a']);
      await before.put(['a', { owner: 'ann', size: 0 }], ['c', { owner: 'ann', size: 9 }]);
      await before.put(['d', { owner: 'ann', size: 2 }], ['e', { owner: 'ann' }]);
      await before.ask({ remove: 'b' });
      assert.deepEqual(await after.found(bySize), ['a', 'd', 'c']);
      assert.deepEqual(await before.found(byOwner), ['a', 'c', 'd', 'e']);
      assert.deepEqual(await after.found(byOwner), ['a', 'c', 'd', 'e']);
      await after.until(isWaiting);
      assert.deepEqual(await ready(), ['things.owner']);
      await before.close();
      await after.until(isReady);
      assert.deepEqual(await ready(), ['things.owner', 'things.size']);
      assert.deepEqual(await after.found(bySize), ['a', 'd', 'c']);
    });

    test('pages go on where they were, whether the index is used yet or not', async () => {
      const before = await start('old');
      const many = Array.from({ length: 20 }, (_, n): [string, Thing] => [
        `t${String(n).padStart(2, '0')}`,
        { owner: 'ann', size: n % 4 },
      ]);
      for (const one of many) await before.put(one);
      const after = await start('new');
      const queries: Query[] = [
        bySize,
        { ...bySize, descending: true },
        { ...bySize, from: 1, below: 3 },
        { ...bySize, equals: 2 },
        { ...bySize, equals: 2, descending: true },
      ];
      const without: string[][] = [];
      for (const query of queries) without.push(await after.all(query));
      const half = (await after.ask({ find: { ...bySize, limit: 7 } })) as { next?: string };
      await before.close();
      await after.until(isReady);
      for (const [at, query] of queries.entries())
        assert.deepEqual(await after.all(query), without[at], JSON.stringify(query));
      const rest = { ...bySize, limit: 100, after: half.next };
      assert.deepEqual(await after.found(rest), without[0]?.slice(7));
      assert.deepEqual(
        without.map(({ length }) => length),
        [20, 20, 10, 5, 5],
      );
    });

    test('the old one comes back: nothing that it writes is missing', async () => {
      const after = await start('new');
      await after.put(['a', { owner: 'ann', size: 5 }]);
      assert.deepEqual(await ready(), ['things.owner', 'things.size']);
      const before = await start('old');
      await before.put(['b', { owner: 'ann', size: 1 }], ['a', { owner: 'ann', size: 0 }]);
      assert.deepEqual(await after.found(bySize), ['a', 'b']);
      assert.deepEqual(await ready(), ['things.owner']);
      await before.close();
      await after.until(isReady);
      assert.deepEqual(await after.found(bySize), ['a', 'b']);
    });

    test('whoever begins to write goes by nothing that was read while nobody waited for them', async () => {
      const maker = await start('new');
      await maker.put(['a', { owner: 'ann', size: 5 }]);
      await maker.close();
      const before = await start('old');
      const after = await start('new');
      assert.deepEqual(await after.found(bySize), ['a']);
      await before.put(['b', { owner: 'ann', size: 1 }]);
      await after.put(['c', { owner: 'ann', size: 3 }]);
      assert.deepEqual(await after.found(bySize), ['b', 'c', 'a']);
    });

    test('one that no longer declares what the old one goes by: both are right', async () => {
      const before = await start('old');
      await before.put(['a', { owner: 'ann', size: 5 }]);
      const next = await start('next');
      await next.put(['b', { owner: 'ann', size: 1 }], ['a', { owner: 'bob', size: 7 }]);
      assert.deepEqual(await before.found(byOwner), ['b']);
      assert.deepEqual(await next.found(bySize), ['b', 'a']);
      await before.put(['c', { owner: 'ann', size: 2 }]);
      assert.deepEqual(await before.found(byOwner), ['b', 'c']);
      assert.deepEqual(await next.found(bySize), ['b', 'c', 'a']);
    });

    test('killed while it fills the index: the next one is right, and fills it', async () => {
      const before = await start('old');
      const many = Array.from({ length: 4_000 }, (_, n): [string, Thing] => [
        `t${n}`,
        { owner: 'ann', size: n },
      ]);
      await before.put(...many);
      const first = await start('new');
      await first.put(['x', { owner: 'ann', size: -1 }]);
      await before.close();
      await first.until((news) => 'waiting' in news && news.because.length === 0);
      await first.kill();
      assert.deepEqual(await ready(), ['things.owner']);
      const second = await start('new');
      const newest: Query = { ...bySize, descending: true, limit: 2 };
      assert.deepEqual(await second.found(newest), ['t3999', 't3998']);
      await second.put(['y', { owner: 'ann', size: 9_999 }]);
      await second.until(isReady);
      assert.deepEqual(await second.found(newest), ['y', 't3999']);
      assert.equal((await second.found({ ...bySize, limit: 9_999 })).length, 4_002);
    });
  });
}
