/** Several processes see the requests of one client. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { pino } from 'pino';
import { clientPkceCollection, watchPkce } from '../../src/oidc/clients/client-pkce.ts';
import { RECORD } from '../../src/oidc/clients/clients.ts';
import { createDeferredWrites } from '../../src/oidc/adapters/deferred-writes.ts';
import type { Store } from '../../src/storage/store.ts';
import { openFreshStore, type FreshStore } from '../support/fresh-store.ts';

let fresh: FreshStore;
before(async () => {
  fresh = await openFreshStore();
});
after(() => fresh.close());

/** One process: it sees a code redeemed, and answers when its writes are done. */
function newProcess(store: Pick<Store, 'get' | 'update'> = fresh.store) {
  const deferredWrites = createDeferredWrites();
  const now = () => fresh.clock.now;
  const log = pino({ enabled: false });
  const see = watchPkce({ store, deferredWrites, log, now });
  return async (codeChallenge: string | undefined, registration = 'first') => {
    const client = { clientId: 'app', [RECORD]: { registration } };
    const oidc = { client, entities: { AuthorizationCode: { codeChallenge } } };
    const ctx = { oidc } as unknown as KoaContextWithOIDC;
    await deferredWrites.beforeAnswer(ctx, async () => see(ctx));
  };
}

const record = () => fresh.store.get(clientPkceCollection, 'app');

it('whoever saw it last has said it, within a minute', async () => {
  const { now } = fresh.clock;
  const [one, two] = [newProcess(), newProcess()];
  await Promise.all([one('x'), two('x'), one('x'), two('x')]);
  assert.deepEqual(await record(), { sends: true, since: now, registration: 'first' });
  fresh.clock.now += 60_000;
  await two(undefined);
  assert.deepEqual(await record(), { sends: false, since: now + 60_000, registration: 'first' });
  await one('x');
  assert.equal((await record())?.sends, true, 'not as it remembers it');
  await one('x', 'second');
  assert.equal((await record())?.registration, 'second');
});

it('a note that cannot be made takes no tokens away, and is made the next time', async () => {
  let fails = true;
  const store: Pick<Store, 'get' | 'update'> = {
    get: (kind, id) => fresh.store.get(kind, id),
    update: (kind, id, change) => {
      if (fails) return Promise.reject(new Error('full'));
      return fresh.store.update(kind, id, change);
    },
  };
  const one = newProcess(store);
  await one(undefined, 'third');
  assert.notEqual((await record())?.registration, 'third');
  fails = false;
  await one(undefined, 'third');
  assert.equal((await record())?.registration, 'third');
});
