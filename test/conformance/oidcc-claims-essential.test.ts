/** The `claims` parameter (OIDC Core §5.5), as the conformance suite and relying apps send it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { grantCollection } from '../../src/records/stored-model.ts';
import { clientMetadata, getClient } from '../../src/oidc/clients/clients.ts';
import { requestedOf } from '../../src/oidc/authorization/requested.ts';
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import { refresh, startPolicyServer, type PolicyServer } from '../support/policy.ts';
import {
  authorize,
  exchange,
  post,
  verifyIdToken,
  type Authorization,
  type Registration,
} from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import { signIn, silently, stepOf } from '../support/sign-in.ts';

/** What Nextcloud sends by default. */
const FOUR = { email: null, name: null, quota: null, groups: null };
const NEXTCLOUD = JSON.stringify({ id_token: FOUR, userinfo: FOUR });

let server: PolicyServer;
let own: Registration;
let person: TestPerson;
let browser: HttpBrowser;
before(async () => {
  server = await startPolicyServer();
  own = await server.addClient();
  person = await server.addPerson({}, { totp: true });
  browser = (await signIn(own, person)).browser;
});
after(() => server.stop());

const third = (): Promise<Registration> => server.addClient({ name: 'Cloud', firstParty: false });
const essential = (name: string): string =>
  JSON.stringify({ userinfo: { [name]: { essential: true } } });

/** What both places answer for a code, without what is in every token. */
async function answered(client: Registration, asked: Authorization, callback: URL) {
  const { status, body } = await exchange(client, asked, callback);
  assert.equal(status, 200, `${callback} ${JSON.stringify(body)}`);
  const token = await verifyIdToken(client, String(body['id_token']), asked.nonce);
  const headers = { authorization: `Bearer ${body['access_token']}` };
  const me = (await (await fetch(`${client.issuer}/me`, { headers })).json()) as object;
  return { idToken: ofPerson(token), userinfo: ofPerson(me), body };
}

/** Of all scopes. */
const NAMES = ['name', 'preferred_username', 'locale', 'email', 'email_verified'];
function ofPerson(claims: object): Record<string, unknown> {
  assert.deepEqual(
    Object.keys(claims).filter((name) => /quota|groups|phone/u.test(name)),
    [],
  );
  return Object.fromEntries(Object.entries(claims).filter(([name]) => NAMES.includes(name)));
}

async function silent(client: Registration, params: Record<string, string>, at = browser) {
  const { asked, callback } = await silently(client, at, params);
  return answered(client, asked, callback);
}

const mail = () => ({ email: `${person.login}@acme.test` });
const name = () => ({ name: person.person.name });

describe('oidcc-claims-essential', () => {
  it('answers a first-party client where it asked, without a page', async () => {
    const got = await silent(own, { scope: 'openid', claims: essential('name') });
    assert.deepEqual([got.idToken, got.userinfo], [{}, name()]);
  });

  it('answers what Nextcloud asks for, and leaves out what there is none of', async () => {
    const first = await silent(own, { scope: 'openid', claims: NEXTCLOUD });
    const both = { ...mail(), ...name() };
    assert.deepEqual([first.idToken, first.userinfo], [both, both]);
    const refreshed = await refresh(own, first.body);
    const again = await verifyIdToken(own, String(refreshed.body['id_token']));
    assert.deepEqual(ofPerson(again), both);
    const without = await silent(own, { scope: 'openid' });
    assert.deepEqual([without.idToken, without.userinfo], [{}, {}]);
    const later = await silent(own, { scope: 'openid email' });
    assert.deepEqual(later.userinfo, { ...mail(), email_verified: true });
  });

  it('answers a pushed request the same', async () => {
    const asked = authorize(own, { scope: 'openid', claims: NEXTCLOUD });
    const pushed = await post(own, '/request', Object.fromEntries(asked.url.searchParams));
    const { request_uri: uri = '' } = pushed.body;
    const url = new URL(`/auth?client_id=${own.clientId}&request_uri=${uri}`, server.issuer);
    const { idToken } = await answered(own, asked, (await browser.open(url)).url);
    assert.deepEqual(idToken, { ...mail(), ...name() });
  });

  it('asks for a third party once, in words, and then answers in whatever browser', async () => {
    const cloud = await third();
    const params = { scope: 'openid', claims: NEXTCLOUD };
    const refused = await silently(cloud, browser, params);
    assert.equal(refused.callback.searchParams.get('error'), 'consent_required');
    for (const [locale, words] of [
      ['en', ['see your name', 'see your email address']],
      ['zh-Hant', ['查看您的姓名', '查看您的電子郵件地址']],
    ] as const) {
      const { html } = await browser.open(authorize(cloud, { ...params, ui_locales: locale }).url);
      for (const word of words) assert.ok(html.includes(`<li>${word}</li>`), `${word} ${html}`);
      assert.ok(!/quota|groups|login name/u.test(html), html);
    }
    const asked = authorize(cloud, params);
    const page = await browser.open(asked.url);
    assert.equal(stepOf(page), 'consent');
    const back = await browser.submit(page, { decision: 'allow' });
    const both = { ...mail(), ...name() };
    const got = await answered(cloud, asked, back.url);
    assert.deepEqual([got.idToken, got.userinfo], [both, both]);
    server.clock.ahead += 30_000;
    const elsewhere = (await signIn(own, person)).browser;
    assert.deepEqual((await silent(cloud, params, elsewhere)).idToken, both);
    const narrower = { scope: 'openid', claims: essential('email') };
    assert.deepEqual((await silent(cloud, narrower)).userinfo, mail());
  });

  it('has words for each claim that there is, in both languages', async () => {
    const cloud = await third();
    const all = Object.fromEntries(NAMES.map((one) => [one, null]));
    const asking = { scope: 'openid', claims: JSON.stringify({ id_token: all }) };
    for (const locale of ['en', 'zh-Hant']) {
      const { html } = await browser.open(authorize(cloud, { ...asking, ui_locales: locale }).url);
      const items = [...html.matchAll(/<li>([^<]*)<\/li>/gu)].map(([, words]) => words ?? '');
      assert.equal(new Set(items).size, NAMES.length + 1, items.join());
      for (const words of items) assert.doesNotMatch(words, /[a-z][._][a-z]/u);
    }
  });

  it('takes a consent to a scope as one to each of its claims, and not the other way round', async () => {
    const cloud = await third();
    const asked = authorize(cloud, { scope: 'openid profile' });
    await browser.submit(await browser.open(asked.url), { decision: 'allow' });
    const inToken = { scope: 'openid', claims: '{"id_token":{"name":null}}' };
    assert.deepEqual((await silent(cloud, inToken)).idToken, name());
    const more = { scope: 'openid', claims: essential('email') };
    const page = await browser.open(authorize(cloud, more).url);
    const [wants, knows] = page.html.split('You have allowed before');
    assert.match(wants ?? '', /see your email address/u);
    assert.match(knows ?? '', /see your name, your login name/u);
    await browser.submit(page, { decision: 'allow' });
    assert.deepEqual((await silent(cloud, more)).userinfo, mail());
    const { callback } = await silently(cloud, browser, { scope: 'openid email' });
    assert.equal(callback.searchParams.get('error'), 'consent_required', 'email_verified is new');
  });

  it('leaves out, silently, what the client cannot have, essential or not', async () => {
    const cloud = await third();
    for (const [client, page] of [
      [own, ''],
      [cloud, 'consent'],
    ] as const) {
      const odd = { phone_number: { essential: true }, nobody_knows: null, constructor: null };
      const claims = JSON.stringify({ id_token: odd, userinfo: odd, other: { email: null } });
      const asked = authorize(client, { scope: 'openid', claims });
      let opened = await browser.open(asked.url);
      assert.equal(stepOf(opened), page);
      if (page) opened = await browser.submit(opened, { decision: 'allow' });
      const got = await answered(client, asked, opened.url);
      assert.deepEqual([got.idToken, got.userinfo], [{}, {}]);
    }
    const claims = '{"userinfo":{"email":{"essential":true},"name":null}}';
    const registered = await getClient(server.store, own.clientId);
    assert.ok(registered);
    const narrow = clientMetadata({ ...registered, scopes: ['openid', 'profile'] });
    assert.deepEqual(requestedOf({ scope: 'openid email', claims }, narrow), {
      scopes: ['openid'],
      claims: ['name'],
    });
  });

  it('keeps the meaning of those that are about the sign-in', async () => {
    const claims = JSON.stringify({
      id_token: { sub: { value: person.person.id }, auth_time: { essential: true }, acr: null },
      userinfo: { sub: null, acr: null },
    });
    const { body } = await silent(own, { scope: 'openid', claims });
    const token = await verifyIdToken(own, String(body['id_token']));
    assert.ok(token['auth_time'] && token['acr']);
    const other = JSON.stringify({ id_token: { sub: { value: 'somebody-else' }, email: null } });
    const refused = await silently(own, browser, { scope: 'openid', claims: other });
    assert.equal(refused.callback.searchParams.get('error'), 'login_required');
  });

  const many = Object.fromEntries(
    Array.from({ length: 400 }, (_, at) => [`claim_number_${at}`, 1]),
  );
  for (const [what, claims] of Object.entries({
    'no JSON': 'email',
    'a list': '[]',
    nothing: 'null',
    'a number': '1',
    'neither place': '{}',
    'a place that is a list': '{"id_token":["email"]}',
    'a place that is null': '{"id_token":null}',
    'a claim that is a list': '{"id_token":{"email":["x"]}}',
    'a claim that is true': '{"userinfo":{"email":true}}',
    'a prototype': '{"id_token":{"email":null},"__proto__":{"x":1}}',
    'the prototype of a place': '{"id_token":{"__proto__":{"email":null}}}',
    'the prototype of a claim': '{"id_token":{"email":{"__proto__":{"essential":true}}}}',
    'far too much': JSON.stringify({ id_token: many }),
    'a thousand levels': `{"id_token":{"email":${'['.repeat(1000)}${']'.repeat(1000)}}}`,
  }))
    it(`refuses ${what}`, async () => {
      const { callback } = await silently(own, browser, { scope: 'openid', claims });
      const error = callback.searchParams.get('error');
      if (error !== null) return assert.equal(error, 'invalid_request');
      const page = await createHttpBrowser(server.issuer).open(authorize(own, { claims }).url);
      assert.ok([400, 414].includes(page.status), `${page.status} ${page.url}`);
    });

  it('heals a grant that an older version has kept with something rejected', async () => {
    const { body } = await silent(own, { scope: 'openid', claims: NEXTCLOUD });
    const rejected = { openid: { scope: 'profile', claims: ['email', 'name'] } };
    const query = { index: 'person', equals: person.person.id };
    for (const { id, value } of (await server.store.find(grantCollection, query)).items)
      await server.store.put(grantCollection, id, {
        ...value,
        payload: { ...value.payload, rejected },
      });
    const headers = { authorization: `Bearer ${body['access_token']}` };
    const me = (await (await fetch(`${server.issuer}/me`, { headers })).json()) as object;
    assert.deepEqual(ofPerson(me), { ...mail(), ...name() });
    const got = await silent(own, { scope: 'openid email profile', claims: NEXTCLOUD });
    assert.deepEqual(got.idToken, { ...mail(), ...name() });
    assert.equal(got.userinfo['preferred_username'], person.login);
  });
});
