/** Which keys an installation signs with. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { signingKeyCollection } from '../../src/records/signing-key.ts';
import { signingKeys } from '../../src/oidc/tokens/signing-keys.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const NOW = 4_000_000_000_000;
let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore(NOW);
});
after(() => fresh.close());

const keys = () => signingKeys(fresh.store, fresh.vault, NOW);

it('are the same for all who start at once, and what is missing of an old store is made', async () => {
  const [first, ...others] = await Promise.all([keys(), keys(), keys()]);
  for (const other of others) assert.deepEqual(other, first);
  assert.deepEqual(
    first.map(({ alg, use }) => [alg, use]),
    [
      ['ES256', 'sig'],
      ['RS256', 'sig'],
    ],
  );
  assert.ok(await fresh.store.delete(signingKeyCollection, 'RS256-1'));
  const [es256, rs256] = await keys();
  assert.deepEqual(es256, first[0]);
  assert.equal(rs256?.alg, 'RS256');
  assert.notEqual(rs256?.kid, first[1]?.kid);
});
