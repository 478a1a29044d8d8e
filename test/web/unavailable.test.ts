/** A store that cannot serve for the moment: 503 on every door, and all is well when it is back. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { StoreUnavailable } from '../../src/storage/store.ts';
import { createHttpBrowser, hiddenFields, type HtmlPage } from '../support/http-browser.ts';
import { authorize, exchange, post, token } from '../support/relying-party.ts';
import { PASSWORD } from '../support/server.ts';
import { startAppOver, type AppOver } from './app-over.ts';

const SECRET = 'db-7.internal refused the connection';
const cutOff = () => Promise.reject(new StoreUnavailable(SECRET));

describe('without the store', () => {
  let app: AppOver;
  let access: string;
  let refresh: string;
  before(async () => {
    app = await startAppOver();
    const tokens = await signIn();
    access = tokens['access_token'] ?? '';
    refresh = tokens['refresh_token'] ?? '';
    assert.ok(access && refresh, JSON.stringify(tokens));
  });
  afterEach(() => {
    app.fault.work = undefined;
    delete app.fault.only;
  });
  after(() => app.close());

  async function signIn(): Promise<Record<string, string>> {
    const browser = createHttpBrowser(app.issuer);
    const asked = authorize(app.client);
    const page = await browser.open(asked.url);
    const back = await browser.submit(page, { login: app.login, password: PASSWORD });
    return (await exchange(app.client, asked, back.url)).body;
  }

  const basic = () => {
    const { clientId, clientSecret } = app.client;
    return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  };
  const form = (path: string, fields: Record<string, string>, headers = {}) =>
    fetch(`${app.issuer}${path}`, {
      method: 'POST',
      headers: { authorization: basic(), ...headers },
      body: new URLSearchParams(fields),
    });
  const me = () => fetch(`${app.issuer}/me`, { headers: { authorization: `Bearer ${access}` } });

  const programs: [string, () => Promise<Response>][] = [
    ['/token, a code', () => form('/token', { grant_type: 'authorization_code', code: 'x' })],
    [
      '/token, a refresh token',
      () => form('/token', { grant_type: 'refresh_token', refresh_token: refresh }),
    ],
    ['/token, the client itself', () => form('/token', { grant_type: 'client_credentials' })],
    ['/token/introspection', () => form('/token/introspection', { token: access })],
    ['/token/revocation', () => form('/token/revocation', { token: refresh })],
    ['/me', me],
    [
      '/mail/passcode',
      () => form('/mail/passcode', { grant_type: 'password', username: 'a', password: 'b' }),
    ],
  ];
  async function refuses(ask: () => Promise<Response>): Promise<void> {
    const answer = await ask();
    const text = await answer.text();
    assert.equal(answer.status, 503, text);
    assert.equal(answer.headers.get('retry-after'), '5');
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/u);
    assert.equal((JSON.parse(text) as Record<string, string>)['error'], 'temporarily_unavailable');
    assert.ok(!text.includes(SECRET));
  }

  for (const [name, ask] of programs) {
    it(`${name} answers 503 to programs, whether its client is cached or not`, async () => {
      app.fault.work = cutOff;
      await refuses(ask);
      app.clock.now += 2_000;
      await refuses(ask);
      assert.ok(app.lines.some((line) => line.includes(SECRET)));
    });
  }

  it('a program that says it takes pages is told the same', async () => {
    app.fault.work = cutOff;
    const headers = { accept: 'text/html' };
    await refuses(() => form('/token', { grant_type: 'client_credentials' }, headers));
  });

  it('writes that fail when the answer is ready take its place', async () => {
    const refreshing = () =>
      form('/token', { grant_type: 'refresh_token', refresh_token: refresh });
    assert.equal((await refreshing()).status, 200);
    Object.assign(app.fault, { work: cutOff, only: 'writes' });
    await refuses(refreshing);
    await refuses(() => form('/token', { grant_type: 'client_credentials' }));
  });

  for (const [name, path] of [
    ['/auth', () => authorize(app.client).url.href],
    ['a page of a sign-in', () => `${app.issuer}/interaction/abcdefghijklmnopqrstu`],
    ['signing out', () => `${app.issuer}/session/end`],
    ['the account', () => `${app.issuer}/account`],
  ] as const) {
    it(`${name} shows people a page with 503`, async () => {
      const browser = createHttpBrowser(app.issuer);
      // Whoever is not signed in is signed out without asking the store.
      const credentials = { login: app.login, password: PASSWORD };
      await browser.submit(await browser.open(authorize(app.client).url), credentials);
      app.fault.work = cutOff;
      const page = await browser.send(path());
      assert.equal(page.status, 503, page.html);
      assert.equal(page.headers.get('retry-after'), '5');
      assert.match(page.html, /<h1/u);
      assert.ok(!page.html.includes(SECRET));
    });
  }

  /** The page of an error and nothing of the answer that it took the place of. */
  function assertClean(page: HtmlPage, status: number): void {
    assert.equal(page.status, status, page.html);
    const { headers, html } = page;
    assert.deepEqual([headers.get('location'), headers.getSetCookie()], [null, []]);
    assert.match(headers.get('content-type') ?? '', /html/u);
    assert.match(html, /<h1/u);
    assert.doesNotMatch(`${html}${JSON.stringify([...headers])}`, /code=|error=/u);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/u);
  }
  const broken = () => Promise.reject(new Error(SECRET));

  for (const [status, work] of [
    [503, cutOff],
    [500, broken],
  ] as const) {
    it(`an answer that was made already gives way to ${status}`, async () => {
      const browser = createHttpBrowser(app.issuer);
      const page = await browser.open(authorize(app.client).url);
      const credentials = { login: app.login, password: PASSWORD };
      await browser.submit(page, credentials);
      Object.assign(app.fault, { work, only: 'put' });
      assertClean(await browser.send(authorize(app.client).url), status);
      app.fault.work = undefined;
      const again = await browser.send(authorize(app.client).url);
      assert.match(again.headers.get('location') ?? '', /code=/u, 'the session is as it was');
    });

    it(`a sign-in that was finished already gives way to ${status}`, async () => {
      const browser = createHttpBrowser(app.issuer);
      const page = await browser.open(authorize(app.client).url);
      const action = /<form method="post" action="([^"]*)"/u.exec(page.html)?.[1] ?? '';
      const fields = { ...hiddenFields(page.html), login: app.login, password: PASSWORD };
      const body = new URLSearchParams(fields);
      const done = await browser.send(new URL(action, page.url), { method: 'POST', body });
      const resume = new URL(done.headers.get('location') ?? '', page.url);
      assert.match(resume.pathname, /^\/auth\//u);
      Object.assign(app.fault, { work, only: 'put' });
      assertClean(await browser.send(resume), status);
    });
  }

  it('people are not sent to the app with an error when a sign-in cannot begin', async () => {
    const { url } = authorize(app.client);
    assert.equal((await createHttpBrowser(app.issuer).send(url)).status, 303);
    Object.assign(app.fault, { work: cutOff, only: 'insert' });
    assertClean(await createHttpBrowser(app.issuer).send(url), 503);
  });

  it('programs get nothing of an answer that was made already', async () => {
    Object.assign(app.fault, { work: cutOff, only: 'put' });
    const answer = await form('/token', { grant_type: 'client_credentials' });
    assert.equal(answer.status, 503);
    const text = await answer.text();
    assert.equal(answer.headers.get('content-length'), String(Buffer.byteLength(text)));
    assert.deepEqual(Object.keys(JSON.parse(text) as object), ['error', 'error_description']);
    assert.deepEqual(answer.headers.getSetCookie(), []);
  });

  it('all is well when it is back', async () => {
    app.fault.work = cutOff;
    assert.equal((await me()).status, 503);
    app.fault.work = undefined;
    assert.equal((await me()).status, 200);
    const refreshed = await token(app.client, {
      grant_type: 'refresh_token',
      refresh_token: refresh,
    });
    assert.equal(refreshed.status, 200, JSON.stringify(refreshed.body));
    const { body } = await post(app.client, '/token/introspection', { token: access });
    assert.equal(String(body['active']), 'true');
  });

  it('other faults stay 500', async () => {
    app.fault.work = () => Promise.reject(new Error(SECRET));
    const answer = await me();
    assert.equal(answer.status, 500);
    assert.equal(((await answer.json()) as Record<string, string>)['error'], 'server_error');
  });
});
