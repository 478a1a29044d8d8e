/** What is hashed, found under whichever key it was hashed with; by two processes that differ about the active one. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { passkeyCounterCollection as counters } from '../../src/factors/passkey.ts';
import { moveCounters } from '../../src/operations/keys/encryption/ends-with-key.ts';
import { personCollection, type Person } from '../../src/records/person.ts';
import { sessionCollection } from '../../src/records/session.ts';
import { grantCollection, refreshTokenCollection } from '../../src/records/stored-model.ts';
import { keyedStore } from '../../src/secrets/keyed-store.ts';
import { rememberHashes } from '../../src/secrets/remembered-hashes.ts';
import { createVault, ringOf, vaultKey } from '../../src/secrets/vault.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import type { Collection } from '../../src/storage/store.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const NOW = 4_000_000_000_000;
const [one, two] = [1, 2].map((fill) => vaultKey(Buffer.alloc(32, fill)));
assert.ok(one && two);
const keys = [two, one];
/** As a process that has followed, and as one that has not yet. */
const ahead = createVault(keys, { ...ringOf(keys), active: two.kid });
const behind = createVault(keys);

type Thing = { what: string; kid?: string };
const things = refreshTokenCollection as unknown as Collection<Thing>;

let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
});
after(() => fresh.close());

const here = () => keyedStore(fresh.store, ahead);
const there = () => keyedStore(fresh.store, behind);

describe('a document', () => {
  it('is found, changed where it is, and removed under either key', async () => {
    await there().insert(things, behind.hash('x', 'old'), { what: 'old' });
    const id = ahead.hash('x', 'old');
    assert.deepEqual(await here().get(things, id), { what: 'old' });
    assert.deepEqual((await here().getMany(things, [id])).get(id), { what: 'old' });
    const change = () => ({ put: { what: 'changed' }, result: 'was there' });
    assert.equal(
      await here().update(things, id, (now) => (now ? change() : { result: 'new' })),
      'was there',
    );
    assert.equal(await fresh.store.get(things, id), undefined, 'it is not moved');
    assert.deepEqual(await there().get(things, behind.hash('x', 'old')), { what: 'changed' });
    await here().put(things, id, { what: 'put' });
    assert.deepEqual(await fresh.store.get(things, behind.hash('x', 'old')), { what: 'put' });
    assert.ok(await here().delete(things, id));
    assert.equal(await there().get(things, behind.hash('x', 'old')), undefined);
  });

  it('that is made with another key than the first tells which, and goes on telling it', async () => {
    const id = ahead.hash('x', 'new');
    assert.equal(await here().update(things, id, () => ({ put: { what: 'a' }, result: 1 })), 1);
    assert.deepEqual(await there().get(things, behind.hash('x', 'new')), {
      what: 'a',
      kid: two.kid,
    });
    await there().update(things, behind.hash('x', 'new'), () => ({
      put: { what: 'b' },
      result: 1,
    }));
    assert.deepEqual(await fresh.store.get(things, id), { what: 'b', kid: two.kid });
  });

  it('that must be the first is so once, whatever both think is the active key', async () => {
    for (let round = 0; round < 25; round += 1) {
      const tries = await Promise.all(
        Array.from({ length: 4 }, (_, nth) => {
          const [store, vault] = nth % 2 === 0 ? [here(), ahead] : [there(), behind];
          return store.insert(things, vault.hash('jti', `n${round}`), { what: 'used' });
        }),
      );
      assert.ok(tries.filter(Boolean).length <= 1, tries.join());
      if (!tries.some(Boolean)) continue;
      assert.equal(
        await here().insert(things, ahead.hash('jti', `n${round}`), { what: '' }),
        false,
      );
      assert.equal(
        await there().insert(things, behind.hash('jti', `n${round}`), { what: '' }),
        false,
      );
    }
  });
});

it('a list under another key is read to its end, page by page', async () => {
  const own = behind.hash('who', 'pages');
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    const grant = { payload: { accountId: own, jti: name } };
    await fresh.store.insert(grantCollection, behind.hash('grant', name), grant);
  }
  const found: string[] = [];
  let after: string | undefined;
  do {
    const query = { index: 'person', equals: ahead.hash('who', 'pages'), limit: 2, after };
    const { items, next } = await here().find(grantCollection, query);
    found.push(...items.map(({ value }) => String(value.payload.jti)));
    after = next;
  } while (after !== undefined);
  assert.deepEqual(found.toSorted(), ['a', 'b', 'c', 'd', 'e']);
  const rubbish = { index: 'person', equals: ahead.hash('who', 'pages'), after: 'rubbish' };
  await assert.rejects(here().find(grantCollection, rubbish), RangeError);
});

it('with one key nothing is asked twice', async () => {
  const alone = createVault([one]);
  const reads: string[] = [];
  const engine = new Proxy(fresh.store, {
    get(store, name) {
      const value = Reflect.get(store, name) as unknown;
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        reads.push(String(name));
        return (value as (...given: unknown[]) => unknown).apply(store, args);
      };
    },
  });
  const store = keyedStore(engine, alone);
  const id = alone.hash('session uid', 'nobody');
  await store.get(sessionCollection, id);
  await store.find(sessionCollection, { index: 'jti', equals: id });
  await store.update(sessionCollection, id, () => ({ result: null }));
  await store.insert(things, id, { what: 'x' });
  await store.delete(things, id);
  assert.deepEqual(reads, ['get', 'find', 'update', 'insert', 'delete']);
});

it('what is remembered for other keys is bounded, in number and in size', () => {
  const noted = rememberHashes(() => 0);
  const note = (hash: string, value: string) => noted.note(hash, { kid: 'k', purpose: 'p', value });
  const left = (of: number) =>
    Array.from({ length: of }, (_, nth) => noted.find(`${nth}`)).filter(Boolean).length;
  for (let nth = 0; nth < 100_000; nth += 1) note(`${nth}`, 'x');
  assert.ok(left(100_000) <= 40_000);
  assert.ok(noted.find('99999') && noted.find('80000'), 'the newest are there');
  for (let nth = 0; nth < 100; nth += 1) note(`${nth}`, 'x'.repeat(1_000_000));
  assert.ok(left(100) <= 8);
  assert.ok(noted.find('99'));
});

it('a passkey’s counter never goes back, whenever it is used or its move is broken off', async () => {
  // Of a server; whoever moves them is a process of its own.
  const vault = createVault([one]);
  const store = keyedStore(fresh.store, vault);
  const id = 'a-passkey';
  const passkey = { id, publicKey: '', transports: [], synced: false, name: '', createdAt: 0 };
  const person = { passkeys: [passkey] } as unknown as Person;
  await store.insert(personCollection, 'wendy', person);
  const now = (): string => vault.hash('passkey counter', id);
  let last = 5;
  await store.put(counters, now(), { counter: last });
  const use = () =>
    store.update(counters, now(), (current) => {
      assert.ok(current, 'it is known at every moment');
      last += 1;
      return { put: { ...current, counter: last }, result: null };
    });
  for (const isUsed of [true, false])
    for (const broken of isUsed ? [Infinity] : [1, 2, 3, 4, 5, Infinity]) {
      const [kid, next] = [vault.ring.active, vaultKey(randomBytes(32))];
      const ring = { ...vault.ring, keys: [next, ...vault.ring.keys], active: next.kid };
      vault.use(ring);
      const mover = createVault(ring.keys, ring);
      let asked = 0;
      const step = async (): Promise<void> => {
        asked += 1;
        if (asked >= broken) throw new Error('Broken off.');
        if (isUsed) await use();
      };
      const watched = new Proxy(keyedStore(fresh.store, mover), {
        get(of, name) {
          const value = Reflect.get(of, name) as (...args: unknown[]) => unknown;
          if (!['get', 'insert', 'delete', 'update'].includes(String(name))) return value;
          return async (...args: unknown[]) => {
            const done = await value.apply(of, args);
            await step();
            return done;
          };
        },
      });
      const parts = { store: watched, vault: mover, collections: COLLECTIONS };
      await moveCounters(parts, kid).catch((error: Error) => {
        assert.match(error.message, /Broken off/u);
      });
      assert.equal((await store.get(counters, now()))?.counter, last);
      await moveCounters({ ...parts, store: keyedStore(fresh.store, mover) }, kid);
      assert.equal((await store.get(counters, now()))?.counter, last);
      const { items } = await store.scan(counters);
      assert.deepEqual(
        items.map((one) => one.id),
        [now()],
      );
    }
});
