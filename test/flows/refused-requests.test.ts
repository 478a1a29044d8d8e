/** Why an app was refused, as the operator reads it in the log: a line each, nothing secret, and no flood. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { clientCollection } from '../../src/records/client.ts';
import { clientRefusalsCollection } from '../../src/oidc/clients/refusals/client-refusals.ts';
import { FIRST_LINES, LINES_WINDOW } from '../../src/oidc/authorization/refused-requests.ts';
import { createHttpBrowser, hiddenFields } from '../support/http-browser.ts';
import { sendRaw } from '../support/raw-http.ts';
import { authorize, exchange, post, type Registration } from '../support/relying-party.ts';
import { startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { signIn, silently, toCallback } from '../support/sign-in.ts';
import { byOperator } from '../support/by-operator.ts';

const GOODBYE = 'https://app.test/goodbye?tenant=acme';

interface Line extends Record<string, unknown> {
  level: number;
  endpoint: string;
  client: string | null;
  error: string;
}

let server: TestServer;
let webmail: Registration;
let person: TestPerson;
before(async () => {
  server = await startTestServer();
  webmail = await server.addClient({ postLogoutRedirectUris: [GOODBYE] });
  person = await server.addPerson({}, { totp: true });
});
after(() => server.stop());

/** The lines about refusals since the work began. */
async function linesOf(work: () => Promise<unknown>): Promise<Line[]> {
  const before_ = server.output.length;
  await work();
  // Lines are written once for each turn of the event loop.
  await setImmediate();
  const lines = server.output.slice(before_).join('').split('\n').filter(Boolean);
  const all = lines.map((line) => JSON.parse(line) as Line & { msg: string });
  return all.filter(({ msg }) => msg === 'a request was refused');
}

/** The one line about them, without what every line has. */
async function lineOf(work: () => Promise<unknown>): Promise<Record<string, unknown>> {
  const lines = await linesOf(work);
  assert.equal(lines.length, 1, JSON.stringify(lines));
  const { time: _, msg: __, request, ...line } = lines[0] as Line;
  assert.match(String(request), /-\d+$/u, 'the id of its line in the log of requests');
  return line;
}

const ask = (params: Record<string, string>, client = webmail) =>
  createHttpBrowser(server.issuer).open(authorize(client, params).url);
const end = (params: Record<string, string>) =>
  createHttpBrowser(server.issuer).open(
    `${server.issuer}/session/end?${new URLSearchParams(params)}`,
  );
const WARN = 40;
const INFO = 30;

describe('a refused request is a line of the log', () => {
  it('of an authorization: the redirect URI that came, and those that are registered', async () => {
    const came = 'https://me:hunter2@app.test/callback?code=secret&x&y=#token=secret';
    const redirectUri = {
      came: 'https://…@app.test/callback?code=…&…&y=…#token=…',
      registered: [webmail.redirectUri],
    };
    const about = { level: WARN, client: webmail.clientId, redirectUri };
    const description = "redirect_uri did not match any of the client's registered redirect_uris";
    assert.deepEqual(await lineOf(() => ask({ redirect_uri: came })), {
      ...about,
      endpoint: 'authorization',
      error: 'invalid_redirect_uri',
      description,
    });
    // What was wrong before it is told, and the address all the same.
    const two = await lineOf(() => ask({ redirect_uri: came, response_type: 'token' }));
    assert.deepEqual(
      [two['error'], two['redirectUri']],
      ['unsupported_response_type', redirectUri],
    );
    const fields = Object.fromEntries(authorize(webmail, { redirect_uri: came }).url.searchParams);
    const pushed = await lineOf(() => post(webmail, '/request', fields));
    assert.deepEqual(pushed, {
      ...about,
      endpoint: 'pushed authorization',
      error: 'invalid_request',
      description,
    });
  });

  it('of an authorization that the app expects to be refused at times: no warning', async () => {
    const line = await lineOf(() => ask({ prompt: 'none' }));
    assert.deepEqual([line['level'], line['error']], [INFO, 'login_required']);
    const cancelled = async () => {
      const browser = createHttpBrowser(server.issuer);
      return browser.submit(await browser.open(authorize(webmail).url), { go: 'cancel' });
    };
    const { level, error, description } = await lineOf(cancelled);
    const told = [INFO, 'access_denied', 'the person cancelled the sign-in'];
    assert.deepEqual([level, error, description], told);
  });

  it('of one that was answered after its client had been changed or removed', async () => {
    const app = await server.addClient();
    const registered = ['https://new.test/callback'];
    const stored = await server.store.get(clientCollection, app.clientId);
    assert.ok(stored);
    const changes: [string, object, () => Promise<unknown>][] = [
      [
        'invalid_redirect_uri',
        { came: app.redirectUri, registered },
        () =>
          server.store.put(clientCollection, app.clientId, { ...stored, redirectUris: registered }),
      ],
      ['invalid_client', {}, () => byOperator(server).removeClient(app.clientId)],
    ];
    for (const [error, redirectUri, change] of changes) {
      const browser = createHttpBrowser(server.issuer);
      const page = await browser.open(authorize(app).url);
      const body = new URLSearchParams({ ...hiddenFields(page.html), go: 'cancel' });
      const answer = await browser.send(page.url, { method: 'POST', body });
      await change();
      server.clock.ahead += 1000;
      const to = new URL(answer.headers.get('location') ?? '', server.issuer);
      const line = await lineOf(() => browser.open(to));
      assert.deepEqual([line['error'], line['client']], [error, app.clientId]);
      assert.deepEqual(line['redirectUri'] ?? {}, redirectUri);
      await server.store.put(clientCollection, app.clientId, stored);
      server.clock.ahead += 1000;
    }
  });

  it('of a client that is not registered: as it called itself, printable and bounded', async () => {
    const id = `x\n{"level":60}\u202e${'y'.repeat(400)}`;
    const { client, detail } = await lineOf(() => ask({ client_id: id }));
    assert.equal(detail, 'client not found');
    assert.ok(String(client).startsWith('x\\u000a{"level":60}\\u202eyyy'), String(client));
    assert.ok(String(client).length < 320);
    const made = { ...webmail, clientId: 'made-up' };
    for (const path of ['/token', '/token/introspection', '/token/revocation', '/request']) {
      const line = await lineOf(() => post(made, path, { token: 'x' }));
      const told = [line['client'], line['error'], line['detail']];
      assert.deepEqual(told, ['made-up', 'invalid_client', 'client not found'], path);
    }
  });

  it('of a token: what the app is not told', async () => {
    const wrong = await lineOf(() =>
      post({ ...webmail, clientSecret: 'hunter2' }, '/token', { grant_type: 'x' }),
    );
    assert.deepEqual(wrong, {
      level: WARN,
      endpoint: 'token',
      client: webmail.clientId,
      error: 'invalid_client',
      description: 'client authentication failed',
      detail: 'invalid secret provided',
    });
    const browser = createHttpBrowser(server.issuer);
    const { asked, callback } = await toCallback(webmail, person, browser);
    const noChallenge = { code_challenge: '', code_challenge_method: '' };
    const plain = await silently(webmail, browser, noChallenge);
    const { detail } = await lineOf(() => exchange(webmail, plain.asked, plain.callback));
    assert.equal(detail, 'code_verifier without a code_challenge in the authorization request');
    const elsewhere = { ...webmail, redirectUri: 'https://app.test/other?code=secret' };
    assert.deepEqual(await lineOf(() => exchange(elsewhere, asked, callback)), {
      level: WARN,
      endpoint: 'token',
      client: webmail.clientId,
      error: 'invalid_grant',
      description: 'grant request is invalid',
      detail: 'authorization code redirect_uri mismatch',
      redirectUri: { came: 'https://app.test/other?code=…', registered: [webmail.redirectUri] },
    });
  });

  it('of what the library never sees: too long, no form, another method, another Host', async () => {
    const { clientId: client } = webmail;
    const send =
      (path: string, init: RequestInit = {}) =>
      () =>
        fetch(server.issuer + path, init);
    const json = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    const { port } = new URL(server.issuer);
    const elsewhere = ['GET /auth?client_id=x HTTP/1.1', 'Host: evil.test'];
    for (const [endpoint, error, named, work] of [
      ['authorization', 'request-too-long', client, () => ask({ more: 'x'.repeat(9000) })],
      ['authorization', 'content-type', null, send('/AUTH/', json)],
      ['authorization', 'method-not-allowed', null, send('/auth', { method: 'PUT' })],
      ['authorization', 'host', 'x', () => sendRaw(port, elsewhere)],
      ['token', 'method-not-allowed', client, send(`/token?client_id=${client}`)],
      ['userinfo', 'method-not-allowed', null, send('/me', { method: 'DELETE' })],
      ['sign-out', 'request-too-long', null, send(`/session/end?state=${'x'.repeat(5000)}`)],
    ] as const) {
      const { description, ...line } = await lineOf(work);
      assert.deepEqual(line, { level: WARN, endpoint, error, client: named });
      assert.ok(String(description).length > 10, `${endpoint} ${error}`);
    }
    server.clock.ahead += LINES_WINDOW;
    const flood = async () => {
      for (let nth = 0; nth < 15; nth += 1) await send(`/auth?client_id=${nth}`, json)();
    };
    assert.equal((await linesOf(flood)).length, FIRST_LINES);
    assert.deepEqual(await linesOf(send('/nowhere')), []);
  });

  it('of userinfo and signing out', async () => {
    const headers = { authorization: 'Bearer made-up' };
    const me = await lineOf(() => fetch(`${server.issuer}/me`, { headers }));
    assert.deepEqual([me['endpoint'], me['error']], ['userinfo', 'invalid_token']);
    const line = await lineOf(() =>
      end({
        client_id: webmail.clientId,
        post_logout_redirect_uri: 'https://app.test/goodbye?tenant=other',
      }),
    );
    assert.deepEqual(line, {
      level: WARN,
      endpoint: 'sign-out',
      client: webmail.clientId,
      error: 'invalid_request',
      description: 'post_logout_redirect_uri not registered',
      postLogoutRedirectUri: {
        came: 'https://app.test/goodbye?tenant=…',
        registered: ['https://app.test/goodbye?tenant=…'],
        differs: 'query',
      },
    });
    const hint = Buffer.from('hunter2hunter2').toString('base64url');
    const broken = await lineOf(() => end({ id_token_hint: `${hint}.e30.x` }));
    assert.doesNotMatch(JSON.stringify(broken), /hunter2/u);
    assert.equal(broken['description'], 'could not decode id_token_hint');
  });

  it('and what is answered is none', async () => {
    const { browser } = await signIn(webmail, await server.addPerson({}, { totp: true }));
    assert.deepEqual(await linesOf(() => silently(webmail, browser)), []);
  });
});

describe('many refusals', () => {
  it('are a few lines with their number, of made-up clients together', async () => {
    server.clock.ahead += LINES_WINDOW;
    const flood = async () => {
      for (let nth = 0; nth < 85; nth += 1) await ask({ client_id: `made-up-${nth}` });
    };
    const lines = await linesOf(flood);
    const doubled = [FIRST_LINES * 2, FIRST_LINES * 4, FIRST_LINES * 8];
    assert.deepEqual(
      lines.map(({ times }) => times),
      [...Array.from({ length: FIRST_LINES }, () => undefined), ...doubled],
    );
    // Those of a client that is registered are counted by themselves, and those of the next minute anew.
    assert.equal((await linesOf(() => ask({ response_type: 'x' }))).length, 1);
    server.clock.ahead += LINES_WINDOW;
    assert.equal((await linesOf(() => ask({ client_id: 'made-up' }))).length, 1);
  });
});

describe('a refused request is kept for the operator of its client', () => {
  const refusalsIn = async (clientId: string) =>
    (await server.store.get(clientRefusalsCollection, clientId))?.refusals ?? [];
  /** Each is written in its answer when nothing was within a second. */
  const kept = async (client: Registration, work: () => Promise<unknown>) => {
    server.clock.ahead += 2000;
    await work();
    const [newest] = await refusalsIn(client.clientId);
    const {
      count: _,
      firstAt: _first,
      lastAt: _last,
      fits: _fits,
      ...told
    } = newest ?? assert.fail();
    return told;
  };

  it('with what came, and nothing secret', async () => {
    const app = await server.addClient({ name: 'Kept' });
    const came = 'https://me:hunter2@app.test/callback?code=secret#token=secret';
    const endpoint = 'authorization';
    const rows: [params: Record<string, string>, reason: string, value: string][] = [
      [{ redirect_uri: came }, 'redirect_uri', 'https://…@app.test/callback?code=…#token=…'],
      [{ scope: 'openid groups' }, 'scope', 'groups'],
      [{ scope: 'openid nosuch' }, 'scope_ignored', 'nosuch'],
      [{ scope: 'openid offline_access' }, 'scope_ignored', 'offline_access'],
      [
        { response_type: 'token' },
        'unsupported_response_type',
        'unsupported response_type requested',
      ],
    ];
    for (const [params, reason, value] of rows)
      assert.deepEqual(await kept(app, () => ask(params, app)), { endpoint, reason, value });
    const { length } = await refusalsIn(app.clientId);
    await ask({ prompt: 'none' }, app);
    assert.equal((await refusalsIn(app.clientId)).length, length, 'in the normal course of things');
    const all = JSON.stringify(await refusalsIn(app.clientId));
    assert.doesNotMatch(all, /hunter2|secret/u);
  });

  it('of somebody whom it is not open to, and of nobody that is no client', async () => {
    const app = await server.addClient({ name: 'Closed', organisations: ['globex'] });
    const { browser } = await signIn(webmail, person);
    const told = await kept(app, () => silently(app, browser));
    assert.deepEqual(told, { endpoint: 'authorization', reason: 'not_open', value: '' });
    await ask({}, { ...app, clientId: 'nowhere' });
    assert.deepEqual(await refusalsIn('nowhere'), []);
  });
});
