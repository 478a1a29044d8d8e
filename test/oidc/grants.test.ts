/** Grants on the store: one that was taken away is not brought back by a request that had read it before. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { createAdapters } from '../../src/oidc/adapters/adapter.ts';
import { grantKey } from '../../src/oidc/adapters/adapter-parts.ts';
import { grantCollection } from '../../src/records/stored-model.ts';
import { createDeferredWrites } from '../../src/oidc/adapters/deferred-writes.ts';
import { knownOrganisations } from '../support/fresh-store.ts';
import { organisationCollection } from '../../src/records/organisation.ts';
import { anOrganisation } from '../support/people.ts';
import { createRequestPeople } from '../../src/oidc/adapters/request-people.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import type { Store } from '../../src/storage/store.ts';
import { doBetween } from '../support/watched-store.ts';
import { addPerson } from '../support/operator.ts';

const HOUR = 3600;

let fresh: FreshStore;
let person: string;
let count = 0;
before(async () => {
  fresh = await openFreshStore();
  await fresh.store.insert(organisationCollection, 'acme', anOrganisation());
  const names = { organisation: 'acme', login: 'alice', email: 'alice@acme.test', name: 'Alice' };
  person = (await addPerson(fresh.store, names, fresh.clock.now)).id;
});
after(() => fresh.close());
beforeEach(() => (count += 1));

/** Of one process. */
const grants = (store: Store = fresh.store): Adapter =>
  createAdapters({
    store,
    vault: fresh.vault,
    people: createRequestPeople(fresh.store, () => fresh.clock.now),
    organisations: knownOrganisations(fresh),
    deferredWrites: createDeferredWrites(),
    signInLimit: { take() {} },
    relay: { soon() {} },
    clientMetadata: async () => ({ client_id: 'webmail' }),
    offeredScopes: async () => new Set(),
    available: [],
    now: () => fresh.clock.now,
  })('Grant');

const payload = (scope: string): AdapterPayload => ({
  accountId: person,
  clientId: 'webmail',
  iat: Math.floor(fresh.clock.now / 1000),
  openid: { scope },
});
const id = (): string => `grant-${count}`;
const scopeOf = async (): Promise<unknown> => (await grants().find(id()))?.['openid'];
const takeAway = () => fresh.store.delete(grantCollection, grantKey(fresh.vault, id()));

describe('a grant', () => {
  it('is made, and given more', async () => {
    const adapter = grants();
    await adapter.upsert(id(), payload('openid'), HOUR);
    assert.ok(await adapter.find(id()));
    await adapter.upsert(id(), payload('openid email'), HOUR);
    assert.deepEqual(await scopeOf(), { scope: 'openid email' });
  });

  it('that was read is the library’s to add to, and nobody else’s', async () => {
    const adapter = grants();
    const resources = { 'urn:mail': 'mail' };
    await adapter.upsert(id(), { ...payload('openid'), resources }, HOUR);
    for (let nth = 0; nth < 2; nth += 1) {
      const found = (await adapter.find(id())) as { openid: { scope: string }; resources: object };
      found.openid.scope = 'openid profile email';
      Object.assign(found.resources, { 'urn:other': 'all' });
    }
    assert.deepEqual(await scopeOf(), { scope: 'openid' });
    assert.deepEqual((await adapter.find(id()))?.['resources'], resources);
  });

  it('that two requests add to at once has what both added, and keeps nothing as rejected', async () => {
    await grants().upsert(id(), payload('openid'), HOUR);
    const both = [grants(), grants()];
    for (const each of both) assert.ok(await each.find(id()));
    const rejected = { openid: { scope: 'profile' } };
    await Promise.all([
      both[0]?.upsert(id(), { ...payload('openid email'), rejected }, HOUR),
      both[1]?.upsert(id(), { ...payload('openid'), openid: { claims: ['name'] } }, HOUR),
    ]);
    assert.deepEqual(await scopeOf(), { scope: 'openid email', claims: ['name'] });
    assert.ok(!('rejected' in ((await grants().find(id())) ?? {})));
  });

  it('that was taken away after it was read is not given more', async () => {
    const adapter = grants();
    await grants().upsert(id(), payload('openid'), HOUR);
    assert.ok(await adapter.find(id()));
    await takeAway();
    await adapter.upsert(id(), payload('openid email'), HOUR);
    assert.equal(await scopeOf(), undefined);
  });

  it('tells its last use, once a day, keeps it when given more, and is let go with it', async () => {
    const usedAt = async (): Promise<number | undefined> =>
      (await fresh.store.get(grantCollection, grantKey(fresh.vault, id())))?.usedAt;
    await grants().upsert(id(), payload('openid'), 7 * 24 * HOUR);
    await grants().find(id());
    assert.equal(await usedAt(), undefined, 'on the day that it was made');
    fresh.clock.now += 25 * HOUR * 1000;
    const adapter = grants();
    await Promise.all([adapter.find(id()), grants().find(id())]);
    const noted = await usedAt();
    assert.equal(noted, fresh.clock.now);
    fresh.clock.now += 20 * HOUR * 1000;
    await adapter.find(id());
    await adapter.upsert(id(), payload('openid email'), 7 * 24 * HOUR);
    assert.equal(await usedAt(), noted);
    fresh.clock.now += 5 * HOUR * 1000;
    const late = doBetween(fresh.store, 'get grant', async () => void (await takeAway()));
    assert.ok(await grants(late).find(id()), 'as it was read');
    assert.equal(await scopeOf(), undefined, 'and not brought back');
  });

  it('is found where its use cannot be written down', async () => {
    await grants().upsert(id(), payload('openid'), 7 * 24 * HOUR);
    fresh.clock.now += 25 * HOUR * 1000;
    const full = new Proxy(fresh.store, {
      get: (store, verb: keyof Store) =>
        verb === 'update' ? () => Promise.reject(new Error('full')) : store[verb].bind(store),
    });
    assert.ok(await grants(full).find(id()));
  });
});
