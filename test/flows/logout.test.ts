/** Signing out: RP-initiated, back-channel, and what is worthless afterwards. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { createHttpBrowser } from '../support/http-browser.ts';
import { post, token, type Registration } from '../support/relying-party.ts';
import { freePort } from '../support/free-port.ts';
import { REDIRECT, startTestServer, type TestServer } from '../support/server.ts';
import { signIn, silently, toCallback } from '../support/sign-in.ts';

const GOODBYE = 'http://127.0.0.1:9/goodbye';

let server: TestServer;
let webmail: Registration;
let app: Server;
const logoutTokens: string[] = [];

before(async () => {
  const port = await freePort();
  app = createServer((request, response) => {
    request.setEncoding('utf8');
    let body = '';
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      logoutTokens.push(new URLSearchParams(body).get('logout_token') ?? '');
      response.end();
    });
  }).listen(port, '127.0.0.1');
  await once(app, 'listening');
  server = await startTestServer({ LATCHKEY_OUTGOING_PRIVATE_ORIGINS: `http://127.0.0.1:${port}` });
  webmail = await server.addClient({
    redirectUris: [REDIRECT],
    postLogoutRedirectUris: [GOODBYE],
    backchannelLogoutUri: `http://127.0.0.1:${port}/logout`,
  });
});
after(async () => {
  await server.stop();
  app.close();
});

describe('signing out at the app', () => {
  it('asks, ends session and tokens, tells every app, and goes back', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser, tokens, claims } = await signIn(webmail, person);
    const url = new URL('/session/end', server.issuer);
    url.search = new URLSearchParams({
      id_token_hint: String(tokens['id_token']),
      post_logout_redirect_uri: GOODBYE,
      state: 'abc',
    }).toString();
    const question = await browser.open(url);
    assert.equal(question.status, 200, question.html);
    const before_ = await silently(webmail, browser);
    assert.ok(before_.callback.searchParams.has('code'), 'nothing has ended by being asked');

    const bye = await browser.submit(question, { logout: 'yes' });
    assert.equal(bye.url.href, `${GOODBYE}?state=abc`);
    assert.equal(
      (await silently(webmail, browser)).callback.searchParams.get('error'),
      'login_required',
    );
    const refreshed = await token(webmail, {
      grant_type: 'refresh_token',
      refresh_token: String(tokens['refresh_token']),
    });
    assert.equal(refreshed.body['error'], 'invalid_grant');
    const introspected = await post(webmail, '/token/introspection', {
      token: String(tokens['access_token']),
    });
    assert.equal(introspected.body['active'], false);

    const jwks = createRemoteJWKSet(new URL('/jwks', server.issuer));
    // oidcc-backchannel-rp-initiated-logout: Back-Channel Logout §2.4.
    const { payload } = await jwtVerify(logoutTokens.at(-1) ?? '', jwks, {
      issuer: server.issuer,
      audience: webmail.clientId,
      algorithms: ['RS256'],
      typ: 'logout+jwt',
      requiredClaims: ['iat', 'exp', 'jti', 'sub', 'sid'],
    });
    assert.equal('nonce' in payload, false);
    assert.deepEqual(payload['events'], {
      'http://schemas.openid.net/event/backchannel-logout': {},
    });
    assert.equal(payload.sub, claims.sub);
    assert.equal(payload['sid'], claims['sid']);
  });

  it('keeps a copied session cookie from working', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser } = await signIn(webmail, person);
    const copy = createHttpBrowser(server.issuer);
    copy.steal(browser, () => true);
    const question = await browser.open(`${server.issuer}/session/end`);
    await browser.submit(question, { logout: 'yes' });
    assert.equal(
      (await silently(webmail, copy)).callback.searchParams.get('error'),
      'login_required',
    );
  });

  it('is not brought back by an authorization that was under way', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser } = await signIn(webmail, person);
    const question = await browser.open(`${server.issuer}/session/end`);
    const clients = await Promise.all(
      Array.from({ length: 5 }, (_, at) => server.addClient({ name: `App ${at}` })),
    );
    await Promise.all([
      ...clients.map((client) => silently(client, browser)),
      browser.submit(question, { logout: 'yes' }),
    ]);
    const jar = createHttpBrowser(server.issuer);
    jar.steal(browser, () => true);
    assert.equal(
      (await silently(webmail, jar)).callback.searchParams.get('error'),
      'login_required',
    );
  });

  /** Where a sign-out of somebody leads to, with these parameters; undefined: an error page. */
  async function goodbye(params: (hint: string) => Record<string, string>) {
    const person = await server.addPerson({}, { totp: true });
    const { browser, tokens } = await signIn(webmail, person);
    const query = new URLSearchParams(params(String(tokens['id_token'])));
    const page = await browser.open(`${server.issuer}/session/end?${query}`);
    const to = page.status === 200 ? await browser.submit(page, { logout: 'yes' }) : undefined;
    const { callback } = await silently(webmail, browser);
    const isOver = callback.searchParams.get('error') === 'login_required';
    assert.equal(isOver, to !== undefined, `${page.status} ${callback}`);
    if (!to) assert.equal(page.status, 400);
    return to?.url.href;
  }
  const back = { post_logout_redirect_uri: GOODBYE };
  const state = 's'.repeat(128);
  const ended = () => `${server.issuer}/session/end/success`;
  const unsigned = (hint: string) => {
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    return `${none}.${hint.split('.')[1]}.`;
  };
  const modules: [string, (hint: string) => Record<string, string>, () => string | undefined][] = [
    ['', (hint) => ({ id_token_hint: hint, ...back, state }), () => `${GOODBYE}?state=${state}`],
    ['-no-state', (hint) => ({ id_token_hint: hint, ...back }), () => GOODBYE],
    ['-no-params', () => ({}), ended],
    ['-only-state', () => ({ state }), ended],
    ['-no-post-logout-redirect-uri', (hint) => ({ id_token_hint: hint, state }), ended],
    // Nobody says whose address it is: it is not gone to.
    ['-no-id-token-hint', () => ({ ...back, state }), ended],
    [
      '-bad-post-logout-redirect-uri',
      (hint) => ({ id_token_hint: hint, post_logout_redirect_uri: `${GOODBYE}/x` }),
      () => undefined,
    ],
    [
      '-query-added-to-post-logout-redirect-uri',
      (hint) => ({ id_token_hint: hint, post_logout_redirect_uri: `${GOODBYE}?foo=bar` }),
      () => undefined,
    ],
    [
      '-modified-id-token-hint',
      (hint) => ({ id_token_hint: unsigned(hint), ...back }),
      () => undefined,
    ],
    [
      '-bad-id-token-hint',
      (hint) => ({ id_token_hint: `${hint.slice(0, -8)}AAAAAAAA`, ...back }),
      () => undefined,
    ],
  ];
  for (const [module, params, to] of modules)
    it(`oidcc-rp-initiated-logout${module}`, async () => {
      assert.equal(await goodbye(params), to());
    });

  it('to an address that is not registered is an error page', async () => {
    const url = `${server.issuer}/session/end?client_id=${webmail.clientId}&post_logout_redirect_uri=https://evil.example/`;
    assert.equal((await createHttpBrowser(server.issuer).open(url)).status, 400);
  });
});

describe('first sign-ins to several apps at once on one session', () => {
  it('all get a code that works', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser } = await signIn(webmail, person);
    const clients = await Promise.all(
      Array.from({ length: 6 }, (_, at) => server.addClient({ name: `Side ${at}` })),
    );
    const answers = await Promise.all(
      clients.map(async (client) => {
        const { asked, callback } = await toCallback(client, person, browser, { prompt: 'none' });
        return token(client, {
          grant_type: 'authorization_code',
          code: callback.searchParams.get('code') ?? '',
          redirect_uri: client.redirectUri,
          code_verifier: asked.verifier,
        });
      }),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      clients.map(() => 200),
    );
  });
});
