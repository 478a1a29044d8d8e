/** Clients that are not first party, and native ones, ask the person for consent. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createHttpBrowser, hiddenFields } from '../support/http-browser.ts';
import { authorize, exchange, verifyIdToken, type Registration } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { goThrough, signIn, silently, stepOf } from '../support/sign-in.ts';

let server: TestServer;
let webmail: Registration;
let partner: Registration;
before(async () => {
  server = await startTestServer();
  webmail = await server.addClient();
  partner = await server.addClient({ name: 'Partner & Co', firstParty: false });
});
after(() => server.stop());

const newPerson = () => server.addPerson({}, { totp: true });

describe('a client that is not first party', () => {
  it('gets its code after consent, and is not asked again', async () => {
    const person = await newPerson();
    const browser = createHttpBrowser(server.issuer);
    const asked = authorize(partner);
    const page = await goThrough(browser, person, await browser.open(asked.url));
    assert.equal(stepOf(page), 'consent');
    assert.match(page.html, /Partner &amp; Co/u);
    const back = await browser.submit(page, { decision: 'allow' });
    const answer = await exchange(partner, asked, back.url);
    const claims = await verifyIdToken(partner, String(answer.body['id_token']), asked.nonce);
    assert.deepEqual(
      claims['amr'],
      ['pwd', 'otp', 'mfa'],
      'the sign-in before the consent is stated',
    );
    const again = await silently(partner, browser);
    assert.ok(again.callback.searchParams.has('code'), again.callback.href);
  });

  it('is told when the person refuses, and has nothing silently before that', async () => {
    const person = await newPerson();
    const { browser } = await signIn(webmail, person);
    const { callback } = await silently(partner, browser);
    assert.equal(callback.searchParams.get('error'), 'consent_required');
    const page = await browser.open(authorize(partner).url);
    assert.equal(stepOf(page), 'consent');
    const back = await browser.submit(page, { decision: 'deny' });
    assert.equal(back.url.searchParams.get('error'), 'access_denied');
  });

  it('cannot be consented to by a form from elsewhere, or by another browser', async () => {
    const { browser } = await signIn(webmail, await newPerson());
    const page = await browser.open(authorize(partner).url);
    const forged = await browser.submit(page, { decision: 'allow', csrf: 'x' });
    assert.equal(forged.status, 403);
    const other = createHttpBrowser(server.issuer);
    await other.open(`${server.issuer}/`);
    const body = new URLSearchParams({ ...hiddenFields(page.html), decision: 'allow' });
    assert.equal((await other.send(page.url, { method: 'POST', body })).status, 403);
  });

  it('gets nothing when the person signs out while the question is open', async () => {
    const { browser } = await signIn(webmail, await newPerson());
    const page = await browser.open(authorize(partner).url);
    const question = await browser.open(`${server.issuer}/session/end`);
    await browser.submit(question, { logout: 'yes' });
    const back = await browser.submit(page, { decision: 'allow' });
    assert.ok(!back.url.searchParams.has('code'), back.url.href);
  });

  it('has nothing of a consent that was given in a session which ended before it arrived', async () => {
    for (const next of ['the same person', 'another one', 'nobody']) {
      const person = await newPerson();
      const { browser } = await signIn(webmail, person);
      const page = await browser.open(authorize(partner).url);
      const body = new URLSearchParams({ ...hiddenFields(page.html), decision: 'allow' });
      const given = await browser.send(page.url, { method: 'POST', body });
      const resume = new URL(given.headers.get('location') ?? '', server.issuer);
      assert.match(resume.pathname, /^\/auth\//u);
      const question = await browser.open(`${server.issuer}/session/end`);
      await browser.submit(question, { logout: 'yes' });
      server.clock.ahead += 30_000;
      if (next !== 'nobody') {
        const whose = next === 'another one' ? await newPerson() : person;
        await signIn(webmail, whose, { browser });
      }
      const back = await browser.open(resume);
      assert.equal(stepOf(back), next === 'nobody' ? 'password' : 'consent', next);
    }
  });
});

describe('a native client', () => {
  it('asks each time (RFC 8252 §8.6), and comes back to its own scheme', async () => {
    const phone = await server.addClient({
      name: 'Phone',
      kind: 'native',
      redirectUris: ['com.example.phone:/callback'],
    });
    const { browser } = await signIn(webmail, await newPerson());
    for (let round = 0; round < 2; round += 1) {
      const asked = authorize(phone);
      const page = await browser.open(asked.url);
      assert.equal(stepOf(page), 'consent');
      assert.match(
        page.headers.get('content-security-policy') ?? '',
        /form-action 'self' com\.example\.phone:/u,
      );
      const back = await browser.submit(page, { decision: 'allow' });
      assert.equal(back.url.protocol, 'com.example.phone:');
      assert.equal((await exchange(phone, asked, back.url)).status, 200);
    }
  });
});
