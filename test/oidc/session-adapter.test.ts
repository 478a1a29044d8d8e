/** The library's sessions on the store: one that was ended from outside is gone by every way to it. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { changePerson } from '../../src/records/person.ts';
import { endedBy } from '../../src/policy/revocation/ended-fields.ts';
import { createDeferredWrites } from '../../src/oidc/adapters/deferred-writes.ts';
import { knownOrganisations } from '../support/fresh-store.ts';
import { createRequestPeople } from '../../src/oidc/adapters/request-people.ts';
import { sessionAdapter } from '../../src/oidc/adapters/session-adapter.ts';
import { sessionKey, sessionCollection } from '../../src/records/session.ts';
import { endStoredSession } from '../../src/oidc/logout/session-ending.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';
import { endingParts } from '../support/sessions.ts';
import { addPerson } from '../support/operator.ts';

const HOUR = 3600;

let fresh: FreshStore;
let adapter: Adapter;
let person: string;
let count = 0;
before(async () => {
  fresh = await openFreshStore();
  const names = { organisation: 'acme', login: 'alice', email: 'alice@acme.test', name: 'Alice' };
  person = (await addPerson(fresh.store, names, fresh.clock.now)).id;
});
after(() => fresh.close());
beforeEach(() => {
  count += 1;
  adapter = sessionAdapter({
    store: fresh.store,
    vault: fresh.vault,
    people: createRequestPeople(fresh.store, () => fresh.clock.now),
    organisations: knownOrganisations(fresh),
    deferredWrites: createDeferredWrites(),
    signInLimit: { take() {} },
    clientMetadata: async () => undefined,
    now: () => fresh.clock.now,
  });
});

const payload = (fields: AdapterPayload = {}): AdapterPayload => ({
  uid: `uid-${count}`,
  accountId: person,
  authorizations: { webmail: { sid: `sid-${count}`, grantId: `grant-${count}` } },
  ...fields,
});
const cookie = (): string => `cookie-${count}`;
const key = (): string => sessionKey(fresh.vault, `uid-${count}`);
const end = (mayEnd = true): Promise<boolean> =>
  endStoredSession(endingParts(fresh), key(), {
    mayEnd: () => mayEnd,
    cause: 'session-ended',
    messages: [],
    now: fresh.clock.now,
  });

describe('a session that is read', () => {
  it('is the library’s to change, by either way to it, and nobody else’s', async () => {
    const waiting = { ...payload(), state: { postLogoutRedirectUri: 'https://app.test/bye' } };
    await adapter.upsert(cookie(), waiting, HOUR);
    for (const find of [
      () => adapter.find(cookie()),
      () => adapter.find(cookie()),
      () => adapter.findByUid(`uid-${count}`),
    ]) {
      const found = (await find()) as AdapterPayload;
      const { authorizations = {} } = found;
      authorizations['webmail']!.sid = 'changed';
      authorizations['other'] = {};
      found.state!['postLogoutRedirectUri'] = undefined;
      found.accountId = 'changed';
    }
    assert.deepEqual(await adapter.findByUid(`uid-${count}`), waiting);
  });
});

describe('a session that was ended', () => {
  it('is found neither by its cookie nor by its uid, whoever looked before', async () => {
    await adapter.upsert(cookie(), payload(), HOUR);
    assert.ok(await adapter.find(cookie()));
    assert.ok(await adapter.findByUid(`uid-${count}`));
    assert.equal(await end(), true);
    assert.equal(await adapter.find(cookie()), undefined);
    assert.equal(await adapter.findByUid(`uid-${count}`), undefined);
  });

  it('is not brought back by a late write, and its cookie finds nothing anew', async () => {
    await adapter.upsert(cookie(), payload(), HOUR);
    assert.equal(await end(), true);
    await adapter.upsert(cookie(), payload({ amr: ['pwd'] }), HOUR);
    assert.equal(await adapter.find(cookie()), undefined);
    const stored = await fresh.store.get(sessionCollection, key());
    assert.equal(stored?.ended, true);
    assert.equal(stored.payload.amr, undefined);
  });

  it('keeps what is to be told of it when the browser signs out as well', async () => {
    await adapter.upsert(cookie(), payload(), HOUR);
    await adapter.find(cookie());
    assert.equal(await end(), true);
    await adapter.destroy(cookie());
    const { postings = [] } = (await fresh.store.get(sessionCollection, key())) ?? {};
    const told = { id: `sid-${count}`, client: 'webmail', person, orderedAt: fresh.clock.now };
    assert.deepEqual(postings, [{ logout: told }]);
  });

  it('is one that may be ended, and once', async () => {
    assert.equal(await end(), false, 'there is none');
    await adapter.upsert(cookie(), payload(), HOUR);
    assert.equal(await end(false), false);
    assert.ok(await adapter.find(cookie()));
    assert.equal(await end(), true);
    assert.equal(await end(), false);
  });
});

describe('a session', () => {
  it('is removed by a sign-out when nothing is left to be told of it', async () => {
    await adapter.upsert(cookie(), payload(), HOUR);
    await adapter.destroy(cookie());
    assert.equal(await fresh.store.get(sessionCollection, key()), undefined);
  });

  it('of an older epoch is hidden, and can still be ended', async () => {
    await adapter.upsert(cookie(), payload(), HOUR);
    await changePerson(fresh.store, person, (current) => ({
      set: endedBy(current, 'factor-added'),
      result: undefined,
    }));
    assert.equal(await adapter.find(cookie()), undefined);
    assert.equal(await end(), true);
  });
});
