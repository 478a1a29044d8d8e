/** Requests that a specification allows by POST too (OpenID Connect Core §3.1.2.1 and §5.3.1, RP-Initiated Logout §2). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { after, before, describe, it } from 'node:test';
import { newPerson, openBrowser } from '../support/browser.ts';
import { createHttpBrowser, unescapeHtml, type HtmlPage } from '../support/http-browser.ts';
import { sendRaw } from '../support/raw-http.ts';
import { authorize, exchange, type Registration } from '../support/relying-party.ts';
import { PASSWORD, REDIRECT, startTestServer, type TestServer } from '../support/server.ts';
import { goThrough, signIn, silently } from '../support/sign-in.ts';

const FORM = 'application/x-www-form-urlencoded';

let server: TestServer;
let webmail: Registration;
/** An app on another site (`127.0.0.1` beside `localhost`), whose page posts its request. */
let app: Server;
let posted = '';
before(async () => {
  server = await startTestServer();
  app = createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(request.url === '/post' ? posted : '<h1>The app</h1>');
  }).listen(0, '127.0.0.1');
  await once(app, 'listening');
  webmail = await server.addClient({
    redirectUris: [REDIRECT, `${appOrigin()}/callback`],
    postLogoutRedirectUris: [`${appOrigin()}/goodbye`],
  });
});
after(async () => {
  await server.stop();
  app.close();
  app.closeAllConnections();
});

const appOrigin = () => `http://127.0.0.1:${(app.address() as AddressInfo).port}`;

const post = (path: string, body: BodyInit | null, type: string | null = FORM): Promise<HtmlPage> =>
  createHttpBrowser(server.issuer).send(`${server.issuer}${path}`, {
    method: 'POST',
    body,
    headers: type === null ? {} : { 'content-type': type },
  });
/** Where it is sent, without the host that it may not have. */
const sentTo = async (path: string, body: BodyInit | null, type?: string): Promise<string> => {
  const page = await post(path, body, type);
  assert.equal(page.status, 303, page.html);
  assert.equal(page.headers.get('cache-control'), 'no-store');
  assert.deepEqual(page.headers.getSetCookie(), []);
  return page.headers.get('location') ?? '';
};

describe('oidcc-ensure-post-request-succeeds', () => {
  it('begins a sign-in that ends with a code', async () => {
    const person = await server.addPerson({}, { totp: true });
    const browser = createHttpBrowser(server.issuer);
    const asked = authorize(webmail);
    const body = asked.url.search.slice(1);
    const headers = { 'content-type': FORM };
    const init = { method: 'POST', body, headers };
    const sent = await browser.send(`${server.issuer}/auth`, init);
    assert.equal(sent.headers.get('location'), `/auth?${body}`);
    const page = await browser.open(new URL(sent.headers.get('location') ?? '', server.issuer));
    const back = await goThrough(browser, person, page);
    assert.equal((await exchange(webmail, asked, back.url)).status, 200);
    assert.equal(back.url.searchParams.get('state'), asked.state);
  });

  it('is asked with exactly the parameters of the form, wherever it was posted', async () => {
    for (const body of ['b=1&a=2&b=3&a=2', 'scope=openid+email&state=%2B%20%C3%A9', '=&&=x&x', 'a'])
      assert.equal(await sentTo('/auth', body), `/auth?${body}`);
    assert.equal(await sentTo('/AUTH/?client_id=other', 'a=1'), '/auth?a=1');
    assert.equal(await sentTo('/session/end', 'state=1&state=2'), '/session/end?state=1&state=2');
    assert.equal(await sentTo('/auth', '', `${FORM}; charset=UTF-8`), '/auth');
    assert.equal(await sentTo('/auth', null), '/auth');
    const twice = `client_id=${webmail.clientId}&client_id=x&response_type=code`;
    const page = await createHttpBrowser(server.issuer).open(
      new URL(await sentTo('/auth', twice), server.issuer),
    );
    assert.match(unescapeHtml(page.html), /'client_id' parameter must not be provided twice/u);
  });

  it('goes nowhere else, whatever is in the form', async () => {
    const bodies = [
      '#x',
      '\r\nLocation: //evil.test\r\n\r\n',
      '//evil.test',
      '\\@evil.test',
      ' é\0"<>',
    ];
    for (const body of bodies) {
      const to = await sentTo('/auth', body);
      assert.ok(to.startsWith('/auth?'), to);
      const url = new URL(to, server.issuer);
      assert.deepEqual([url.origin, url.pathname, url.hash], [server.issuer, '/auth', '']);
      assert.deepEqual([...new URLSearchParams(url.search)], [...new URLSearchParams(body)]);
    }
    // Nothing else that is posted is a request by GET.
    for (const path of ['//auth', '/auth/x', '/session/end/success', '/auth;x', '/%61uth'])
      assert.notEqual((await post(path, 'a=1')).status, 303, path);
  });

  it('is a form, or refused with a page', async () => {
    const refused: [BodyInit, string | null, Record<string, string>?][] = [
      ['{"a":1}', 'application/json'],
      ['a=1', 'text/plain'],
      ['--x\r\n\r\n--x--', 'multipart/form-data; boundary=x'],
      [new Uint8Array(Buffer.from('a=1')), null],
    ];
    for (const path of ['/auth', '/session/end'])
      for (const [body, type] of refused) {
        const page = await post(path, body, type);
        assert.equal(page.status, 415, `${type}`);
        assert.match(page.html, /<h1>That wasn’t one of our forms/u);
      }
    const zipped = await fetch(`${server.issuer}/auth`, {
      method: 'POST',
      body: gzipSync('a=1'),
      headers: { 'content-type': FORM, 'content-encoding': 'gzip' },
    });
    assert.equal(zipped.status, 415);
  });

  it('is as long as a query may be, as it is encoded', async () => {
    assert.equal((await sentTo('/auth', 'x'.repeat(8192))).length, 8192 + '/auth?'.length);
    const long = ['x'.repeat(8193), 'é'.repeat(1366), 'x'.repeat(10_000_000)];
    for (const path of ['/auth', '/session/end'])
      for (const body of long) {
        const page = await post(path, body);
        assert.equal(page.status, 413);
        assert.match(page.html, /<h1>The address is too long/u);
      }
    const { host, port } = new URL(server.issuer);
    const head = ['POST /auth HTTP/1.1', `Host: ${host}`, `Content-Type: ${FORM}`];
    const endless = await sendRaw(port, [...head, 'Content-Length: 99999999999']);
    assert.equal(endless.status, 413, 'before anything of it was read');
  });

  it('carries the session of a browser that another site’s form has sent', async () => {
    const person = await server.addPerson({}, { totp: true });
    const asked = authorize(webmail, { redirect_uri: `${appOrigin()}/callback` });
    const chromium = await openBrowser();
    const { page, context, problems } = await newPerson(chromium);
    try {
      await page.goto(asked.url.href);
      await page.fill('[name=login]', person.login);
      await page.fill('[name=password]', PASSWORD);
      await page.keyboard.press('Enter');
      await page.fill('[name=code]', person.code());
      await page.keyboard.press('Enter');
      await page.waitForURL(`${appOrigin()}/callback**`);
      const cookies = await context.cookies(server.issuer);
      assert.ok(cookies.every(({ sameSite }) => sameSite === 'Lax'));

      posted = formTo('/auth', { ...Object.fromEntries(asked.url.searchParams), prompt: 'none' });
      await page.goto(`${appOrigin()}/post`);
      await page.click('button');
      await page.waitForURL(`${appOrigin()}/callback**`);
      const back = new URL(page.url());
      assert.ok(back.searchParams.has('code'), back.href);

      posted = formTo('/session/end', {
        client_id: webmail.clientId,
        post_logout_redirect_uri: `${appOrigin()}/goodbye`,
      });
      await page.goto(`${appOrigin()}/post`);
      await page.click('button');
      await page.waitForURL(`${server.issuer}/session/end?**`);
      assert.match((await page.textContent('h1')) ?? '', /Sign out/u);
      assert.deepEqual(problems, []);
    } finally {
      await chromium.close();
    }
  });

  const formTo = (path: string, fields: Record<string, string>): string =>
    `<form method="post" action="${server.issuer}${path}">${Object.entries(fields)
      .map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
      .join('')}<button>Go</button></form>`;
});

describe('signing out by POST', () => {
  it('is asked of the person who is signed in, and says of nobody that they were signed out', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser, tokens } = await signIn(webmail, person);
    const body = `id_token_hint=${String(tokens['id_token'])}&client_id=${webmail.clientId}`;
    const init = { method: 'POST', body, headers: { 'content-type': FORM } };
    const end = `${server.issuer}/session/end`;
    // As another site sends it: without the cookie.
    const sent = await post('/session/end', body);
    assert.doesNotMatch(sent.html, /signed out/iu);
    assert.equal(new URL(sent.headers.get('location') ?? '', end).searchParams.size, 2);
    const question = await browser.open(
      new URL((await browser.send(end, init)).headers.get('location') ?? '', end),
    );
    assert.match(question.html, /name="logout"/u);
    assert.ok((await silently(webmail, browser)).callback.searchParams.has('code'));
    await browser.submit(question, { logout: 'yes' });
    const { callback } = await silently(webmail, browser);
    assert.equal(callback.searchParams.get('error'), 'login_required');
  });
});

describe('oidcc-userinfo-post-header, oidcc-userinfo-post-body', () => {
  it('tell what GET tells', async () => {
    const person = await server.addPerson({}, { totp: true });
    const token = String((await signIn(webmail, person)).tokens['access_token']);
    const authorization = `Bearer ${token}`;
    const me = async (init: RequestInit) => (await fetch(`${server.issuer}/me`, init)).json();
    const told = await me({ headers: { authorization } });
    assert.equal((told as { sub: string }).sub, person.person.id);
    assert.deepEqual(await me({ method: 'POST', headers: { authorization } }), told);
    const body = new URLSearchParams({ access_token: token });
    assert.deepEqual(await me({ method: 'POST', body }), told);
  });
});
