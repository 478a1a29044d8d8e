/** Without a sign-in no session is stored, and nothing else of whoever only looks. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sessionCollection } from '../../src/records/session.ts';
import { formerProofsCollection } from '../../src/oidc/adapters/proofs.ts';
import type { Collection } from '../../src/storage/store.ts';
import { pendingAuthorizationCollection } from '../../src/records/under-way/pending-authorization.ts';
import { makeState, readState } from '../../src/web/signed-in/authorization-state.ts';
import { assertAt, memberOf } from '../support/account.ts';
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import { authorize, type Registration } from '../support/relying-party.ts';
import { REDIRECT, startTestServer, type TestServer } from '../support/server.ts';
import { signIn, silently, stepOf } from '../support/sign-in.ts';

const GOODBYE = 'http://127.0.0.1:9/goodbye';

let server: TestServer;
let webmail: Registration;
before(async () => {
  server = await startTestServer();
  webmail = await server.addClient({ redirectUris: [REDIRECT], postLogoutRedirectUris: [GOODBYE] });
});
after(() => server.stop());

async function stored(): Promise<number> {
  const kinds: Collection<any>[] = [
    sessionCollection,
    formerProofsCollection,
    pendingAuthorizationCollection,
  ];
  const pages = await Promise.all(kinds.map((kind) => server.store.scan(kind)));
  return pages.reduce((sum, { items }) => sum + items.length, 0);
}

async function leavesNothing(work: () => Promise<unknown>): Promise<void> {
  const before_ = await stored();
  await work();
  await server.settle();
  assert.equal(await stored(), before_);
}

const SESSION = 'latchkey_session';

/** Of the browser's own secret. */
function hashOf(browser: HttpBrowser): string {
  const secret = [...browser.jar.values()].find(({ name }) => name === 'latchkey_browser');
  return server.vault.hash('browser', secret?.value ?? '');
}

/** A browser with the cookie of a session that has ended. */
async function stale(): Promise<HttpBrowser> {
  const person = await server.addPerson({}, { totp: true });
  const { browser } = await signIn(webmail, person);
  const copy = createHttpBrowser(server.issuer);
  copy.steal(browser, () => true);
  await browser.submit(await browser.open(`${server.issuer}/session/end`), { logout: 'yes' });
  assert.ok([...copy.jar.values()].some(({ name }) => name === SESSION));
  return copy;
}

describe('nothing is stored for', () => {
  it('a cookie of a session that has ended, or a made-up one', async () => {
    const browser = await stale();
    await leavesNothing(async () => {
      for (let n = 0; n < 3; n += 1) await browser.open(authorize(webmail).url);
      await silently(webmail, browser);
      await browser.open(`${server.issuer}/session/end`);
      await browser.open(`${server.issuer}/account`);
      const made = createHttpBrowser(server.issuer, { cookie: `${SESSION}=made-up` });
      await made.open(authorize(webmail).url);
    });
  });

  it('whoever opens the account pages', async () => {
    const browser = createHttpBrowser(server.issuer);
    await leavesNothing(async () => {
      assert.equal(stepOf(await browser.open(`${server.issuer}/account`)), 'password');
      assert.equal(stepOf(await browser.open(`${server.issuer}/account/password`)), 'password');
      const page = await browser.send(`${server.issuer}/account/${'x'.repeat(300)}`);
      assert.equal(page.status, 404);
    });
  });

  it('whoever signs out without being signed in: they go on at once', async () => {
    const end = (params: Record<string, string> = {}) =>
      createHttpBrowser(server.issuer).open(
        `${server.issuer}/session/end?${new URLSearchParams(params)}`,
      );
    await leavesNothing(async () => {
      const bye = await end();
      assert.equal(`${bye.status} ${bye.url.pathname}`, '200 /session/end/success');
      const known = { client_id: webmail.clientId, post_logout_redirect_uri: GOODBYE };
      assert.equal((await end(known)).url.href, GOODBYE);
      const state = 'a b&c=d';
      const back = (await end({ ...known, state })).url;
      assert.deepEqual([...back.searchParams], [['state', state]]);
      const evil = { ...known, post_logout_redirect_uri: 'https://evil.test/' };
      assert.equal((await end(evil)).status, 400);
      assert.equal((await end({ client_id: 'unknown' })).status, 400);
      const unnamed = await end({ post_logout_redirect_uri: 'https://evil.test/' });
      assert.equal(unnamed.url.pathname, '/session/end/success');
      const confirm = await createHttpBrowser(server.issuer).send(
        `${server.issuer}/session/end/confirm`,
        { method: 'POST', body: new URLSearchParams({ xsrf: '', logout: 'yes' }) },
      );
      assert.equal(confirm.status, 400);
    });
  });
});

it('a sign-in with a stale cookie begins a session as always', async () => {
  const person = await server.addPerson({}, { totp: true });
  const { browser } = await signIn(webmail, person, { browser: await stale() });
  assert.ok((await silently(webmail, browser)).callback.searchParams.has('code'));
});

describe('the way in to the account pages', () => {
  it('leads where somebody wanted to go', async () => {
    const person = await server.addPerson({}, { totp: true });
    const page = await memberOf(server, person).open('/account/activity?before=1%20a');
    assertAt(page, '/account/activity');
    assert.equal(page.url.search, '?before=1+a');
  });

  it('is good in the browser that it began in, with a code that is good once', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser } = await signIn(webmail, person);
    const to = async (url: string | URL): Promise<URL> => {
      const page = await browser.send(url);
      assert.equal(page.status, 303, page.html);
      return new URL(page.headers.get('location') ?? '', page.url);
    };
    const callback = await to(await to(`${server.issuer}/account`));
    assert.equal(callback.pathname, '/account/callback');
    const elsewhere = createHttpBrowser(server.issuer);
    assert.equal((await elsewhere.send(callback)).status, 400);
    for (const state of ['', 'made.up', 'made-up', 'x'.repeat(1900)]) {
      const altered = new URL(callback);
      altered.searchParams.set('state', state);
      assert.equal((await browser.send(altered)).status, 400, state);
    }
    const code = callback.searchParams.get('code') ?? '';
    const until = server.now() + 60_000;
    const { state } = makeState(server.vault, { to: '/account', browser: hashOf(browser), until });
    const another = new URL(`${server.issuer}/account/callback`);
    another.search = new URLSearchParams({ state, code }).toString();
    assert.equal((await browser.send(another)).status, 400, 'a code of another request');
    assert.equal((await to(callback)).pathname, '/account');
    assert.equal((await browser.send(callback)).status, 400, 'a second time');
  });

  it('of somebody who set out before an upgrade is found, once', async () => {
    const browser = createHttpBrowser(server.issuer);
    await browser.open(`${server.issuer}/account`);
    const id = server.vault.hash('account passage', 'old-state');
    const verifier = await server.vault.seal('account passage', id, 'v'.repeat(43));
    const old = {
      browser: hashOf(browser),
      verifier,
      to: '/account/password',
      held: null,
      arrived: false,
    };
    await server.store.insert(pendingAuthorizationCollection, id, old, {
      expiresAt: server.now() + 60_000,
    });
    const callback = `${server.issuer}/account/callback?state=old-state&error=access_denied`;
    assert.equal((await browser.send(callback)).status, 200);
    assert.equal((await browser.send(callback)).status, 400);
  });
});

describe('the state of the account pages', () => {
  const at = { browser: 'b', now: 1000 };
  const made = () => makeState(server.vault, { to: '/account/x?y=1', browser: 'b', until: 2000 });

  it('comes back with the verifier that it was made with', () => {
    const { state, verifier } = made();
    assert.deepEqual(readState(server.vault, state, at), { to: '/account/x?y=1', verifier });
    assert.match(verifier, /^[\w-]{43}$/u);
    assert.notEqual(made().verifier, verifier);
  });

  it('is worth nothing in another browser, later, or altered', () => {
    const { state } = made();
    assert.equal(readState(server.vault, state, { ...at, browser: 'c' }), undefined);
    assert.equal(readState(server.vault, state, { ...at, now: 2000 }), undefined);
    for (let index = 0; index < state.length; index += 7) {
      const other = state[index] === 'A' ? 'B' : 'A';
      const altered = `${state.slice(0, index)}${other}${state.slice(index + 1)}`;
      if (altered !== state) assert.equal(readState(server.vault, altered, at), undefined);
    }
  });

  it('is short however long the way is', () => {
    const to = `/account/activity?${'x'.repeat(7000)}`;
    const { state } = makeState(server.vault, { to, browser: 'b', until: 2000 });
    assert.equal(readState(server.vault, state, at)?.to, '/account');
    const long = makeState(server.vault, { to: `/${'x'.repeat(999)}`, browser: 'b', until: 2000 });
    assert.ok(long.state.length < 2000);
  });
});
