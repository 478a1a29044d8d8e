/** How a client is told to many: asked for once in half a second, whoever asks. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { createClientLabel } from '../../src/oidc/clients/client-names.ts';
import { byOperator } from '../support/by-operator.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const NOW = 4_000_000_000_000;

let parts: FreshStore;
before(async () => {
  parts = await openFreshStore(NOW);
});
after(() => parts.close());

it('a client is called by its name, and with its id where another one is called so', async () => {
  const now = (): number => parts.clock.now;
  const operator = byOperator({ store: parts.store, vault: parts.vault, now });
  const add = async (name: string) => {
    const input = { name, kind: 'web', redirectUris: ['https://app.test/callback'] } as const;
    return (await operator.addClient(input)).client;
  };
  let asked = 0;
  const store = {
    find: ((collection, query) => {
      asked += 1;
      return parts.store.find(collection, query);
    }) as FreshStore['store']['find'],
  };
  const label = createClientLabel(store, now);
  const first = await add('Webmail');
  const all = await Promise.all(Array.from({ length: 50 }, () => label(first)));
  assert.deepEqual([...new Set(all)], ['Webmail']);
  assert.equal(asked, 1);

  const second = await add('webmail ');
  assert.equal(await label(first), 'Webmail', 'for half a second');
  parts.clock.now += 500;
  assert.equal(await label(first), `Webmail (${first.id})`);
  assert.equal(await label(second), `${second.name} (${second.id})`);
  assert.equal(await label(await add('Calendar')), 'Calendar');
  assert.equal(asked, 3);
});
