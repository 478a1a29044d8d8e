/** Nothing is read for claims that need nothing of it. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { answerClaims } from '../../src/oidc/claims/answer.ts';
import { createGroupNames } from '../../src/oidc/claims/group-names.ts';
import { cachedOrganisations } from '../../src/oidc/clients/known-organisations.ts';
import { createMailDomains } from '../../src/oidc/claims/mail-domains.ts';
import { readClient } from '../../src/oidc/clients/clients.ts';
import type { ClientRecord } from '../../src/records/client.ts';
import { groupCollection } from '../../src/records/group.ts';
import { completeProfile, profileCollection } from '../../src/records/profile.ts';
import type { Store } from '../../src/storage/store.ts';
import { byOperator } from '../support/by-operator.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { aPerson } from '../support/people.ts';

const NOW = 4_000_000_000_000;
let fresh: FreshStore;
let base: ClientRecord;
before(async () => {
  fresh = await openFreshStore(NOW);
  const operator = byOperator({ ...fresh, now: () => NOW });
  await operator.addOrganisation({ name: 'Acme', mfa: 'off', domains: ['acme.test'] });
  const app = { id: 'app', name: 'App', kind: 'web', redirectUris: ['https://a.test/'] } as const;
  base = readClient((await operator.addClient(app)).client);
  for (const id of ['one', 'two', 'three'])
    await fresh.store.insert(groupCollection, id, {
      id,
      organisation: 'acme',
      name: id,
      description: '',
      createdAt: 0,
    });
  const attributes = { essay: 'x'.repeat(8000) };
  await fresh.store.insert(profileCollection, 'alice', {
    ...completeProfile(undefined),
    givenName: 'Alice',
    attributes,
  });
});
after(() => fresh.close());

const alice = aPerson({ id: 'alice', email: 'alice@acme.test', groups: ['one', 'two', 'gone'] });

/** What was answered, and which documents were read for it. */
async function answer(change: Partial<ClientRecord>, names: string[], own: string[] = []) {
  const read: string[] = [];
  const get: Store['get'] = (collection, id) => {
    read.push(`${collection.name} ${id}`);
    return fresh.store.get(collection, id);
  };
  const getMany: Store['getMany'] = (collection, ids) => {
    read.push(...ids.map((id) => `${collection.name} ${id}`));
    return fresh.store.getMany(collection, ids);
  };
  const parts = {
    store: { get },
    groupNames: createGroupNames({ getMany }, () => NOW),
    mailDomains: createMailDomains({
      store: { get },
      organisation: cachedOrganisations({ get }, () => NOW),
      now: () => NOW,
    }),
  };
  const asked = { names: new Set(names), own: new Set(own) };
  const { standard, own: told } = await answerClaims(parts, alice, { ...base, ...change }, asked);
  return { told: { ...standard, ...told }, read: read.toSorted() };
}

it('reads nothing for what the person’s own document says', async () => {
  const { told, read } = await answer({}, ['name', 'preferred_username', 'email', 'sub', 'nobody']);
  assert.deepEqual(Object.keys(told), ['name', 'preferred_username', 'email']);
  assert.deepEqual(read, []);
  const claims = [{ name: 'tenant', constant: 'one' }];
  assert.deepEqual((await answer({ claims }, [], ['tenant'])).read, []);
  const unasked = [{ name: 'floor', attribute: 'floor' }];
  assert.deepEqual((await answer({ claims: unasked, groups: 'all' }, [])).read, []);
});

it('reads what a claim needs, once', async () => {
  const profile = await answer({}, ['given_name', 'locale', 'phone_number', 'updated_at']);
  assert.deepEqual(profile.read, ['profile alice']);
  assert.deepEqual((await answer({}, ['email_verified'])).read, ['organisation acme']);
  const all = await answer({ groups: 'all' }, ['groups']);
  assert.deepEqual(all.read, ['group gone', 'group one', 'group two']);
  assert.deepEqual(all.told, { groups: ['acme/one', 'acme/two'] });
  const named = await answer({ groups: ['two', 'three'] }, ['groups']);
  assert.deepEqual(named.read, ['group two'], 'no group that the client is not told of');
  assert.deepEqual((await answer({ groups: 'none' }, ['groups'])).read, []);
});

it('tells 8 KiB of one attribute as they are', async () => {
  const claims = [{ name: 'essay', attribute: 'essay' }];
  const { told, read } = await answer({ claims }, [], ['essay']);
  assert.equal(String(told['essay']).length, 8000);
  assert.deepEqual(read, ['profile alice']);
});
