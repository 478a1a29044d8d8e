/** `offline_access` (OIDC Core §11): who gets refresh tokens that outlive the session, and who does not. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { NewClient } from '../../src/oidc/clients/new-client.ts';
import { clientCollection } from '../../src/records/client.ts';
import { createHttpBrowser, hiddenFields, type HttpBrowser } from '../support/http-browser.ts';
import { refresh, startPolicyServer, type PolicyServer } from '../support/policy.ts';
import {
  authorize,
  exchange,
  post,
  token,
  type Authorization,
  type Registration,
} from '../support/relying-party.ts';
import { PASSWORD } from '../support/server.ts';
import { goThrough, signIn, silently, stepOf } from '../support/sign-in.ts';
import { byOperator } from '../support/by-operator.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const scope = 'openid email offline_access';

let server: PolicyServer;
let webmail: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
});
after(() => server.stop());

/** Signed in to the webmail. */
async function newBrowser(): Promise<HttpBrowser> {
  const person = await server.addPerson({}, { totp: true });
  return (await signIn(webmail, person)).browser;
}

const client = (fields: Partial<NewClient> = {}): Promise<Registration> =>
  server.addClient({ name: 'Notes', ...fields });

async function redeem(app: Registration, asked: Authorization, callback: URL) {
  const { status, body } = await exchange(app, asked, callback);
  assert.equal(status, 200, `${callback} ${JSON.stringify(body)}`);
  return body;
}

async function silent(app: Registration, browser: HttpBrowser, params: Record<string, string>) {
  const { asked, callback } = await silently(app, browser, params);
  return redeem(app, asked, callback);
}

async function allowed(app: Registration, browser: HttpBrowser, params: Record<string, string>) {
  const asked = authorize(app, params);
  const page = await browser.open(asked.url);
  assert.equal(stepOf(page), 'consent');
  const back = await browser.submit(page, { decision: 'allow' });
  return { html: page.html, body: await redeem(app, asked, back.url) };
}

async function signOut(browser: HttpBrowser): Promise<void> {
  const question = await browser.open(`${server.issuer}/session/end`);
  await browser.submit(question, { logout: 'yes' });
}

const hasOffline = (body: Record<string, string>): boolean =>
  (body['scope'] ?? '').split(' ').includes('offline_access');

/** Refreshes for as long as thirty days, and not longer. */
async function assertOutlives(app: Registration, body: Record<string, string>): Promise<void> {
  for (const time of [0, 9 * HOUR, 20 * DAY]) {
    server.clock.ahead += time;
    const answer = await refresh(app, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const headers = { authorization: `Bearer ${answer.body['access_token']}` };
    assert.equal((await fetch(`${app.issuer}/me`, { headers })).status, 200);
  }
  server.clock.ahead += 10 * DAY;
  assert.equal((await refresh(app, body)).status, 400);
}

describe('oidcc-refresh-token', () => {
  it('of a first-party client that may have it outlives the session, without a page', async () => {
    const app = await client({ offlineAccess: true });
    const browser = await newBrowser();
    const body = await silent(app, browser, { scope });
    assert.equal(hasOffline(body), true);
    await signOut(browser);
    await assertOutlives(app, body);
  });

  it('of a third party needs the consent that names it, once', async () => {
    const app = await client({ offlineAccess: true, firstParty: false });
    const browser = await newBrowser();
    await allowed(app, browser, { scope: 'openid email' });
    const { callback } = await silently(app, browser, { scope });
    assert.equal(callback.searchParams.get('error'), 'consent_required');
    const { html, body } = await allowed(app, browser, { scope });
    const [wants = ''] = html.split('You have allowed before');
    assert.match(wants, /stay connected while you are not using it/u);
    assert.ok(!wants.includes('email address'));
    assert.equal(hasOffline(body), true);
    assert.equal(hasOffline(await silent(app, browser, { scope })), true);
    await signOut(browser);
    await assertOutlives(app, body);
  });

  it('of a client that does not ask for it ends with the session', async () => {
    const app = await client({ offlineAccess: true });
    const browser = await newBrowser();
    assert.equal(hasOffline(await silent(app, browser, { scope })), true);
    const body = await silent(app, browser, { scope: 'openid email' });
    assert.equal(hasOffline(body), false);
    assert.equal((await refresh(app, body)).status, 200);
    await signOut(browser);
    assert.equal((await refresh(app, body)).status, 400);
  });

  for (const [what, fields, params] of [
    ['a first-party client', {}, {}],
    ['a third party', { firstParty: false }, {}],
    ['one that asks with prompt=consent', { firstParty: false }, { prompt: 'consent' }],
  ] as const)
    it(`of ${what} that may not have it ends with the session, and the log says why, once`, async () => {
      const app = await client(fields);
      const browser = await newBrowser();
      const asking = { scope, ...params };
      let body: Record<string, string>;
      if ('firstParty' in fields) {
        const consent = await allowed(app, browser, asking);
        assert.ok(!consent.html.includes('stay connected'), consent.html);
        body = consent.body;
      } else body = await silent(app, browser, asking);
      assert.equal(hasOffline(body), false, body['scope']);
      await browser.open(authorize(app, asking).url);
      const lines = server.output.filter(
        (line) => line.includes('offline_access') && line.includes(app.clientId),
      );
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0] ?? '', /--offline-access yes/u);
      assert.equal((await refresh(app, body)).status, 200);
      await signOut(browser);
      assert.equal((await refresh(app, body)).status, 400);
    });

  it('is left out of a refresh as it was of the sign-in, and so is what nobody gets', async () => {
    const app = await client();
    const [asking, granted] = ['openid email offline_access address quota', 'openid email'];
    const body = await silent(app, await newBrowser(), { scope: asking });
    const again = (more: string) =>
      token(app, {
        grant_type: 'refresh_token',
        refresh_token: body['refresh_token'] ?? '',
        scope: more,
      });
    for (const [sent, told] of [
      [asking, granted],
      ['openid offline_access', 'openid'],
      [granted, granted],
    ] as const) {
      const answer = await again(sent);
      assert.deepEqual([answer.status, answer.body['scope']], [200, told], sent);
    }
    // What others get, and what is nothing without the rest, exceeds what was granted (RFC 6749 §6).
    for (const sent of ['openid profile', 'offline_access', 'phone']) {
      const answer = await again(sent);
      assert.deepEqual([answer.status, answer.body['error']], [400, 'invalid_scope'], sent);
    }
  });

  it('is the same for a pushed request', async () => {
    const browser = await newBrowser();
    for (const offlineAccess of [true, false]) {
      const app = await client({ offlineAccess });
      const asked = authorize(app, { scope });
      const pushed = await post(app, '/request', Object.fromEntries(asked.url.searchParams));
      const { request_uri: uri = '' } = pushed.body;
      const url = new URL(`/auth?client_id=${app.clientId}&request_uri=${uri}`, server.issuer);
      const body = await redeem(app, asked, (await browser.open(url)).url);
      assert.equal(hasOffline(body), offlineAccess);
    }
  });

  it('is judged again when a request that waited goes on', async () => {
    const app = await client({ offlineAccess: true });
    const person = await server.addPerson({}, { totp: true });
    const asked = authorize(app, { scope });
    const browser = createHttpBrowser(server.issuer);
    const page = await browser.open(asked.url);
    await byOperator(server).changeClient(app.clientId, { offlineAccess: false });
    server.clock.ahead += 1000;
    const back = await goThrough(browser, person, page);
    assert.equal(hasOffline(await redeem(app, asked, back.url)), false);
  });

  it('is nothing that the address of a request that goes on can add or keep', async () => {
    for (const [requested, scopeThere] of [
      ['openid', 'openid offline_access'],
      [scope, 'openid'],
    ] as const) {
      const app = await client({ offlineAccess: true });
      const person = await server.addPerson({}, { totp: true });
      const browser = createHttpBrowser(server.issuer);
      const asked = authorize(app, { scope: requested, max_age: '60' });
      const totp = await browser.submit(await browser.open(asked.url), {
        login: person.login,
        password: PASSWORD,
      });
      const body = new URLSearchParams({ ...hiddenFields(totp.html), code: person.code() });
      const sent = await browser.send(totp.url, { method: 'POST', body });
      const resume = new URL(sent.headers.get('location') ?? '', server.issuer);
      assert.match(resume.pathname, /^\/auth\//u);
      resume.searchParams.set('scope', scopeThere);
      await byOperator(server).changeClient(app.clientId, { offlineAccess: requested !== scope });
      server.clock.ahead += 1000;
      const back = await browser.open(resume);
      assert.equal(hasOffline(await redeem(app, asked, back.url)), false, requested);
    }
  });

  it('is a native app’s from the start, and no client’s that the version before registered', async () => {
    const native = { kind: 'native', redirectUris: ['https://app.example.test/cb'] } as const;
    const browser = await newBrowser();
    const phone = await client(native);
    assert.equal(hasOffline(await silent(phone, browser, { scope })), true);
    const stored = await server.store.get(clientCollection, phone.clientId);
    assert.ok(stored);
    const { offlineAccess: _, ...older } = stored;
    await server.store.put(clientCollection, phone.clientId, older as typeof stored);
    server.clock.ahead += 1000;
    assert.equal(hasOffline(await silent(phone, browser, { scope })), false);
  });
});
