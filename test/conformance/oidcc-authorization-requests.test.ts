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
