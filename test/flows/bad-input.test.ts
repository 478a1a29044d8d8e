/** What goes wrong, and what a person or an app is told: a page or an OAuth error, status 4xx, nothing lost. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { createHttpBrowser, hiddenFields, type HtmlPage } from '../support/http-browser.ts';
import { authorize, exchange, token, type Registration } from '../support/relying-party.ts';
import { PASSWORD, startTestServer, type TestServer } from '../support/server.ts';
import { goThrough, signIn, silently, stepOf, toCallback } from '../support/sign-in.ts';

let server: TestServer;
let webmail: Registration;
before(async () => {
  server = await startTestServer();
  webmail = await server.addClient({ requirePkce: true });
});
after(() => server.stop());

const pageName = (page: HtmlPage): string | undefined =>
  /data-page="([^"]*)"/u.exec(page.html)?.[1];

const assertErrorPage = (page: HtmlPage, status: number): void => {
  assert.equal(page.status, status, page.html);
  assert.equal(pageName(page), 'error');
  assert.equal(page.headers.get('cache-control'), 'no-store');
};

describe('an authorization request that is wrong', () => {
  const browser = () => createHttpBrowser(server.issuer);

  it('from an unknown client is a page, not a redirect', async () => {
    assertErrorPage(await browser().open(authorize({ ...webmail, clientId: 'nobody' }).url), 400);
  });

  it('to a redirect URI that is not registered is a page, not a redirect', async () => {
    const { url } = authorize(webmail, { redirect_uri: 'https://evil.example/' });
    assertErrorPage(await browser().open(url), 400);
  });

  it('without PKCE, or with the plain method, is an OAuth error at the app', async () => {
    const { url } = authorize(webmail);
    url.searchParams.delete('code_challenge');
    url.searchParams.delete('code_challenge_method');
    const without = await browser().open(url);
    assert.equal(without.url.searchParams.get('error'), 'invalid_request');
    const plain = await browser().open(authorize(webmail, { code_challenge_method: 'plain' }).url);
    assert.equal(plain.url.searchParams.get('error'), 'invalid_request');
  });

  it('for a response type other than code is refused', async () => {
    const back = await browser().open(authorize(webmail, { response_type: 'id_token' }).url);
    assert.match(String(back.url), /error=(unsupported_response_type|unauthorized_client)/u);
  });

  it('with claims that are no JSON is an OAuth error', async () => {
    const back = await browser().open(authorize(webmail, { claims: '{' }).url);
    assert.equal(back.url.searchParams.get('error'), 'invalid_request');
  });

  it('with acr claims of odd types is no server error', async () => {
    for (const acr of [
      { essential: true, values: 'x' },
      { essential: true, value: 7 },
      { essential: 1, values: [{}, null] },
      'x',
      [],
    ]) {
      const back = await browser().open(
        authorize(webmail, { claims: JSON.stringify({ id_token: { acr } }) }).url,
      );
      assert.ok(back.status < 500, JSON.stringify(acr));
      assert.notEqual(back.url.searchParams.get('error'), 'server_error', JSON.stringify(acr));
    }
  });
});

describe('a sign-in page', () => {
  const begin = async () => {
    const browser = createHttpBrowser(server.issuer);
    return { browser, page: await browser.open(authorize(webmail).url) };
  };

  it('that nobody began, or that is too old, says so', async () => {
    assertErrorPage(
      await createHttpBrowser(server.issuer).open(`${server.issuer}/interaction/nothing/password`),
      400,
    );
    const { browser, page } = await begin();
    server.clock.ahead += 3_700_000;
    assertErrorPage(await browser.open(page.url), 400);
  });

  it('opened in another browser is refused there, and goes on in its own', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser, page } = await begin();
    const other = createHttpBrowser(server.issuer);
    assertErrorPage(await other.open(page.url), 403);
    assert.equal(
      stepOf(await browser.submit(page, { login: person.login, password: PASSWORD })),
      'totp',
    );
  });

  it('cannot be taken over by another browser when it is finished', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser, page } = await begin();
    const code = await browser.submit(page, { login: person.login, password: PASSWORD });
    const finished = await browser.send(code.url, {
      method: 'POST',
      body: new URLSearchParams({ ...hiddenFields(code.html), code: person.code() }),
    });
    const resume = new URL(finished.headers.get('location') ?? '', server.issuer);
    const thief = createHttpBrowser(server.issuer);
    thief.steal(browser, (name) => !name.includes('browser'));
    assertErrorPage(await thief.open(resume), 400);
    assert.ok((await browser.open(resume)).url.searchParams.has('code'));
  });

  it('without its token, or with another browser’s, changes nothing', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser, page } = await begin();
    const foreign = hiddenFields((await begin()).page.html)['csrf'] ?? '';
    for (const csrf of ['', 'x', foreign]) {
      assertErrorPage(
        await browser.submit(page, { login: person.login, password: PASSWORD, csrf }),
        403,
      );
    }
    const crossSite = await browser.send(page.url, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site' },
      body: new URLSearchParams({
        ...hiddenFields(page.html),
        login: person.login,
        password: PASSWORD,
      }),
    });
    assertErrorPage(crossSite, 403);
    assert.equal(stepOf(await browser.open(page.url)), 'password');
  });

  it('takes forms only: another content type is 415, a body over 64 KB is 413', async () => {
    const { browser, page } = await begin();
    const json = await browser.send(page.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ login: { $ne: null }, password: { $ne: null } }),
    });
    assertErrorPage(json, 415);
    const large = await browser.send(page.url, {
      method: 'POST',
      body: new URLSearchParams({ ...hiddenFields(page.html), login: 'x'.repeat(70_000) }),
    });
    assertErrorPage(large, 413);
  });

  it('says what is missing, and keeps what was typed', async () => {
    const { browser, page } = await begin();
    const missing = await browser.submit(page, { login: 'alice.of.acme', password: '' });
    assert.equal(missing.status, 400);
    assert.match(missing.html, /alice\.of\.acme/u);
    assert.match(missing.html, /aria-invalid="true"/u);
  });

  it('survives odd names and passwords', async () => {
    const { browser, page } = await begin();
    const odd = [
      '{"$ne":null}',
      "' OR 1=1 --",
      '__proto__',
      'a'.repeat(300),
      '\u0000',
      '<script>alert(1)</script>',
      '🙂',
    ];
    for (const login of odd) {
      const answer = await browser.submit(page, { login, password: 'x' });
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} for ${login}`);
      assert.ok(!answer.html.includes('<script>alert'), 'escaped');
    }
    const nested = await browser.submit(page, { 'login[$ne]': '', 'password[$ne]': '' });
    assert.equal(nested.status, 400);
  });

  it('survives odd codes, which cost no attempt', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser, page } = await begin();
    const box = await browser.submit(page, { login: person.login, password: PASSWORD });
    for (const code of [
      '',
      '1',
      '1234567',
      '1'.repeat(10_000),
      'null',
      '[]',
      '{"$ne":null}',
      'abcdef',
    ]) {
      const answer = await browser.submit(box, { code });
      assert.equal(answer.status, 400, code.slice(0, 20));
      assert.equal(stepOf(answer), 'totp');
    }
    const spaced = person.code().replace(/(...)/u, ' $1-');
    const back = await browser.submit(box, { code: spaced });
    assert.ok(back.url.searchParams.has('code'), back.html);
  });

  it('waits after five wrong codes, in every browser and sign-in of that person', async () => {
    const person = await server.addPerson({}, { totp: true });
    const wrong = String((Number(person.code()) + 1) % 1_000_000).padStart(6, '0');
    for (let count = 0; count < 5; count += 1) {
      const { browser, page } = await begin();
      const box = await browser.submit(page, { login: person.login, password: PASSWORD });
      assert.equal((await browser.submit(box, { code: wrong })).status, 400);
    }
    const { browser, page } = await begin();
    const box = await browser.submit(page, { login: person.login, password: PASSWORD });
    const refused = await browser.submit(box, { code: person.code() });
    assert.equal(refused.status, 429);
    server.clock.ahead += 30_000;
    const back = await browser.submit(box, { code: person.code() });
    assert.ok(back.url.searchParams.has('code'), back.html);
  });
});

describe('two tabs and the back button', () => {
  it('an older page leads to the step that is due; a finished sign-in is not done twice', async () => {
    const person = await server.addPerson({}, { totp: true });
    const browser = createHttpBrowser(server.issuer);
    const first = await browser.open(authorize(webmail).url);
    const code = await browser.submit(first, { login: person.login, password: PASSWORD });
    // Back, and the password once more: the code page is due.
    assert.equal(stepOf(await browser.open(first.url)), 'totp');
    assert.equal(
      stepOf(await browser.submit(first, { login: person.login, password: PASSWORD })),
      'totp',
    );
    const back = await browser.submit(code, { code: person.code() });
    assert.ok(back.url.searchParams.has('code'));
    // The second tab's page is finished now.
    assertErrorPage(await browser.submit(code, { code: person.code(1) }), 409);
    assertErrorPage(await browser.open(first.url), 409);
  });

  it('two sign-ins side by side both reach their apps', async () => {
    const person = await server.addPerson({}, { totp: true });
    const browser = createHttpBrowser(server.issuer);
    const calendar = await server.addClient({ name: 'Calendar' });
    const pages = [
      await browser.open(authorize(webmail).url),
      await browser.open(authorize(calendar).url),
    ] as const;
    const one = await goThrough(browser, person, pages[0]);
    assert.ok(one.url.searchParams.has('code'));
    server.clock.ahead += 30_000;
    const two = await goThrough(browser, person, pages[1]);
    assert.ok(two.url.searchParams.has('code'), two.html);
  });

  it('cancel sends the app access_denied', async () => {
    const browser = createHttpBrowser(server.issuer);
    const page = await browser.open(authorize(webmail).url);
    const back = await browser.submit(page, { go: 'cancel' });
    assert.equal(back.url.searchParams.get('error'), 'access_denied');
  });

  it('"Not you?" begins with the password again', async () => {
    const person = await server.addPerson({}, { totp: true });
    const other = await server.addPerson({}, { totp: true });
    const browser = createHttpBrowser(server.issuer);
    const page = await browser.open(authorize(webmail).url);
    const code = await browser.submit(page, { login: person.login, password: PASSWORD });
    const again = await browser.submit(code, { go: 'restart' });
    assert.equal(stepOf(again), 'password');
    const back = await goThrough(browser, other, again);
    assert.ok(back.url.searchParams.has('code'));
  });
});

describe('an authorization code', () => {
  it('of 20 redemptions at once, one succeeds, and its tokens die with the replay', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { asked, callback } = await toCallback(webmail, person, createHttpBrowser(server.issuer));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => exchange(webmail, asked, callback)),
    );
    const won = answers.filter(({ status }) => status === 200);
    assert.ok(won.length <= 1, `${won.length} redemptions succeeded`);
    for (const answer of answers)
      if (answer.status !== 200) assert.equal(answer.body['error'], 'invalid_grant');
    for (const { body } of won) {
      const refreshed = await token(webmail, {
        grant_type: 'refresh_token',
        refresh_token: String(body['refresh_token']),
      });
      assert.equal(refreshed.body['error'], 'invalid_grant');
    }
  });

  it('is refused a second time, with another verifier, by another client, after a minute', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { asked, callback, tokens } = await signIn(webmail, person);
    assert.equal((await exchange(webmail, asked, callback)).body['error'], 'invalid_grant');
    const userinfo = await fetch(`${server.issuer}/me`, {
      headers: { authorization: `Bearer ${tokens['access_token']}` },
    });
    assert.equal(userinfo.status, 401, 'what the first redemption gave is revoked');

    server.clock.ahead += 30_000;
    const other = await server.addClient({ name: 'Other' });
    const fresh = await toCallback(webmail, person, createHttpBrowser(server.issuer));
    const verifier = 'x'.repeat(43);
    assert.equal(
      (await exchange(webmail, { ...fresh.asked, verifier }, fresh.callback)).status,
      400,
    );
    assert.equal((await exchange(other, fresh.asked, fresh.callback)).status, 400);
  });

  it('of a request with a challenge needs its verifier, of one without takes none (RFC 9700 §4.8.2)', async () => {
    const person = await server.addPerson({}, { totp: true });
    const client = await server.addClient({ name: 'Without PKCE', requirePkce: false });
    const browser = createHttpBrowser(server.issuer);
    // As somebody sends it who has taken the challenge out of the app's request.
    const without = { code_challenge: '', code_challenge_method: '' };
    const taken = await toCallback(client, person, browser, without);
    const answer = await exchange(client, taken.asked, taken.callback);
    assert.deepEqual([answer.status, answer.body['error']], [400, 'invalid_grant']);
    const given = await silently(client, browser);
    const params = { code: given.callback.searchParams.get('code') ?? '' };
    const grant = { grant_type: 'authorization_code', redirect_uri: client.redirectUri };
    const { body } = await token(client, { ...grant, ...params });
    assert.equal(body['error'], 'invalid_grant');
    const plain = await silently(client, browser, without);
    const code = plain.callback.searchParams.get('code') ?? '';
    assert.equal((await token(client, { ...grant, code })).status, 200);
  });
});

describe('the front door', () => {
  const withHost = (host: string, path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(server.issuer);
      request({ host: '127.0.0.1', port, path, headers: { host } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });

  it('opens for the issuer’s host only; probes may come from anywhere', async () => {
    const { host } = new URL(server.issuer);
    assert.equal(await withHost(host, '/.well-known/openid-configuration'), 200);
    assert.equal(await withHost('evil.example', '/.well-known/openid-configuration'), 421);
    assert.equal(await withHost('evil.example', '/auth'), 421);
    assert.equal(await withHost('10.0.0.7:3000', '/healthz'), 200);
    assert.equal(await withHost('10.0.0.7:3000', '/readyz'), 200);
  });

  it('does not believe a forwarded host or scheme', async () => {
    const answer = await fetch(`${server.issuer}/.well-known/openid-configuration`, {
      headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    });
    const metadata = (await answer.json()) as Record<string, unknown>;
    assert.equal(metadata['token_endpoint'], `${server.issuer}/token`);
  });

  it('answers what is not there with a page, or JSON to programs', async () => {
    assertErrorPage(
      await createHttpBrowser(server.issuer).open(`${server.issuer}/nothing/here`),
      404,
    );
    const json = await fetch(`${server.issuer}/nothing`, {
      headers: { accept: 'application/json' },
    });
    assert.equal(json.status, 404);
    const told = { error: 'not-found', error_description: 'there is nothing at this path' };
    assert.deepEqual(await json.json(), told);
  });

  it('sends the security headers with every page', async () => {
    const page = await createHttpBrowser(server.issuer).open(authorize(webmail).url);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/u);
    assert.match(policy, /frame-ancestors 'none'/u);
    assert.match(policy, /form-action 'self'(;|$)/u);
    assert.ok(!policy.includes('unsafe'));
    assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
  });

  it('writes no secret into its log', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser, tokens, callback } = await signIn(webmail, person);
    const log = server.output.join('');
    const secrets = [
      PASSWORD,
      webmail.clientSecret,
      String(tokens['access_token']),
      String(tokens['refresh_token']),
      callback.searchParams.get('code') ?? '-',
      ...browser.cookieValues(),
    ];
    for (const secret of secrets) assert.ok(!log.includes(secret), 'a secret is in the log');
    assert.match(log, /"path":"\/interaction\/:uid\/totp"/u);
  });
});
