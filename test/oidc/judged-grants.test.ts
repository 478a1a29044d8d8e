/**
 * What the token endpoint issues is signed and saved while the code or refresh token is being used up, where that is a round
 * trip, and told to nobody before the verdict of that.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Provider, type KoaContextWithOIDC } from 'oidc-provider';
import instance from 'oidc-provider/lib/helpers/weak_cache.js';
import { createDeferredWrites } from '../../src/oidc/adapters/deferred-writes.ts';
import { judgeGrants } from '../../src/oidc/tokens/judged-grants.ts';
import { StoreUnavailable, type Store } from '../../src/storage/store.ts';
import { exchange, post, token, type Registration } from '../support/relying-party.ts';
import { ENGINE } from '../support/stores.ts';
import { startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { signIn, silently, type SignedIn } from '../support/sign-in.ts';
import { holdUpdates, noteWrites } from '../support/watched-store.ts';

/** Is anything issued while something is used up? */
const MEANWHILE = ENGINE === 'mongodb';

let server: TestServer;
let webmail: Registration;
let spa: Registration;
let person: TestPerson;
let signedIn: SignedIn;
before(async () => {
  server = await startTestServer();
  webmail = await server.addClient();
  spa = await server.addClient({ name: 'Browser app', kind: 'spa' });
  person = await server.addPerson({}, { totp: true });
  signedIn = await signIn(webmail, person);
});
after(() => server.stop());

const refresh = (value: unknown) =>
  token(spa, { grant_type: 'refresh_token', refresh_token: String(value) });
const error = (answer: { status: number; body: Record<string, string> }) => [
  answer.status,
  answer.body['error'],
];

async function newCode(): Promise<() => ReturnType<typeof exchange>> {
  const { asked, callback } = await silently(webmail, signedIn.browser);
  return () => exchange(webmail, asked, callback);
}

async function newRefreshToken(): Promise<unknown> {
  return (await signIn(spa, person, { browser: signedIn.browser })).tokens['refresh_token'];
}

/** Has it come while others were answered? */
function watched<T>(work: Promise<T>) {
  const state = { work, done: false };
  const note = (): void => void (state.done = true);
  work.then(note, note);
  return state;
}

/** From now on updates of that collection fail; answers what ends it. */
function failUpdates(store: Store, name: string): () => void {
  const { update } = store;
  const failing = (...args: [{ name: string }, ...unknown[]]): unknown =>
    args[0].name === name
      ? Promise.reject(new StoreUnavailable('not now'))
      : Reflect.apply(update, store, args);
  Object.assign(store, { update: failing });
  return () => void Object.assign(store, { update });
}

/** Which tokens are saved while `act` is held up by that collection, and what comes of it afterwards. */
async function heldUp<T>(name: string, act: () => Promise<T>) {
  const saved = new Set<string>();
  const issued = Promise.withResolvers<void>();
  const stop = noteWrites(server.store, (_, collection) => {
    if (collection.endsWith('_token')) saved.add(collection);
    if (collection === 'access_token') issued.resolve();
  });
  const hold = holdUpdates(server.store, name);
  try {
    const asking = watched(act());
    await Promise.all([hold.begun, MEANWHILE && issued.promise]);
    // Others are answered meanwhile, so that it has had its time.
    for (let others = 0; others < 3; others += 1)
      assert.equal((await post(webmail, '/token/introspection', { token: 'nothing' })).status, 200);
    const [meanwhile, isAnswered] = [[...saved].toSorted(), asking.done];
    hold.release();
    return { meanwhile, isAnswered, answer: await asking.work };
  } finally {
    hold.release();
    stop();
  }
}

describe('while a code is being used up', () => {
  it('nobody is answered, and its tokens are saved where that is a round trip', async () => {
    const redeem = await newCode();
    const { meanwhile, isAnswered, answer } = await heldUp('authorization_code', redeem);
    assert.deepEqual(meanwhile, MEANWHILE ? ['access_token', 'refresh_token'] : []);
    assert.deepEqual([isAnswered, answer.status], [false, 200]);
  });

  it('another that redeems it is refused, and what both were to get ends', async () => {
    const redeem = await newCode();
    const both = () => Promise.all([redeem(), redeem()]);
    const { isAnswered, answer } = await heldUp('authorization_code', both);
    assert.equal(isAnswered, false);
    const [won, lost] = answer.toSorted((a, b) => a.status - b.status);
    assert.deepEqual([won?.status, lost && error(lost)], [200, [400, 'invalid_grant']]);
    assert.deepEqual(Object.keys(lost?.body ?? {}).toSorted(), ['error', 'error_description']);
    const token = won?.body['access_token'] ?? '';
    const { body } = await post(webmail, '/token/introspection', { token });
    assert.equal(body['active'], false);
    assert.equal((await redeem()).body['error'], 'invalid_grant');
  });

  it('that cannot be written is no answer, and the code is good afterwards', async () => {
    const redeem = await newCode();
    const mend = failUpdates(server.store, 'authorization_code');
    const refused = await redeem().finally(mend);
    assert.deepEqual(error(refused), [503, 'temporarily_unavailable']);
    assert.equal((await redeem()).status, 200);
    assert.deepEqual(error(await redeem()), [400, 'invalid_grant']);
  });
});

describe('while a refresh token is rotated', () => {
  it('nobody is answered, and its access token is saved where that is a round trip', async () => {
    const first = await newRefreshToken();
    const { meanwhile, isAnswered, answer } = await heldUp('refresh_token', () => refresh(first));
    assert.deepEqual(meanwhile, MEANWHILE ? ['access_token'] : []);
    assert.deepEqual([isAnswered, answer.status], [false, 200]);
    assert.equal((await refresh(answer.body['refresh_token'])).status, 200);
  });

  it('that cannot be written is no answer, and the same token is good afterwards', async () => {
    const first = await newRefreshToken();
    const mend = failUpdates(server.store, 'refresh_token');
    const refused = await refresh(first).finally(mend);
    assert.deepEqual(error(refused), [503, 'temporarily_unavailable']);
    const { status, body } = await refresh(first);
    assert.equal(status, 200);
    assert.equal((await refresh(body['refresh_token'])).status, 200);
    assert.deepEqual(error(await refresh(first)), [400, 'invalid_grant']);
  });
});

describe('an answer of the token endpoint', () => {
  const writes = createDeferredWrites();
  const provider = new Provider('http://localhost', {});
  provider.registerGrantType('of-test', async (ctx) => (ctx as unknown as Asked).answer());
  judgeGrants(provider, { deferredWrites: writes });

  interface Asked {
    answer(): Promise<void>;
  }

  /** The events that a handler is followed by come after it has resolved. */
  const asked = (answer: Asked['answer'], ...verdicts: Promise<unknown>[]) => {
    const ctx = { answer };
    for (const verdict of verdicts) void writes.judge(ctx, verdict);
    const handler = instance(provider).grantTypeHandlers.get('of-test');
    return handler?.(ctx as unknown as KoaContextWithOIDC);
  };

  const issued = async (): Promise<void> => {};
  const failing = async (): Promise<void> => {
    throw new Error('it was not suited');
  };

  it('is that of the library, where nothing was to be judged or nothing went against it', async () => {
    await asked(issued);
    await asked(issued, Promise.resolve(), Promise.resolve());
    await assert.rejects(async () => asked(failing, Promise.resolve()), /not suited/u);
  });

  it('comes after each verdict, and is the first of those against it', async () => {
    const { promise, reject } = Promise.withResolvers<void>();
    const other = Promise.reject(new Error('the second'));
    const asking = watched(Promise.resolve(asked(issued, promise, other)));
    await new Promise(setImmediate);
    assert.equal(asking.done, false);
    reject(new Error('the first'));
    await assert.rejects(asking.work, /the first/u);
  });

  it('is a verdict against it also where the library has refused it', async () => {
    const verdict = Promise.reject(new Error('used up by another'));
    await assert.rejects(async () => asked(failing, verdict), /used up by another/u);
  });

  it('that is refused waits too until what was used up is used up', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const asking = watched(Promise.resolve(asked(failing, promise)));
    await new Promise(setImmediate);
    assert.equal(asking.done, false);
    resolve();
    await assert.rejects(asking.work, /not suited/u);
  });
});
