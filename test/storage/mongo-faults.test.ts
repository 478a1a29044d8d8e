/**
 * The store over a connection that breaks at the worst moments: what a call answers is what has
 * happened, and where nobody can know, it says that. Runs where MONGODB_URI names a server.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { RetryReason } from '../../src/storage/options.ts';
import { openStore } from '../../src/storage/open.ts';
import { StoreUnavailable, type Store } from '../../src/storage/store.ts';
import { dropDatabase, mongoOptions, MONGODB_URI, serverOf } from '../support/mongo.ts';
import { startTcpProxy, type TcpProxy, type Verdict } from '../support/tcp-proxy.ts';
import { contractKinds, counters, notes, oneTimes } from './kinds.ts';

const skip = MONGODB_URI === undefined ? 'MONGODB_URI is not set' : false;
const TIMEOUT = 1_500;

describe('MongoDB over a bad connection', { skip }, () => {
  let proxy: TcpProxy;
  /** Beside the proxy. */
  let direct: Store;
  let store: Store;
  let retries: RetryReason[];
  let url: string;

  beforeEach(async () => {
    const options = mongoOptions(`faults_${randomBytes(6).toString('hex')}`);
    ({ url } = options);
    const parts = { now: Date.now };
    direct = await openStore(options, contractKinds, parts);
    proxy = await startTcpProxy(serverOf(url));
    retries = [];
    const behind = new URL(url);
    behind.host = `127.0.0.1:${proxy.port}`;
    store = await openStore({ ...options, url: behind.href, timeout: TIMEOUT }, contractKinds, {
      ...parts,
      onRetry: (reason) => retries.push(reason),
    });
  });
  afterEach(async () => {
    await store.close();
    await proxy.close();
    await direct.close();
    await dropDatabase(url);
  });

  /** What becomes of the next message that holds `command`; all others pass. */
  /** What the store says of itself to other versions, beside what it is asked. */
  const isOwn = (message: Buffer): boolean =>
    message.includes('store_user') || message.includes('index_state');

  function next(command: string, verdict: Verdict): { seen(): number } {
    let seen = 0;
    proxy.onRequest = (message) => {
      if (isOwn(message) || !message.includes(`\u0002${command}\0`) || seen++ > 0) return 'pass';
      return verdict;
    };
    return { seen: () => seen };
  }

  const spend = (by: string, through = store) =>
    through.update(oneTimes, 'code', (code) =>
      !code || code.spentBy !== undefined
        ? { result: false }
        : { put: { spentBy: by }, result: true },
    );

  /** The commands that the server is asked from now on. */
  function commands(): string[] {
    const asked: string[] = [];
    proxy.onRequest = (message) => {
      if (isOwn(message)) return 'pass';
      for (const command of ['find', 'aggregate', 'getMore', 'update', 'insert', 'delete'])
        if (message.includes(`\u0002${command}\0`)) asked.push(command);
      return 'pass';
    };
    return asked;
  }

  it('many documents are one question and one answer', async () => {
    const ids = Array.from({ length: 300 }, (_, at) => `n${at}`);
    for (let at = 0; at < ids.length; at += 100)
      await Promise.all(
        ids.slice(at, at + 100).map((id) => direct.insert(notes, id, { text: id })),
      );
    const asked = commands();
    assert.deepEqual([...(await store.getMany(notes, ids)).keys()], ids);
    assert.deepEqual(asked, ['find']);
  });

  describe('what is asked for within one turn', () => {
    const readAll = () =>
      Promise.all([
        store.get(notes, 'a'),
        store.get(counters, 'a'),
        store.get(oneTimes, 'a'),
        store.get(notes, 'b'),
      ]);
    const all = [{ text: 'a' }, { count: 1 }, undefined, { text: 'b' }];

    beforeEach(async () => {
      for (const text of ['a', 'b']) await direct.insert(notes, text, { text });
      await direct.insert(counters, 'a', { count: 1 });
    });

    it('is one question, of whatever kinds, and what follows another one', async () => {
      const asked = commands();
      assert.deepEqual(await readAll(), all);
      assert.deepEqual(asked, ['aggregate']);
      await Promise.all([store.get(notes, 'a'), store.get(notes, 'b')]);
      await store.get(notes, 'a');
      assert.deepEqual(asked, ['aggregate', 'find', 'find']);
    });

    it('serves the write that follows', async () => {
      await readAll();
      const asked = commands();
      await store.take(counters, 'a', { max: 9 });
      assert.deepEqual(asked, ['update']);
      assert.deepEqual(await direct.get(counters, 'a'), { count: 2 });
    });

    it('is one question too where it is to be written', async () => {
      const asked = commands();
      await Promise.all([
        store.take(counters, 'a', { max: 9 }),
        spend('mine'),
        store.update(notes, 'a', (note) => ({ put: { ...note!, size: 1 }, result: 0 })),
      ]);
      assert.deepEqual(asked, ['aggregate', 'update', 'update']);
      assert.deepEqual(await direct.get(counters, 'a'), { count: 2 });
      assert.deepEqual(await direct.get(notes, 'a'), { text: 'a', size: 1 });
    });

    it('takes no room that the writes of many others wait for', async () => {
      const writes = Array.from({ length: 200 }, (_, n) =>
        store.update(notes, `n${n}`, () => ({ put: { text: `${n}` }, result: n })),
      );
      assert.equal((await Promise.all(writes)).length, 200);
      assert.deepEqual(await direct.get(notes, 'n199'), { text: '199' });
    });

    it('is asked for again when the answer is lost', async () => {
      const { seen } = next('aggregate', 'lose-answer');
      assert.deepEqual(await readAll(), all);
      assert.equal(seen(), 2);
    });

    it('waits no longer for others when those get no answer', async () => {
      const { seen } = next('find', 'stall');
      const stalled = store.get(notes, 'a');
      while (seen() === 0) await new Promise(setImmediate);
      const later = [store.get(notes, 'b'), store.get(counters, 'a')];
      assert.deepEqual(await Promise.all(later), [{ text: 'b' }, { count: 1 }]);
      assert.deepEqual(await stalled, { text: 'a' });
    });

    it('is refused to all who asked when no answer comes', async () => {
      proxy.onRequest = (message) => (message.includes('\u0002aggregate\0') ? 'stall' : 'pass');
      const calls = [store.get(notes, 'a'), store.get(counters, 'a')];
      for (const { status } of await Promise.allSettled(calls)) assert.equal(status, 'rejected');
      await assert.rejects(calls[0]!, StoreUnavailable);
    });
  });

  describe('what is inserted within one turn', () => {
    const ids = ['a', 'b', 'c', 'd'];
    const insertAll = () =>
      Promise.all(ids.map((id) => store.insert(notes, id, { text: `mine ${id}` })));
    const kept = () => Promise.all(ids.map(async (id) => (await direct.get(notes, id))?.text));
    const mine = ids.map((id) => `mine ${id}`);

    it('is one command, and who finds another there is told so', async () => {
      await direct.insert(notes, 'b', { text: 'theirs' });
      const asked = commands();
      assert.deepEqual(await insertAll(), [true, false, true, true]);
      assert.deepEqual(asked, ['insert', 'find']);
      assert.deepEqual(await kept(), mine.with(1, 'theirs'));
    });

    it('replaces what is there where it is put', async () => {
      await direct.insert(notes, 'b', { text: 'theirs' });
      await Promise.all(ids.map((id) => store.put(notes, id, { text: `mine ${id}` })));
      assert.deepEqual(await kept(), mine);
    });

    it('is a command for each kind', async () => {
      const asked = commands();
      const marks = ids.map((id) => store.insert(oneTimes, id, {}));
      assert.ok((await Promise.all([...marks, insertAll()])).flat().every(Boolean));
      assert.deepEqual(asked, ['insert', 'insert']);
    });

    it('goes by itself where it is long', async () => {
      const text = 'x'.repeat(70_000);
      const asked = commands();
      const long = ids.map((id) => store.insert(notes, `long ${id}`, { text }));
      assert.deepEqual(await Promise.all(long), [true, true, true, true]);
      assert.equal(asked.length, 4);
    });

    for (const verdict of ['lose-answer', 'lose', 'stall'] as const)
      it(`answers each what happened: ${verdict}`, async () => {
        next('insert', verdict);
        assert.deepEqual(await insertAll(), [true, true, true, true]);
        assert.deepEqual(await kept(), mine);
      });

    it('is not claimed, nor denied, of the one whose place another has when the answer is lost', async () => {
      await direct.insert(notes, 'b', { text: 'theirs' });
      next('insert', 'lose-answer');
      const verdicts = await Promise.allSettled(
        ids.map((id) => store.insert(notes, id, { text: `mine ${id}` })),
      );
      const told = verdicts.map((one) => (one.status === 'fulfilled' ? one.value : one.reason));
      assert.ok(told[1] instanceof StoreUnavailable);
      assert.deepEqual(told.with(1, null), [true, null, true, true]);
      assert.deepEqual(await kept(), mine.with(1, 'theirs'));
    });
  });

  describe('what was read a moment ago', () => {
    const write = (size: number) =>
      store.update(notes, 'a', (note) => ({ put: { ...note!, size }, result: note?.size }));

    it('is not read again to be written, nor is what was written', async () => {
      await direct.insert(notes, 'a', { text: '', size: 0 });
      await store.get(notes, 'a');
      const asked = commands();
      assert.deepEqual([await write(1), await write(2), await write(3)], [0, 1, 2]);
      assert.equal(await store.delete(notes, 'a'), true);
      assert.deepEqual(asked, ['update', 'update', 'update', 'delete']);
      assert.deepEqual([await direct.get(notes, 'a'), retries], [undefined, []]);
    });

    it('nor where few were read together, which are one question with others', async () => {
      const ids = ['a', 'b', 'c'];
      for (const id of ids.slice(0, 2)) await direct.insert(notes, id, { text: id, size: 0 });
      const asked = commands();
      const [many, none] = await Promise.all([
        store.getMany(notes, ids),
        store.get(oneTimes, 'code'),
      ]);
      assert.deepEqual([[...many.keys()], none], [['a', 'b'], undefined]);
      assert.equal(await write(1), 0);
      assert.deepEqual(asked, ['aggregate', 'update']);
    });

    it('nor where there was none, and a write takes as many steps as if there was something', async () => {
      const begin = () =>
        store.update(notes, 'a', (note) => ({ put: { text: 'mine' }, result: note?.text }));
      await store.get(notes, 'a');
      const asked = commands();
      assert.equal(await begin(), undefined);
      assert.deepEqual(asked.splice(0), ['insert']);
      await store.delete(notes, 'a');
      await direct.put(notes, 'a', { text: 'theirs' });
      asked.length = 0;
      assert.equal(await begin(), 'theirs');
      assert.deepEqual(asked, ['insert', 'find', 'update']);
      assert.deepEqual([await direct.get(notes, 'a'), retries], [{ text: 'mine' }, []]);
    });

    it('is read again where another has written it since', async () => {
      await direct.insert(notes, 'a', { text: '', size: 0 });
      await store.get(notes, 'a');
      await direct.put(notes, 'a', { text: 'theirs', size: 5 });
      const asked = commands();
      assert.equal(await write(6), 5);
      assert.deepEqual(asked, ['update', 'find', 'update']);
      assert.deepEqual(await direct.get(notes, 'a'), { text: 'theirs', size: 6 });
      assert.deepEqual(retries, []);
    });

    it('refuses nothing, and is no reason not to write', async () => {
      const refusing = () =>
        store.update(oneTimes, 'code', (code) => {
          if (code?.spentBy !== undefined) throw new Error('it was spent');
          return { put: { spentBy: 'anew' }, result: 'spent now' };
        });
      for (const again of [() => spend('anew'), refusing]) {
        await direct.put(oneTimes, 'code', { spentBy: 'somebody' });
        await store.get(oneTimes, 'code');
        await direct.put(oneTimes, 'code', {});
        assert.ok(await again());
        assert.deepEqual(await direct.get(oneTimes, 'code'), { spentBy: 'anew' });
      }
    });

    it('is not there any more where another has removed it', async () => {
      await direct.insert(notes, 'a', { text: '' });
      await store.get(notes, 'a');
      await direct.delete(notes, 'a');
      const seen = await store.update(notes, 'a', (note) => ({ remove: true, result: note }));
      assert.deepEqual([seen, await store.delete(notes, 'a')], [undefined, false]);
    });

    it('spends a one-time thing once, whichever of two processes has it at hand', async () => {
      await direct.insert(oneTimes, 'code', {});
      await Promise.all([store.get(oneTimes, 'code'), direct.get(oneTimes, 'code')]);
      const calls = Array.from({ length: 10 }, (_, n) => spend(`${n}`, n % 2 ? direct : store));
      const won = (await Promise.all(calls)).flatMap((one, n) => (one ? [`${n}`] : []));
      assert.deepEqual(
        [await direct.get(oneTimes, 'code')],
        won.map((by) => ({ spentBy: by })),
      );
    });
  });

  describe('what is put again and again', () => {
    const put = (size: number) => store.put(notes, 'a', { text: 'mine', size });
    const kept = () => direct.get(notes, 'a');
    beforeEach(async () => {
      for (const size of [1, 2]) await put(size);
      retries = [];
    });

    it('is one command each time, once it has been put in the place of another', async () => {
      const asked = commands();
      for (const size of [3, 4, 5]) await put(size);
      assert.deepEqual(asked, ['update', 'update', 'update']);
      assert.deepEqual([await kept(), retries], [{ text: 'mine', size: 5 }, []]);
    });

    it('replaces what another has written since, or is there anew where they removed it', async () => {
      await direct.put(notes, 'a', { text: 'theirs' });
      const asked = commands();
      await put(3);
      assert.deepEqual(asked, ['update', 'find', 'update']);
      assert.deepEqual(await kept(), { text: 'mine', size: 3 });
      await direct.delete(notes, 'a');
      await put(4);
      assert.deepEqual([await kept(), retries], [{ text: 'mine', size: 4 }, []]);
    });

    it('is not there once it was removed, and is put again then', async () => {
      assert.equal(await store.delete(notes, 'a'), true);
      assert.equal(await kept(), undefined);
      const asked = commands();
      await put(3);
      assert.deepEqual(asked, ['insert']);
      assert.deepEqual(await kept(), { text: 'mine', size: 3 });
    });

    it('leaves an insert of that id refused', async () => {
      assert.equal(await store.insert(notes, 'a', { text: 'other' }), false);
      assert.deepEqual(await kept(), { text: 'mine', size: 2 });
    });

    for (const verdict of ['lose-answer', 'lose'] as const)
      it(`is there though the connection broke: ${verdict}`, async () => {
        next('update', verdict);
        await put(3);
        assert.deepEqual(await kept(), { text: 'mine', size: 3 });
      });
  });

  for (const verdict of ['lose-answer', 'lose'] as const) {
    const what = verdict === 'lose' ? 'a write that never arrives' : 'a write whose answer is lost';

    it(`${what}: an insert answers what happened`, async () => {
      const { seen } = next('insert', verdict);
      assert.equal(await store.insert(notes, 'a', { text: 'mine' }), true);
      assert.ok(seen() >= 1);
      assert.ok(retries.includes('connection'));
      assert.deepEqual(await direct.get(notes, 'a'), { text: 'mine' });
      assert.equal(await store.insert(notes, 'a', { text: 'again' }), false);
    });

    it(`${what}: a one-time thing is spent once, by who is told so`, async () => {
      await direct.insert(oneTimes, 'code', {});
      next('update', verdict);
      assert.equal(await spend('first'), true);
      assert.equal(await spend('second'), false);
      assert.equal(await spend('third', direct), false);
      assert.deepEqual(await direct.get(oneTimes, 'code'), { spentBy: 'first' });
    });

    it(`${what}: a counter counts it once`, async () => {
      await direct.take(counters, 'c', { max: 9 });
      next('update', verdict);
      assert.deepEqual(await store.take(counters, 'c', { max: 9 }), { taken: true, count: 2 });
      assert.deepEqual(await direct.get(counters, 'c'), { count: 2 });
    });

    it(`${what}: a put is there`, async () => {
      next('insert', verdict);
      await store.put(notes, 'a', { text: 'put' });
      assert.deepEqual(await direct.get(notes, 'a'), { text: 'put' });
    });
  }

  /** The first such message comes late: just before the one that repeats it. */
  function overtaken(command: string): void {
    let seen = 0;
    proxy.onRequest = async (message) => {
      if (!message.includes(`\u0002${command}\0`)) return 'pass';
      seen += 1;
      if (seen === 1) return 'late';
      if (seen === 2) await proxy.deliver();
      return 'pass';
    };
  }

  it('a repeated insert that finds the first one there (duplicate key) is that insert', async () => {
    overtaken('insert');
    assert.equal(await store.insert(notes, 'a', { text: 'mine' }), true);
    assert.deepEqual(await direct.get(notes, 'a'), { text: 'mine' });
    assert.deepEqual(retries, ['connection', 'contention']);
  });

  it('a repeated spending that comes after the first one is that spending, and the only one', async () => {
    await direct.insert(oneTimes, 'code', {});
    overtaken('update');
    assert.equal(await spend('first'), true);
    assert.deepEqual(retries, ['connection', 'contention']);
    assert.equal(await spend('second', direct), false);
    assert.deepEqual(await direct.get(oneTimes, 'code'), { spentBy: 'first' });
  });

  it('a repeated count that comes after the first one is one count', async () => {
    await direct.take(counters, 'c', { max: 9 });
    overtaken('update');
    assert.deepEqual(await store.take(counters, 'c', { max: 9 }), { taken: true, count: 2 });
    assert.deepEqual(await direct.get(counters, 'c'), { count: 2 });
  });

  it('a deletion whose answer is lost is not claimed', async () => {
    await direct.insert(oneTimes, 'code', {});
    next('delete', 'lose-answer');
    const taken = store.update(oneTimes, 'code', (code) =>
      code ? { remove: true, result: 'mine' } : { result: 'gone' },
    );
    await assert.rejects(taken, StoreUnavailable);
    assert.equal(await direct.get(oneTimes, 'code'), undefined);
  });

  it('a deletion that never arrives is done again', async () => {
    await direct.insert(oneTimes, 'code', {});
    next('delete', 'lose');
    assert.equal(await store.delete(oneTimes, 'code'), true);
    assert.equal(await direct.get(oneTimes, 'code'), undefined);
  });

  it('when another has written since, nobody is told that the lost one was done', async () => {
    await direct.insert(oneTimes, 'code', {});
    let overtaken: Promise<unknown> | undefined;
    proxy.onRequest = (message) => {
      if (!message.includes('\u0002update\0') || overtaken) return 'pass';
      // Before the write of this call arrives; the proxy holds it back by losing it.
      overtaken = spend('other', direct);
      return 'lose';
    };
    const verdict = await spend('first').catch((error: unknown) => error);
    assert.equal(await overtaken, true);
    assert.ok(verdict === false || verdict instanceof StoreUnavailable, String(verdict));
    assert.deepEqual(await direct.get(oneTimes, 'code'), { spentBy: 'other' });
  });

  it('of 40 at once over connections that keep breaking, one is told that it spent it', async () => {
    await direct.insert(oneTimes, 'code', {});
    let messages = 0;
    proxy.onRequest = (message) => {
      if (!message.includes('\u0002update\0')) return 'pass';
      messages += 1;
      return messages % 2 === 1 ? 'lose-answer' : 'pass';
    };
    const calls = Array.from({ length: 40 }, (_, n) => spend(`via ${n}`, n % 2 ? direct : store));
    const verdicts = await Promise.allSettled(calls);
    const won = verdicts.flatMap((one, n) =>
      one.status === 'fulfilled' && one.value ? [`via ${n}`] : [],
    );
    const { spentBy } = (await direct.get(oneTimes, 'code')) ?? {};
    assert.ok(won.length <= 1, won.join());
    assert.ok(spentBy !== undefined);
    if (won.length === 1) assert.equal(won[0], spentBy);
    for (const one of verdicts)
      if (one.status === 'rejected') assert.ok(one.reason instanceof StoreUnavailable);
  });

  it('an answer that never comes is refused in time, and the store goes on', async () => {
    proxy.onRequest = (message) => (message.includes('\u0002find\0') ? 'stall' : 'pass');
    const started = performance.now();
    await assert.rejects(store.get(notes, 'a'), StoreUnavailable);
    assert.ok(performance.now() - started < 4 * TIMEOUT);
    proxy.onRequest = () => 'pass';
    assert.equal(await store.insert(notes, 'a', { text: '' }), true);
  });

  it('a write whose answer never comes is settled by what is stored', async () => {
    next('insert', 'stall');
    assert.equal(await store.insert(notes, 'a', { text: 'mine' }), true);
    assert.deepEqual(await direct.get(notes, 'a'), { text: 'mine' });
  });

  it('a server that is gone is told as such, and found again by itself', async () => {
    await store.insert(notes, 'a', { text: 'kept' });
    proxy.cut();
    const calls = await Promise.allSettled([
      store.get(notes, 'a'),
      store.insert(notes, 'b', { text: '' }),
      store.update(notes, 'a', () => ({ put: { text: 'changed' }, result: 0 })),
      store.find(notes, { index: 'owner' }),
      store.scan(notes),
      store.sweep(),
      store.ping(),
    ]);
    for (const call of calls) {
      assert.equal(call.status, 'rejected');
      assert.ok(call.reason instanceof StoreUnavailable, String(call.reason));
    }
    proxy.mend();
    assert.deepEqual(await store.get(notes, 'a'), { text: 'kept' });
    await store.ping();
  });

  it('a server that is not there at the start is told as such', async () => {
    proxy.cut();
    const behind = new URL(url);
    behind.host = `127.0.0.1:${proxy.port}`;
    behind.username = 'latchkey';
    behind.password = 'top-secret';
    const options = { ...mongoOptions('nobody'), url: behind.href, timeout: 300 };
    await assert.rejects(openStore(options, contractKinds, { now: Date.now }), (error) => {
      assert.ok(error instanceof StoreUnavailable);
      assert.match(error.message, /cannot be reached/u);
      assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /top-secret/u);
      return true;
    });
  });
});
