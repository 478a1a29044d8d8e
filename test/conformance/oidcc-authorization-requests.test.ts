/** Modules of the conformance suite (basic profile) about what an authorization request may and may not have. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import type { HtmlPage } from '../support/http-browser.ts';
import { startPolicyServer, Visitor, type PolicyServer } from '../support/policy.ts';
import { authorize, token, type Registration } from '../support/relying-party.ts';
import { REDIRECT, type TestPerson } from '../support/server.ts';

const WITH_QUERY = `${REDIRECT}?tenant=acme`;

let server: PolicyServer;
let app: Registration;
let person: TestPerson;
/** At a browser where the person is signed in. */
let visitor: Visitor;
before(async () => {
  server = await startPolicyServer();
  app = await server.addClient({ redirectUris: [REDIRECT, WITH_QUERY] });
  person = await server.addPerson({}, { totp: true });
  visitor = await (await new Visitor(server, app).start()).password(person);
  await visitor.totp(person);
});
after(() => server.stop());

const ask = async (params: Record<string, string>): Promise<HtmlPage> =>
  (await visitor.start(params)).page;

/** Told to the person alone: nobody is sent to an address that is not the app's. */
function assertStays({ url, status, html }: HtmlPage): void {
  assert.deepEqual([url.origin, status], [server.issuer, 400]);
  assert.match(html, /<h1>This app’s return address isn’t registered/u);
}

describe('oidcc-ensure-request-with-unknown-parameter-succeeds', () => {
  it('and what a server may ignore is ignored, or does what it says', async () => {
    for (const params of [
      { extra: 'foobar' },
      { display: 'page' },
      { display: 'popup' },
      { claims_locales: 'se' },
      { ui_locales: 'se' },
      { login_hint: `${person.login}@acme.test` },
      { nonce: '' },
      { state: '' },
    ]) {
      const { url } = await ask(params);
      assert.ok(url.searchParams.has('code'), `${JSON.stringify(params)} ${url}`);
    }
    assert.equal((await visitor.claims()).sub, person.person.id);
    const { searchParams } = visitor.page.url;
    assert.equal(searchParams.get('state'), null, 'what did not come goes nowhere');
  });
});

describe('oidcc-ensure-request-without-nonce-succeeds-for-code-flow', () => {
  it('and the ID token has none', async () => {
    await ask({ nonce: '' });
    const { id_token: idToken } = await visitor.tokens();
    assert.equal('nonce' in decodeJwt(String(idToken)), false);
  });
});

describe('oidcc-ensure-registered-redirect-uri', () => {
  it('is compared character by character, its query too', async () => {
    // oidcc-redirect-uri-query-OK
    const page = await ask({ redirect_uri: WITH_QUERY });
    assert.equal(page.url.searchParams.get('tenant'), 'acme');
    assert.ok(page.url.searchParams.has('code'));
    for (const uri of [
      `${REDIRECT}/other`,
      // oidcc-redirect-uri-query-mismatch, oidcc-redirect-uri-query-added
      `${REDIRECT}?tenant=other`,
      `${WITH_QUERY}&added=1`,
      REDIRECT.toUpperCase(),
      `${REDIRECT}/../callback`,
      `${REDIRECT}#x`,
    ])
      assertStays(await ask({ redirect_uri: uri }));
  });
});

describe('oidcc-response-type-missing', () => {
  it('is told to the app, with the state', async () => {
    const { url } = await ask({ response_type: '' });
    const told = ['error', 'state'].map((name) => url.searchParams.get(name));
    assert.deepEqual(told, ['invalid_request', visitor.asked.state]);
  });
});

describe('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported', () => {
  it('is rejected as unsupported, wherever the parameters are', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const params = Object.fromEntries(authorize(app).url.searchParams);
    const request = `${part({ alg: 'none' })}.${part(params)}.`;
    const { url } = await ask({ request });
    assert.equal(url.searchParams.get('error'), 'request_not_supported');
    // oidcc-ensure-request-object-with-redirect-uri: one that only the object names is none.
    const page = await ask({ request, redirect_uri: `${REDIRECT}/other` });
    assertStays(page);
  });
});

describe('oidcc-server-client-secret-post', () => {
  it('authenticates; a secret twice, or in two ways, does not', async () => {
    await ask({});
    const { clientId: client_id, clientSecret: client_secret } = app;
    const fields = {
      grant_type: 'authorization_code',
      code: visitor.back?.code ?? '',
      redirect_uri: REDIRECT,
      code_verifier: visitor.asked.verifier,
    };
    const twice = await token(app, { ...fields, client_secret });
    assert.deepEqual([twice.status, twice.body['error']], [400, 'invalid_request']);
    const body = new URLSearchParams({ ...fields, client_id, client_secret });
    const post = (sent: URLSearchParams) =>
      fetch(`${server.issuer}/token`, { method: 'POST', body: sent });
    const doubled = new URLSearchParams([...body, ['client_secret', client_secret]]);
    assert.equal((await post(doubled)).status, 400);
    assert.equal((await post(body)).status, 200);
    // oidcc-codereuse
    const again = (await (await post(body)).json()) as Record<string, string>;
    assert.equal(again['error'], 'invalid_grant');
  });
});

describe('a second authorization', () => {
  const claimsOf = async (params: Record<string, string>) => {
    await ask(params);
    return visitor.claims();
  };

  it('says the same of the same sign-in: oidcc-prompt-none-logged-in, oidcc-max-age-10000, oidcc-id-token-hint', async () => {
    await ask({});
    const { id_token: hint = '' } = await visitor.tokens();
    const first = decodeJwt(hint);
    server.clock.ahead += 2000;
    for (const params of [
      { prompt: 'none' },
      { max_age: '10000' },
      { prompt: 'none', id_token_hint: hint },
      { prompt: 'none', id_token_hint: hint, response_mode: 'query' },
    ]) {
      const second = await claimsOf(params);
      for (const name of ['sub', 'auth_time', 'sid', 'acr'])
        assert.equal(second[name], first[name], `${JSON.stringify(params)} ${name}`);
    }
  });

  it('asks again, and says when: oidcc-prompt-login, oidcc-max-age-1', async () => {
    for (const params of [{ prompt: 'login' }, { max_age: '1' }]) {
      const { auth_time: before_ } = await claimsOf({});
      server.clock.ahead += 30_000;
      const asked = Math.floor(server.now() / 1000);
      await ask(params);
      assert.equal(visitor.step, 'password', JSON.stringify(params));
      await (await visitor.password(person)).totp(person);
      const { auth_time: after_ } = await visitor.claims();
      assert.ok(Number(after_) > Number(before_) && Number(after_) >= asked, String(after_));
    }
  });

  it('of nobody is an error with the state: oidcc-prompt-none-not-logged-in', async () => {
    const nobody = await new Visitor(server, app).start({ prompt: 'none' });
    const { searchParams } = nobody.page.url;
    const told = ['error', 'state', 'iss'].map((name) => searchParams.get(name));
    assert.deepEqual(told, ['login_required', nobody.asked.state, server.issuer]);
  });
});

describe('oidcc-codereuse-30seconds', () => {
  it('is refused, and what the code was redeemed for is worthless', async () => {
    await ask({});
    const code = { grant_type: 'authorization_code', code: visitor.back?.code ?? '' };
    const fields = { ...code, redirect_uri: REDIRECT, code_verifier: visitor.asked.verifier };
    const { access_token: access } = (await token(app, fields)).body;
    const me = async () => {
      const headers = { authorization: `Bearer ${access}` };
      return (await fetch(`${server.issuer}/me`, { headers })).status;
    };
    assert.equal(await me(), 200);
    server.clock.ahead += 30_000;
    const again = await token(app, fields);
    assert.deepEqual([again.status, again.body['error']], [400, 'invalid_grant']);
    assert.equal(await me(), 401);
  });
});

describe('oidcc-scope-profile, oidcc-scope-email, oidcc-scope-all', () => {
  it('are answered at userinfo and not in the ID token, and what there is not is left out', async () => {
    for (const [scope, names] of [
      ['openid profile', ['name', 'preferred_username', 'updated_at']],
      ['openid email', ['email', 'email_verified']],
      // oidcc-ensure-other-scope-order-succeeds
      ['email openid', ['email', 'email_verified']],
      ['openid address quota', []],
    ] as const) {
      await ask({ scope });
      const tokens = await visitor.tokens();
      const headers = { authorization: `Bearer ${tokens['access_token']}` };
      const told = (await (await fetch(`${server.issuer}/me`, { headers })).json()) as object;
      assert.deepEqual(Object.keys(told).toSorted(), [...names, 'sub'].toSorted(), scope);
      const inToken = Object.keys(decodeJwt(String(tokens['id_token'])));
      assert.deepEqual(
        inToken.filter((name) => names.some((each) => each === name)),
        [],
      );
    }
  });
});
