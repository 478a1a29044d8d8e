/** What ends what a client holds, and since when its organisations are let in. */
import assert from 'node:assert/strict';
import { isOpenSince } from '../../src/oidc/clients/client-standing.ts';
import { after, before, describe, it } from 'node:test';
import { registerAccountClient } from '../../src/oidc/clients/own/account-client.ts';
import { ACCOUNT_CLIENT } from '../../src/oidc/clients/own/own-clients.ts';
import { admissions, type ClientChange } from '../../src/operations/clients/change-client.ts';
import { getClient, listClients, RECORD } from '../../src/oidc/clients/clients.ts';
import type { MessageCarrier } from '../../src/outbox/message.ts';
import { clientCollection, type ClientRecord } from '../../src/records/client.ts';
import { byOperator, type ByOperator } from '../support/by-operator.ts';
import { anOrganisation, aPerson } from '../support/people.ts';
import { isSecretOf } from '../support/clients.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

const NOW = 4_000_000_000_000;
let fresh: FreshStore;
let operator: ByOperator;
before(async () => {
  fresh = await openFreshStore(NOW);
  operator = byOperator({ ...fresh, now: () => NOW });
});
after(() => fresh.close());

const add = (id: string, kind: 'web' | 'spa' = 'web') =>
  operator.addClient({ id, name: id, kind, redirectUris: ['https://app.test/'] });

const typesIn = ({ postings = [] }: MessageCarrier): string[] =>
  postings.map((message) => ('event' in message ? message.event.type : 'none'));

describe('a client that is removed', () => {
  it('is gone at once, for one of several who remove it, and carries its event', async () => {
    await add('gone');
    const removals = await Promise.allSettled(
      Array.from({ length: 5 }, () => operator.removeClient('gone')),
    );
    assert.equal(removals.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal(await getClient(fresh.store, 'gone'), undefined);
    assert.ok(!(await Array.fromAsync(listClients(fresh.store))).some(({ id }) => id === 'gone'));
    await assert.rejects(operator.changeClient('gone', {}), { code: 'client-unknown' });
    await assert.rejects(operator.rotateSecret('gone', true), { code: 'client-unknown' });
    const { items } = await fresh.store.find(clientCollection, { index: 'postings', equals: 1 });
    assert.deepEqual(
      items.map(({ id, value }) => [id, typesIn(value)]),
      [['gone', ['client.added', 'client.removed']]],
    );
  });

  it('is not the account pages’ own, which is made anew where an older version removed it', async () => {
    const register = (name = 'Acme account') =>
      registerAccountClient(fresh, { issuer: 'https://login.test', name }, NOW);
    await assert.rejects(add(ACCOUNT_CLIENT), { code: 'client-built-in' });
    await register();
    const removing = operator.removeClient(ACCOUNT_CLIENT);
    await assert.rejects(removing, { code: 'client-built-in' });
    const rotating = operator.rotateSecret(ACCOUNT_CLIENT, true);
    await assert.rejects(rotating, { code: 'client-built-in' });
    const client = await getClient(fresh.store, ACCOUNT_CLIENT);
    assert.ok(client);
    await fresh.store.put(clientCollection, ACCOUNT_CLIENT, { ...client, gone: true });
    await register();
    assert.equal((await getClient(fresh.store, ACCOUNT_CLIENT))?.name, 'Acme account');
    await register('Example account');
    assert.equal((await getClient(fresh.store, ACCOUNT_CLIENT))?.name, 'Example account');
  });

  it('of the account pages’ own, only what is asked of a sign-in may be set', async () => {
    const account = { issuer: 'https://login.test', name: 'Acme account' };
    await registerAccountClient(fresh, account, NOW);
    await operator.addOrganisation({ name: 'Acme', mfa: 'off' });
    const set = (change: ClientChange) => operator.changeClient(ACCOUNT_CLIENT, change);
    const broken: ClientChange[] = [
      { firstParty: false },
      { organisations: ['acme'] },
      { requirePkce: false },
      { offlineAccess: true },
      { clientUri: 'https://app.test/' },
    ];
    for (const change of broken) await assert.rejects(set(change), { code: 'client-built-in' });
    const { alg, ...asked } = await set({
      requireAcr: 'urn:latchkey:acr:mfa',
      acceptTrust: false,
      organisations: null,
      firstParty: true,
    });
    assert.deepEqual([asked.requireAcr, asked.acceptTrust, alg], ['mfa', false, 'ES256']);
    await set({ requireAcr: null, acceptTrust: true });
  });
});

const of = (id: string) => ({ person: aPerson(), organisation: anOrganisation({ id }) });

describe('an organisation that was shut out and let in again', () => {
  it('has nothing back of what was issued before, in the same second or not', () => {
    const client = { [RECORD]: { id: 'app', admitted: { acme: 1500, '*': 0 } } };
    // What is known to the second is as old as its beginning.
    for (const [at, isOpen] of [
      [0, false],
      [1000, false],
      [1499, false],
      [1500, true],
      [2000, true],
    ] as const)
      assert.equal(isOpenSince(client, of('acme'), at), isOpen, String(at));
    assert.ok(isOpenSince(client, of('globex'), 0));
  });
});

describe('another secret', () => {
  it('takes the place of the old one; a leak makes another registration', async () => {
    const { client, secret } = await add('rotated');
    const next = await operator.rotateSecret('rotated', false);
    const rotated = await getClient(fresh.store, 'rotated');
    assert.ok(isSecretOf(fresh, rotated, next));
    assert.ok(!isSecretOf(fresh, rotated, secret ?? ''));
    assert.equal(rotated?.registration, client.registration);
    await operator.rotateSecret('rotated', true);
    const leaked = await getClient(fresh.store, 'rotated');
    assert.notEqual(leaked?.registration, client.registration);
    assert.notEqual(leaked?.secretHash, rotated?.secretHash);
  });

  it('is for a client that has one', async () => {
    await add('public', 'spa');
    await assert.rejects(operator.rotateSecret('public', true), { code: 'client-no-secret' });
  });
});

describe('an organisation is let in', () => {
  let client: ClientRecord;
  before(async () => {
    ({ client } = await add('open'));
  });
  const later = (fields: Partial<ClientRecord>, to: string[] | null, now = 7): object =>
    admissions({ ...client, ...fields }, { organisations: to }, now);
  const only = (...organisations: string[]) => ({ organisations });

  it('since always, where nothing was ever narrowed', () => {
    assert.deepEqual(later({}, null), {});
    assert.deepEqual(later(only('a', 'b'), ['b', 'a']), {});
  });

  it('since it was let in again; others as before', () => {
    assert.deepEqual(later({}, ['a']), { admitted: { a: 0, '*': 7 } });
    const narrowed = { ...only('a'), admitted: { a: 0, '*': 7 } };
    assert.deepEqual(later(narrowed, ['a', 'b'], 9), { admitted: { a: 0, b: 9, '*': 9 } });
    assert.deepEqual(later(narrowed, null, 9), { admitted: { a: 0, '*': 9 } });
    const reopened = { organisations: null, admitted: { a: 0, '*': 9 } };
    assert.deepEqual(later(reopened, ['a', 'b'], 11), { admitted: { a: 0, b: 9, '*': 11 } });
  });
});
