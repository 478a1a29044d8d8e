/** How much an authorization request makes us keep: its parameters, how long, and how many from one address. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { signInCollection, type SignInRecord } from '../../src/records/sign-in.ts';
import { modelCollections } from '../../src/records/stored-model.ts';
import { createHttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import { authorize, post, type Registration } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { goThrough, signIn, stepOf } from '../support/sign-in.ts';
import type { Collection } from '../../src/storage/store.ts';

const MINUTE = 60_000;
/** Of the tests: the installation's own is 2,000. */
const MOST = 40;

let server: TestServer;
let webmail: Registration;
let spa: Registration;
before(async () => {
  server = await startTestServer({
    LATCHKEY_PROXIES: '127.0.0.1,::1',
    LATCHKEY_LIMITS_SIGN_INS_PER_ADDRESS: String(MOST),
  });
  webmail = await server.addClient();
  spa = await server.addClient({ name: 'SPA', kind: 'spa' });
});
after(() => server.stop());

let nth = 0;
/** A network of its own for each test. */
const network = (): string => `198.51.100.${(nth += 1)}`;
const from = (address: string) => createHttpBrowser(server.issuer, { 'x-forwarded-for': address });
const open = (params: Record<string, string> = {}, address = network()): Promise<HtmlPage> =>
  from(address).open(authorize(webmail, params).url);

async function entries<T>(
  kind: Collection<T>,
): Promise<{ id: string; value: T; expiresAt?: number }[]> {
  return (await server.store.scan(kind, { limit: 5000 })).items;
}

async function recordOf(page: HtmlPage): Promise<{ value: SignInRecord; expiresAt?: number }> {
  const id = server.vault.hash('interaction', page.url.pathname.split('/')[2] ?? '');
  const found = (await entries(signInCollection)).find((entry) => entry.id === id);
  assert.ok(found, page.html);
  return found;
}

describe('parameters', () => {
  it('of 8 KB are taken, of more refused on a page of ours, wherever they come in', async () => {
    const room = 8192 - authorize(webmail, { login_hint: '' }).url.search.length + 1;
    assert.equal(stepOf(await open({ login_hint: 'x'.repeat(room) })), 'password');
    const page = await open({ login_hint: 'x'.repeat(room + 1) });
    assert.equal(`${page.status} ${page.url.pathname}`, '400 /auth');
    assert.match(page.html, /The address is too long/u);
    const long = 'x'.repeat(9000);
    const paths = [
      '/',
      '/account',
      '/account/activity',
      '/forgot-password',
      '/session/end',
      '/setup',
    ];
    for (const path of [
      ...paths,
      '/set-password',
      '/interaction/x/password',
      '/auth/x',
      '/nowhere',
    ]) {
      const { status, html } = await from(network()).open(
        `${server.issuer}${path}?sign-in=${long}`,
      );
      assert.equal(status, 400, path);
      assert.match(html, /The address is too long/u, path);
    }
  });

  it('with a state of 4 KB are taken; a longer one is told to the client, with the state', async () => {
    const state = (length: number): Record<string, string> => ({ state: 's'.repeat(length) });
    assert.equal(stepOf(await open(state(4096))), 'password');
    const page = await open(state(4097));
    assert.equal(page.url.href.split('?')[0], webmail.redirectUri);
    assert.equal(page.url.searchParams.get('error'), 'invalid_request');
    assert.deepEqual({ state: page.url.searchParams.get('state') }, state(4097));
    const wide = await open({ state: 'é'.repeat(2049), prompt: 'none' });
    assert.equal(wide.status, 400, 'it is longer than 8 KB as it is sent');
  });

  it('with a long state go nowhere but to an address of the client', async () => {
    const page = await open({ state: 's'.repeat(5000), redirect_uri: 'https://evil.test/' });
    assert.equal(`${page.status} ${page.url.pathname}`, '400 /auth');
    const unknown = await open({ state: 's'.repeat(5000), client_id: 'unknown' });
    assert.equal(`${unknown.status} ${unknown.url.pathname}`, '400 /auth');
    const end = `${server.issuer}/session/end?state=${'s'.repeat(5000)}`;
    assert.equal((await from(network()).open(end)).status, 400);
  });

  it('that are pushed are bounded alike (RFC 9126 §2.3), and nothing of longer ones is kept', async () => {
    const pushed = modelCollections['PushedAuthorizationRequest']!;
    const push = (params: Record<string, string>) =>
      post(webmail, '/request', Object.fromEntries(authorize(webmail, params).url.searchParams));
    assert.equal((await push({ login_hint: 'x'.repeat(7000) })).status, 201);
    const kept = (await entries(pushed)).length;
    const long = await push({ login_hint: 'x'.repeat(9000) });
    assert.deepEqual([long.status, long.body['error']], [413, 'invalid_request']);
    const state = await push({ state: 's'.repeat(5000) });
    assert.deepEqual([state.status, state.body['error']], [400, 'invalid_request']);
    assert.equal((await entries(pushed)).length, kept);
    const signed = await push({ request: 'a.b.c' });
    assert.equal(signed.body['error'], 'request_not_supported');
  });
});

describe('a sign-in that nobody has posted to', () => {
  it('is kept for half an hour', async () => {
    const browser = from(network());
    const page = await browser.open(authorize(webmail).url);
    server.clock.ahead += 29 * MINUTE;
    assert.equal((await browser.open(page.url)).status, 200);
    server.clock.ahead += MINUTE;
    const late = await browser.open(page.url);
    assert.equal(late.status, 400);
    assert.match(late.html, /has expired/u);
  });

  it('keeps its lifetime once somebody has', async () => {
    const person = await server.addPerson({}, { totp: true });
    const browser = from(network());
    const page = await browser.open(authorize(webmail).url);
    server.clock.ahead += 29 * MINUTE;
    await browser.submit(page, { login: person.login, password: 'not the password of anybody' });
    server.clock.ahead += 30 * MINUTE;
    const back = await goThrough(browser, person, await browser.open(page.url));
    assert.ok(back.url.searchParams.has('code'), back.html);
    const other = await browser.open(authorize(webmail, { prompt: 'login' }).url);
    await browser.submit(other, { login: '' });
    server.clock.ahead += 59 * MINUTE;
    assert.equal((await browser.open(other.url)).status, 200);
    server.clock.ahead += 2 * MINUTE;
    assert.equal((await browser.open(other.url)).status, 400);
  });

  it('keeps it too when it was begun anew there, for somebody else', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser } = await signIn(webmail, person, { browser: from(network()) });
    const page = await browser.open(authorize(webmail, { prompt: 'login' }).url);
    server.clock.ahead += 29 * MINUTE;
    const anew = await browser.submit(page, { go: 'restart' });
    assert.equal(stepOf(anew), 'password');
    server.clock.ahead += 2 * MINUTE;
    assert.equal((await browser.open(anew.url)).status, 200);
  });

  it('takes at most 2 KB beside its parameters, whatever they are', async () => {
    const claims = JSON.stringify({
      id_token: {
        sub: { value: 's'.repeat(2000) },
        acr: { essential: true, value: 'urn:latchkey:acr:mfa' },
      },
    });
    const many = Array.from({ length: 500 }, (_, at) => `s${at}`).join(' ');
    const large: Record<string, string>[] = [
      {},
      { login_hint: 'x'.repeat(7000) },
      { state: 's'.repeat(4000), nonce: 'n'.repeat(3000) },
      { claims },
      { scope: `openid ${many}` },
      { acr_values: many },
      { ui_locales: many, prompt: 'login consent' },
    ];
    for (const params of large) {
      const { value } = await recordOf(await open(params));
      const kept = { ...value, payload: { ...value.payload, params: {} } };
      const size = Buffer.byteLength(JSON.stringify(kept));
      assert.ok(size <= 2048, `${size} ${Object.keys(params).join()}`);
    }
  });
});

describe('one address', () => {
  const status = async (address: string): Promise<number> => (await open({}, address)).status;

  it('begins as many sign-ins as are allowed in half an hour, an IPv6 network together', async () => {
    const here = (at: number): string => `2001:db8:0:1::${at.toString(16)}`;
    for (let at = 0; at < MOST; at += 1) assert.equal(await status(here(at)), 200);
    const kept = (await entries(signInCollection)).length;
    const page = await open({}, here(99));
    assert.equal(`${page.status} ${page.url.pathname}`, '429 /auth');
    assert.match(page.html, /Too many sign-ins from your network/u);
    assert.match(page.html, /Wait 30 minutes/u);
    assert.ok(Number(page.headers.get('retry-after')) > 1700);
    assert.equal((await entries(signInCollection)).length, kept);
    assert.equal(await status('2001:db8:0:2::1'), 200, 'another network');
    const warnings = server.output.filter((line) => line.includes('2001:db8:0:1'));
    assert.equal(warnings.filter((line) => line.includes('proxies')).length, 1);
    server.clock.ahead += 30 * MINUTE;
    assert.equal(await status(here(1)), 200);
  });

  it('begins no more than that in any half an hour, however they are spread', async () => {
    const address = network();
    assert.equal(await status(address), 200);
    server.clock.ahead += 29 * MINUTE;
    for (let at = 1; at < MOST; at += 1) assert.equal(await status(address), 200);
    assert.equal(await status(address), 429);
    server.clock.ahead += MINUTE;
    assert.equal(await status(address), 200, 'the first one is over');
    const page = await open({}, address);
    assert.equal(page.status, 429, 'the others are kept');
    const wait = Number(page.headers.get('retry-after'));
    assert.ok(wait > 1700 && wait <= 1740, String(wait));
    server.clock.ahead -= 2 * 60 * MINUTE;
    assert.equal(await status(address), 429, 'a clock that was set back forgets nothing');
    server.clock.ahead += 30 * MINUTE;
    assert.equal(await status(address), 200, 'and makes nobody wait longer');
    server.clock.ahead += 2 * 60 * MINUTE;
  });

  it('is not counted for whoever is signed in, nor without a page', async () => {
    const address = network();
    const person = await server.addPerson({}, { totp: true });
    const { browser } = await signIn(webmail, person, { browser: from(address) });
    for (let at = 0; at < MOST - 1; at += 1) assert.equal(await status(address), 200);
    assert.equal(await status(address), 429);
    assert.ok((await browser.open(authorize(webmail).url)).url.searchParams.has('code'));
    const again = await browser.open(authorize(webmail, { prompt: 'login' }).url);
    assert.equal(stepOf(again), 'password');
    const silent = await open({ prompt: 'none' }, address);
    assert.equal(silent.url.searchParams.get('error'), 'login_required');
  });

  it('counts what a client without authentication pushes, and not what another one does', async () => {
    const address = network();
    const push = async (client: Registration): Promise<Response> => {
      const basic = Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64');
      return fetch(`${server.issuer}/request`, {
        method: 'POST',
        headers: {
          'x-forwarded-for': address,
          ...(client.clientSecret ? { authorization: `Basic ${basic}` } : {}),
        },
        body: authorize(client).url.searchParams,
      });
    };
    for (let at = 0; at < MOST; at += 1) assert.equal((await push(spa)).status, 201);
    const { status: refused, headers } = await push(spa);
    assert.equal(refused, 429);
    assert.ok(Number(headers.get('retry-after')) > 1700);
    for (let at = 0; at < MOST; at += 1) assert.equal((await push(webmail)).status, 201);
  });
});
