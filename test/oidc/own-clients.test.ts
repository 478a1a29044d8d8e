/** Latchkey's own clients register themselves, and are nobody else's. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { registerAdminClient } from '../../src/oidc/clients/own/admin-client.ts';
import { ADMIN_CLIENT } from '../../src/oidc/clients/own/own-clients.ts';
import { clientCollection, type ClientRecord } from '../../src/records/client.ts';
import { byOperator } from '../support/by-operator.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

let fresh: FreshStore;
before(async () => (fresh = await openFreshStore()));
after(() => fresh.close());

async function registered(issuer: string): Promise<ClientRecord> {
  await registerAdminClient(fresh, { issuer, name: 'Administration' }, fresh.clock.now);
  const client = await fresh.store.get(clientCollection, ADMIN_CLIENT);
  assert.ok(client);
  return client;
}

describe('the console’s client', () => {
  it('has nothing of an app that an older version let be called so', async () => {
    const operator = byOperator({ ...fresh, now: () => fresh.clock.now });
    const redirectUris = ['https://app.test/callback'];
    const { client: app } = await operator.addClient({ name: 'App', kind: 'web', redirectUris });
    const called = { ...app, id: ADMIN_CLIENT, requireAcr: null, acceptTrust: true };
    await fresh.store.put(clientCollection, ADMIN_CLIENT, called);
    const own = await registered('https://id.acme.test');
    assert.deepEqual(own.redirectUris, ['https://id.acme.test/admin/callback']);
    assert.deepEqual([own.requireAcr, own.acceptTrust, own.secrets], ['mfa', false, []]);
    assert.notEqual(own.secretHash, app.secretHash);
    assert.notEqual(own.registration, app.registration);
  });

  it('moves with the issuer, and asks what it was set to ask', async () => {
    const before_ = await registered('https://id.acme.test');
    await fresh.store.put(clientCollection, ADMIN_CLIENT, { ...before_, requireAcr: 'phr' });
    const moved = await registered('https://sso.acme.test');
    assert.deepEqual(moved, {
      ...before_,
      requireAcr: 'phr',
      redirectUris: ['https://sso.acme.test/admin/callback'],
    });
  });
});
