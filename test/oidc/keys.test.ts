/** Which keys an installation signs with. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import {
  firstSigningKey,
  firstSigningKeyCollection,
  SIGNING_KEYS,
  signingKeyCollection,
} from '../../src/records/signing-key.ts';
import { followKeys } from '../../src/oidc/tokens/followed-keys.ts';
import { createKeyReader, signingKeySet } from '../../src/oidc/tokens/signing-keys.ts';
import { tellingVault } from '../../src/server/damage/tell.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const NOW = 4_000_000_000_000;
let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
});
after(() => fresh.close());

const keys = () => signingKeySet(fresh, NOW);
const read = async () => createKeyReader(fresh.vault)(await keys(), NOW);

it('are the same for all who start at once, and those of an older version are taken over', async () => {
  const [first, ...others] = await Promise.all([read(), read(), read()]);
  for (const other of others) assert.deepEqual(other, first);
  assert.deepEqual(
    first.map(({ alg, use }) => [alg, use]),
    [
      ['ES256', 'sig'],
      ['RS256', 'sig'],
    ],
  );
  // As that version kept them; one is missing.
  const [es256] = first;
  const id = firstSigningKey('ES256');
  const sealed = await fresh.vault.seal('signing-key', id, JSON.stringify(es256));
  await fresh.store.insert(firstSigningKeyCollection, id, { alg: 'ES256', sealed, createdAt: 5 });
  assert.ok(await fresh.store.delete(signingKeyCollection, SIGNING_KEYS));
  const [kept, made] = await read();
  assert.deepEqual(kept, es256);
  assert.equal(made?.alg, 'RS256');
  assert.notEqual(made?.kid, first[1]?.kid);
  assert.equal((await keys()).keys[0]?.createdAt, 5);
});

it('one whose seal is broken is named, with what takes it away', async () => {
  const { keys: all } = await keys();
  const [damaged] = all;
  assert.ok(damaged?.sealed);
  const told: string[] = [];
  const vault = tellingVault(fresh.vault, ({ kind }) => told.push(kind));
  const set = {
    keys: all.map((key) => ({ ...key, sealed: `${key.sealed?.slice(0, -9)}AAAAAAAAA` })),
  };
  const way = new RegExp(
    `its seal is broken\\. latchkey keys retire --leaked ${damaged.kid} `,
    'u',
  );
  await assert.rejects(createKeyReader(vault)(set, NOW), { name: 'DamagedDocument', message: way });
  assert.ok(told.includes('sealed signing-key'));
});

it('are read anew by a process that fell asleep while it read them', async () => {
  const { store, vault } = fresh;
  let at = NOW;
  let asleep: Promise<void> | undefined;
  const slow = {
    insert: store.insert.bind(store),
    async get(...asked: Parameters<typeof store.get>) {
      const read = await store.get(...asked);
      await asleep;
      return read;
    },
  } as Pick<typeof store, 'get' | 'insert'>;
  const keyed = await followKeys({ store: slow, vault, now: () => at });
  const leaked = keyed.jwks[0]?.kid;
  const { promise, resolve: wake } = Promise.withResolvers<void>();
  asleep = promise;
  const looking = keyed.look();
  await store.get(signingKeyCollection, SIGNING_KEYS);
  const { keys: all } = await keys();
  const left = { keys: all.filter(({ kid }) => kid !== leaked) };
  await store.put(signingKeyCollection, SIGNING_KEYS, left);
  at += 3_000;
  const answered = keyed.beforeRequest({} as never, async () => {
    assert.ok(!keyed.jwks.some(({ kid }) => kid === leaked));
  });
  wake();
  await Promise.all([looking, answered]);
});
