/** What a token hangs on is kept under keys that are hashed once, and anew when the installation hashes with another key. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import requests from 'oidc-provider/lib/helpers/als.js';
import { grantKey } from '../../src/oidc/adapters/adapter-parts.ts';
import { createReadAhead, type ReadAhead } from '../../src/oidc/adapters/read-ahead.ts';
import { createRequestPeople } from '../../src/oidc/adapters/request-people.ts';
import { sessionKey } from '../../src/records/session.ts';
import { createVault, vaultKey, type Vault } from '../../src/secrets/vault.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

let fresh: FreshStore;
before(async () => (fresh = await openFreshStore()));
after(() => fresh.close());

const [first, second] = [vaultKey(randomBytes(32)), vaultKey(randomBytes(32))];
const RELATED = { sessionUid: 'uid', grantId: 'grant' };

let vault: Vault;
let hashed: string[];
let ahead: ReadAhead;
beforeEach(() => {
  vault = createVault([first]);
  hashed = [];
  ahead = createReadAhead({
    store: fresh.store,
    vault: {
      hash(purpose, value) {
        hashed.push(value);
        return vault.hash(purpose, value);
      },
      get ring() {
        return vault.ring;
      },
      get hasOthers() {
        return vault.hasOthers;
      },
    },
    people: createRequestPeople(fresh.store, () => fresh.clock.now),
  });
  ahead.know('token', RELATED);
});

/** The keys by which a request reads them, and what it hashes for that. */
async function read(route = 'userinfo') {
  hashed = [];
  const readings = requests.run({ oidc: { route } }, () => {
    ahead.expect('token');
    const reads = [ahead.session('uid'), ahead.grant('grant')];
    ahead.begin('token', { ...RELATED });
    return reads;
  });
  for (const { stored } of readings) assert.equal(await stored, undefined);
  return { keys: readings.map(({ key }) => key), hashed };
}

const present = () => [sessionKey(vault, 'uid'), grantKey(vault, 'grant')];

describe('the keys of what a token hangs on', () => {
  it('are hashed once', async () => {
    assert.deepEqual(await read(), { keys: present(), hashed: ['uid', 'grant'] });
    assert.deepEqual(await read(), { keys: present(), hashed: [] });
    assert.deepEqual(await read('introspection'), { keys: present(), hashed: [] });
  });

  it('are hashed for each request while there are several to find them under', async () => {
    await read();
    const before = present();
    vault.use({ keys: [second, first], active: second.kid, first: first.kid, retired: [] });
    for (let nth = 0; nth < 2; nth += 1) {
      const { keys, hashed: anew } = await read();
      assert.deepEqual([keys, anew], [present(), ['uid', 'grant']]);
      assert.notDeepEqual(keys, before);
      const under = keys.flatMap((key) => vault.others(key).map(({ hash }) => hash));
      assert.deepEqual(under, before);
    }
  });

  it('are of the key that is left when the other one is retired', async () => {
    await read();
    const before = present();
    const ring = { keys: [second, first], active: second.kid, first: first.kid };
    vault.use({ ...ring, retired: [first.kid] });
    assert.deepEqual(await read(), { keys: present(), hashed: ['uid', 'grant'] });
    assert.deepEqual(await read(), { keys: present(), hashed: [] });
    assert.notDeepEqual(present(), before);
  });

  it('are others where it hangs on something else by now', async () => {
    await read();
    ahead.know('token', { ...RELATED, grantId: 'another' });
    hashed = [];
    const reading = requests.run({ oidc: { route: 'userinfo' } }, () => {
      ahead.expect('token');
      return ahead.grant('another');
    });
    assert.equal(reading.key, grantKey(vault, 'another'));
    assert.deepEqual(hashed, ['uid', 'another']);
  });
});
