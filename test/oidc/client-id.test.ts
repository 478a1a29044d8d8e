import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { clientCollection } from '../../src/records/client.ts';
import { getClient } from '../../src/oidc/clients/clients.ts';
import { newClientRecord } from '../../src/oidc/clients/registration/new-client-record.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore();
});
after(() => fresh.close());

const newRecord = (id: string) =>
  newClientRecord(
    { id, name: 'App', kind: 'web', redirectUris: ['https://app.example/cb'] },
    { access_token: 60, id_token: 60, refresh_token: 60 },
  );

describe('the id of a client', () => {
  it('is letters, digits, dots, hyphens and underscores, and not dots alone', () => {
    for (const id of ['a', 'A.b-c_1', '.a', '..a', 'a..', '-', 'x'.repeat(64)])
      assert.equal(newRecord(id).id, id);
    for (const id of ['', '.', '..', '...', 'a/b', 'a b', 'é', '%2e', 'a\n', 'x'.repeat(65)])
      assert.throws(() => newRecord(id), { code: 'client-id-format' }, JSON.stringify(id));
  });

  it('that could be registered before is still read', async () => {
    const record = { ...newRecord('app'), id: '..', secretHash: null, createdAt: 1 };
    await fresh.store.insert(clientCollection, '..', record);
    assert.equal((await getClient(fresh.store, '..'))?.id, '..');
  });
});
