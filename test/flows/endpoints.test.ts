/** What is the same at every endpoint: its methods, who is told of an error in which form, what may be kept. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { errors } from 'oidc-provider';
import { ENDPOINTS } from '../../src/oidc/endpoints.ts';
import { modelCollections } from '../../src/records/stored-model.ts';
import { DOCUMENTS_KEPT_FOR } from '../../src/web/requests/program-answers.ts';
import { CHANGE_PASSWORD, PASSKEY_ENDPOINTS } from '../../src/web/requests/well-known.ts';
import { freePort } from '../support/free-port.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import type { Registration } from '../support/relying-party.ts';
import { sendRaw } from '../support/raw-http.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signIn, stepOf } from '../support/sign-in.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const ACCEPTED = ['text/html', '*/*', 'application/json', 'text/html;q=0.5, application/xml', ''];
const INVALID_TOKEN = { error: 'invalid_token', error_description: 'invalid token provided' };
const DISCOVERY = '/.well-known/openid-configuration';

let server: TestServer;
let webmail: Registration;
let token: string;
before(async () => {
  server = await startTestServer();
  webmail = await server.addClient();
  const person = await server.addPerson({}, { totp: true });
  token = String((await signIn(webmail, person)).tokens['access_token']);
});
after(() => server.stop());

/** All of an answer but what is the request's own. */
async function told(path: string, headers: Record<string, string> = {}) {
  const { port, host } = new URL(server.issuer);
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}`);
  const answer = await sendRaw(port, [`GET ${path} HTTP/1.1`, ...lines]);
  const kept = [...answer.headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return { status: answer.status, headers: Object.fromEntries(kept.toSorted()), body: answer.body };
}

const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${server.issuer}${path}`, { redirect: 'manual', ...init });
const form = (path: string, fields: Record<string, string>, headers = {}): Promise<Response> =>
  ask(path, { method: 'POST', headers, body: new URLSearchParams(fields) });
const basic = (secret: string) =>
  `Basic ${Buffer.from(`${webmail.clientId}:${secret}`).toString('base64')}`;

/** Those of the library, and of our own pages. */
const PLACES: [string, string[]][] = [
  ...ENDPOINTS.map(({ path, methods }): [string, string[]] => [path, [...methods]]),
  ['/mail/passcode', ['POST']],
  [CHANGE_PASSWORD, ['GET']],
  [PASSKEY_ENDPOINTS, ['GET']],
  ['/', ['GET']],
  ['/account', ['GET']],
  ['/account/sign-out', ['POST']],
  ['/device', ['GET', 'POST']],
  ['/device/done', ['GET']],
  ['/forgot-password', ['GET', 'POST']],
  ['/interaction/:uid/password', ['GET', 'POST']],
];
const PROGRAMS = [
  '/token',
  '/me',
  '/jwks',
  '/request',
  '/device/auth',
  '/mail/passcode',
  '/.well-known/',
];
const isForPrograms = (path: string) =>
  path !== CHANGE_PASSWORD && PROGRAMS.some((start) => path.startsWith(start));

describe('a method', () => {
  for (const [place, methods] of PLACES)
    it(`that ${place} knows is no other one`, async () => {
      const path = place.replace(':uid', 'made-up');
      const known = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
      const allow = [...known, 'OPTIONS'].toSorted().join(', ');
      for (const method of METHODS) {
        for (const at of [path, path.toUpperCase()]) {
          const answer = await ask(at, { method, headers: { accept: 'text/html' } });
          const text = await answer.text();
          if (method === 'OPTIONS') {
            assert.equal(`${answer.status} ${answer.headers.get('allow')}`, `204 ${allow}`, at);
          } else if (known.includes(method)) {
            assert.notEqual(answer.status, 405, `${method} ${at}`);
            assert.ok(answer.status < 500, `${method} ${at} ${answer.status}`);
          } else {
            assert.equal(answer.status, 405, `${method} ${at}`);
            assert.equal(answer.headers.get('allow'), allow, at);
            assert.equal(answer.headers.get('cache-control'), 'no-store');
            const type = isForPrograms(path) ? /^application\/json/u : /^text\/html/u;
            assert.match(answer.headers.get('content-type') ?? '', type, `${method} ${at}`);
            if (method === 'HEAD') assert.equal(text, '');
            else if (isForPrograms(path))
              assert.deepEqual(JSON.parse(text), {
                error: 'method-not-allowed',
                error_description: `allowed at this path: ${allow}`,
                allow,
              });
            else assert.match(text, /<h1>This address can’t be used like that/u);
          }
        }
      }
    });

  it('of a path that isn’t there is told nothing of: 404', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'OPTIONS'])
      assert.equal((await ask('/nowhere', { method })).status, 404);
  });

  it('leaves preflights of scripts to what they ask for', async () => {
    const headers = { origin: 'https://app.test', 'access-control-request-method': 'POST' };
    const answer = await ask('/token', { method: 'OPTIONS', headers });
    assert.equal(answer.status, 204);
    assert.equal(answer.headers.get('access-control-allow-methods'), 'POST');
    const page = await ask('/auth', { method: 'OPTIONS', headers });
    assert.equal(page.headers.get('access-control-allow-origin'), null);
  });
});

describe('an error', () => {
  let nth = 0;
  // Another one each time: wrong secrets of one client are limited.
  const wrong = () => ({ client_id: `made-up-${(nth += 1)}`, client_secret: 'wrong' });
  const json = { 'content-type': 'application/json' };
  /** Path, status, error, and what comes to it. */
  const errors: [string, number, string, (headers: Record<string, string>) => Promise<Response>][] =
    [
      ['/token', 400, 'invalid_request', (headers) => form('/token', {}, headers)],
      ['/token', 401, 'invalid_client', (headers) => form('/token', wrong(), headers)],
      [
        '/token',
        400,
        'invalid_grant',
        (headers) =>
          form(
            '/token',
            { grant_type: 'authorization_code', code: 'x', redirect_uri: webmail.redirectUri },
            { ...headers, authorization: basic(webmail.clientSecret) },
          ),
      ],
      [
        '/token',
        400,
        'invalid_request',
        (headers) =>
          ask('/token', { method: 'POST', headers: { ...headers, ...json }, body: '{}' }),
      ],
      [
        '/token/introspection',
        401,
        'invalid_client',
        (headers) =>
          form('/token/introspection', { token: 'x' }, { ...headers, authorization: basic('no') }),
      ],
      ['/token/revocation', 401, 'invalid_client', (h) => form('/token/revocation', wrong(), h)],
      ['/request', 401, 'invalid_client', (headers) => form('/request', wrong(), headers)],
      [
        '/mail/passcode',
        400,
        'invalid_request',
        (headers) => form('/mail/passcode', {}, { ...headers, ...json }),
      ],
      [
        '/mail/passcode',
        401,
        'invalid_client',
        (headers) => form('/mail/passcode', wrong(), headers),
      ],
      ['/me', 401, 'invalid_token', (headers) => ask('/me', { headers })],
      [
        '/me',
        401,
        'invalid_token',
        (headers) => ask('/me', { headers: { ...headers, authorization: 'Bearer made-up' } }),
      ],
      [
        '/me',
        400,
        'invalid_request',
        (headers) =>
          form('/me', { access_token: token }, { ...headers, authorization: `Bearer ${token}` }),
      ],
      ['/token/nowhere', 404, 'not-found', (headers) => ask('/token/nowhere', { headers })],
      ['/jwks/x', 404, 'not-found', (headers) => ask('/jwks/x', { headers })],
      ['/me/x', 404, 'not-found', (headers) => form('/ME/x', {}, headers)],
    ];
  for (const [path, status, error, from] of errors)
    it(`of ${path} (${status} ${error}) is JSON, whatever is accepted`, async () => {
      for (const accept of ACCEPTED) {
        const answer = await from({ accept });
        const text = await answer.text();
        assert.equal(answer.status, status, `${accept}: ${text}`);
        assert.match(answer.headers.get('content-type') ?? '', /^application\/json/u, accept);
        const told = JSON.parse(text) as Record<string, string>;
        assert.equal(told['error'], error);
        // RFC 6749 §5.2; /mail/passcode tells a mail server nothing more (api/mail-passcode.ts).
        if (path !== '/mail/passcode')
          assert.match(told['error_description'] ?? '', /^[\x20\x21\x23-\x5B\x5D-\x7E]+$/u, text);
        assert.equal(answer.headers.get('cache-control'), 'no-store');
        assert.equal(answer.headers.get('set-cookie'), null);
        // RFC 9110 §15.5.2.
        if (status === 401)
          assert.match(answer.headers.get('www-authenticate') ?? '', /^(?:Basic|Bearer) realm="/u);
      }
    });

  it('is told by the scheme that was tried (RFC 6749 §5.2, RFC 6750 §3)', async () => {
    const accept = { accept: 'text/html' };
    const told = async (answer: Promise<Response>) =>
      (await answer).headers.get('www-authenticate');
    const realm = `realm="${server.issuer}"`;
    const tried = form('/token', {}, { ...accept, authorization: basic('wrong') });
    assert.match(
      (await told(tried)) ?? '',
      new RegExp(`^Basic ${realm}, error="invalid_client"`, 'u'),
    );
    const nothing = (await told(ask('/me', { headers: accept }))) ?? '';
    assert.ok(nothing.startsWith(`Bearer ${realm}`), nothing);
    assert.doesNotMatch(nothing, /error=/u, 'who showed nothing is told of no error (§3.1)');
    const bearer = { ...accept, authorization: 'Bearer made-up' };
    assert.match((await told(ask('/me', { headers: bearer }))) ?? '', /error="invalid_token"/u);
    const known = { ...accept, authorization: `Bearer ${token}` };
    const scope = await ask('/me?scope=openid+other', { headers: known });
    assert.equal(scope.status, 403);
    assert.match((await told(Promise.resolve(scope))) ?? '', /insufficient_scope.*scope="other"/u);
  });

  it('that a browser comes upon is a page, under /.well-known/ too', async () => {
    const browser = createHttpBrowser(server.issuer);
    for (const path of ['/.well-known/nowhere', '/auth', '/nowhere', '/session/end/nowhere']) {
      const page = await browser.send(`${server.issuer}${path}`);
      assert.match(page.headers.get('content-type') ?? '', /^text\/html/u, path);
      assert.match(page.html, /<h1>/u, path);
    }
    for (const accept of ['*/*', 'application/json', '']) {
      const answer = await ask('/.well-known/webfinger', { headers: { accept } });
      const told = { error: 'not-found', error_description: 'there is nothing at this path' };
      assert.deepEqual([answer.status, await answer.json()], [404, told], accept);
    }
  });
});

describe('what the library asserts', () => {
  it('costs no stack where it holds, and has one where it does not', async (t) => {
    const limit = Error.stackTraceLimit;
    const capture = Error.captureStackTrace.bind(Error);
    const taken: number[] = [];
    t.after(() => void (Error.captureStackTrace = capture));
    Error.captureStackTrace = (error, above) => {
      if (error instanceof errors.InvalidToken) taken.push(Error.stackTraceLimit);
      capture(error, above);
    };
    // With a query it is the library that answers (oidc/direct/).
    const userinfo = (given: string) =>
      ask('/me?', { headers: { authorization: `Bearer ${given}` } });
    assert.equal((await userinfo(token)).status, 200);
    assert.deepEqual(taken.splice(0), [0, 0, 0]);
    const refused = await userinfo('made-up');
    assert.deepEqual([refused.status, await refused.json()], [401, INVALID_TOKEN]);
    assert.deepEqual(taken, [0, limit]);
    assert.equal(Error.stackTraceLimit, limit);
  });
});

describe('what may be kept', () => {
  it('is JWKS and discovery, for minutes', async () => {
    for (const path of ['/jwks', DISCOVERY, '/.well-known/oauth-authorization-server', '/JWKS/']) {
      const answer = await ask(path, { headers: { origin: 'https://app.test' } });
      assert.equal(answer.status, 200);
      const kept = `public, max-age=${DOCUMENTS_KEPT_FOR}`;
      assert.equal(answer.headers.get('cache-control'), kept, path);
      // It is made for one origin (RFC 9110 §12.5.5).
      assert.match(answer.headers.get('vary') ?? '', /origin/iu);
    }
  });

  it('is answered alike the second time, to whoever asks, and never to another Host', async () => {
    for (const path of ['/jwks', DISCOVERY, '/.well-known/oauth-authorization-server']) {
      server.clock.ahead += 1000;
      const first = await told(path);
      for (const headers of [{}, { host: new URL(server.issuer).host.toUpperCase() }])
        assert.deepEqual(await told(path, headers), first, path);
      const head = await ask(path, { method: 'HEAD' });
      assert.equal(head.headers.get('content-length'), first.headers['content-length']);
      const other = await ask(path, { headers: { origin: 'https://app.test' } });
      assert.equal(other.headers.get('access-control-allow-origin'), 'https://app.test');
      assert.equal(await other.text(), first.body);
      assert.deepEqual(await told(path), first, path);
      const foreign = await sendRaw(new URL(server.issuer).port, [
        `GET ${path} HTTP/1.1`,
        'Host: evil.test',
      ]);
      assert.equal(foreign.status, 421, path);
    }
  });

  it('is the JWKS also while the store keeps everybody waiting', async (t) => {
    const { scan } = server.store;
    t.after(() => void (server.store.scan = scan));
    const before = await told('/jwks');
    server.clock.ahead += 1000;
    server.store.scan = () => new Promise(() => {});
    assert.deepEqual(await told('/jwks'), before);
  });

  it('is no answer about a token or a person', async () => {
    const authorization = basic(webmail.clientSecret);
    for (const answer of [
      await ask('/me', { headers: { authorization: `Bearer ${token}` } }),
      await form('/token/introspection', { token }, { authorization }),
      await form('/token/revocation', { token }, { authorization }),
    ]) {
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
    }
  });
});

describe('what a password manager asks for', () => {
  it('leads to the change of the password, which begins with a sign-in', async () => {
    const answer = await ask(CHANGE_PASSWORD);
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.get('location'), '/account/password/change');
    assert.equal(answer.headers.get('set-cookie'), null);
    const page = await createHttpBrowser(server.issuer).open(`${server.issuer}${CHANGE_PASSWORD}`);
    assert.equal(stepOf(page), 'password');
    // How it finds out that a page for everything does not answer there.
    const path = 'resource-that-should-not-exist-whose-status-code-should-not-be-200';
    assert.equal((await ask(`/.well-known/${path}`)).status, 404);
  });

  it('is where passkeys are made and managed', async () => {
    const answer = await ask(PASSKEY_ENDPOINTS);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/u);
    assert.equal(answer.headers.get('set-cookie'), null);
    const named = (await answer.json()) as Record<string, string>;
    assert.deepEqual(named, {
      enroll: `${server.issuer}/account/two-step/set-up/passkey`,
      manage: `${server.issuer}/account/two-step`,
    });
    for (const page of Object.values(named))
      assert.equal(stepOf(await createHttpBrowser(server.issuer).open(page)), 'password');
  });

  it('is not there where passkeys can’t be used', async () => {
    const port = String(await freePort());
    const issuer = `http://127.0.0.1:${port}`;
    const other = await startTestServer({ LATCHKEY_ISSUER: issuer, LATCHKEY_LISTEN_PORT: port });
    try {
      assert.equal((await fetch(`${issuer}${PASSKEY_ENDPOINTS}`)).status, 404);
    } finally {
      await other.stop();
    }
  });
});

describe('a token that is asked about', () => {
  let asked: string;
  before(async () => {
    const person = await server.addPerson({}, { totp: true });
    asked = String((await signIn(webmail, person)).tokens['access_token']);
  });
  const introspected = async (value: string, hint = {}): Promise<unknown> => {
    const authorization = basic(webmail.clientSecret);
    const answer = await form('/token/introspection', { token: value, ...hint }, { authorization });
    return ((await answer.json()) as { active: unknown }).active;
  };
  const TOKENS = ['access_token', 'refresh_token', 'client_credentials'];
  /** In which collections the store was asked for tokens meanwhile. */
  const lookedIn = async (work: () => Promise<unknown>): Promise<string[]> => {
    const { get } = server.store;
    const looked: string[] = [];
    const noting = (kind: { name: string }, id: string): unknown => {
      if (TOKENS.includes(kind.name)) looked.push(kind.name);
      return Reflect.apply(get, server.store, [kind, id]);
    };
    Object.assign(server.store, { get: noting });
    await work().finally(() => Object.assign(server.store, { get }));
    return looked.toSorted();
  };

  it('is looked for among those that it can be, whatever it is said to be', async () => {
    for (const hint of [{}, { token_type_hint: 'refresh_token' }]) {
      const looked = await lookedIn(async () =>
        assert.equal(await introspected(asked, hint), true),
      );
      assert.deepEqual(looked, ['access_token']);
    }
    const unknown = await lookedIn(async () =>
      assert.equal(await introspected(`${asked.slice(0, -1)}.`), false),
    );
    assert.deepEqual(unknown, []);
  });

  it('is found where an older version made it, which gave all kinds one length', async () => {
    const former = asked.slice(0, 43);
    const kept = modelCollections['AccessToken']!;
    const stored = await server.store.get(kept, server.vault.hash('AccessToken', asked));
    await server.store.put(kept, server.vault.hash('AccessToken', former), stored!);
    const looked = await lookedIn(async () => assert.equal(await introspected(former), true));
    assert.deepEqual(looked, TOKENS.toSorted());
    const me = await ask('/me', { headers: { authorization: `Bearer ${former}` } });
    assert.equal(me.status, 200);
  });
});
