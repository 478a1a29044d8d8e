/** Clients that are not first party ask the person for consent, which is kept until it is withdrawn. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { getPerson } from '../../src/records/person.ts';
import { grantKey } from '../../src/oidc/adapters/adapter-parts.ts';
import { grantCollection } from '../../src/records/stored-model.ts';
import { clientCollection } from '../../src/records/client.ts';
import { consentId, consentCollection } from '../../src/records/consent.ts';
import { consentsOf, endConsent } from '../../src/oidc/authorization/consents.ts';
import { signInCollection } from '../../src/records/sign-in.ts';
import { memberOf } from '../support/account.ts';
import { createHttpBrowser, hiddenFields, type HttpBrowser } from '../support/http-browser.ts';
import { startPolicyServer, type PolicyServer } from '../support/policy.ts';
import { authorize, exchange, verifyIdToken, type Registration } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import { ALIVE, aliveOf, DEAD } from '../support/sessions.ts';
import { goThrough, signIn, silently, stepOf } from '../support/sign-in.ts';
import { removePerson } from '../support/operator.ts';
import { byOperator } from '../support/by-operator.ts';

let server: PolicyServer;
let webmail: Registration;
let partner: Registration;
before(async () => {
  server = await startPolicyServer();
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

/** A client of its own, and a browser of somebody who is signed in. */
async function newcomers(fields = {}) {
  const app = await server.addClient({ name: 'Calendar', firstParty: false, ...fields });
  const person = await newPerson();
  return { app, person, browser: (await signIn(webmail, person)).browser };
}

async function elsewhere(person: TestPerson): Promise<HttpBrowser> {
  server.clock.ahead += 30_000;
  return (await signIn(webmail, person)).browser;
}

async function allow(app: Registration, browser: HttpBrowser, params: Record<string, string>) {
  const asked = authorize(app, params);
  const page = await browser.open(asked.url);
  assert.equal(stepOf(page), 'consent', page.url.href);
  const back = await browser.submit(page, { decision: 'allow' });
  assert.ok(back.url.searchParams.has('code'), back.url.href);
  return page;
}

async function errorOf(app: Registration, browser: HttpBrowser, params: Record<string, string>) {
  const { callback } = await silently(app, browser, params);
  assert.ok(
    ['code', 'error'].some((name) => callback.searchParams.has(name)),
    callback.href,
  );
  return callback.searchParams.get('error');
}

/** What that page left: a grant of the scopes that it had shown, and its id in the result. */
async function allowAsBefore(uid: string, app: Registration, { person }: TestPerson) {
  const grantId = randomBytes(32).toString('base64url');
  const { store, vault } = server;
  const registration = (await store.get(clientCollection, app.clientId))?.registration;
  const [iat, exp] = [0, 3600].map((ahead) => Math.floor(server.now() / 1000) + ahead);
  const openid = { scope: 'openid email' };
  const known = { iat, exp, kind: 'Grant', accountId: person.id, clientId: app.clientId };
  await store.put(grantCollection, grantKey(vault, grantId), {
    payload: { ...known, openid },
    epoch: person.epoch,
    ...(registration === undefined ? {} : { registration }),
  });
  await store.update(signInCollection, vault.hash('interaction', uid), (record) => {
    assert.ok(record);
    const payload = { ...record.payload, result: { consent: { grantId } } };
    return { put: { ...record, state: 'finished' as const, payload }, result: undefined };
  });
}

const storedOf = async ({ person }: TestPerson) =>
  (await consentsOf(server.store, person)).map(({ value }) => value);

describe('a consent', () => {
  it('holds in whatever browser, after a sign-out too, and is recorded', async () => {
    const { app, person, browser } = await newcomers();
    const before = server.now();
    await allow(app, browser, { scope: 'openid email' });
    await browser.submit(await browser.open(`${server.issuer}/session/end`), { logout: 'yes' });
    for (const each of [await elsewhere(person), await elsewhere(person)])
      assert.equal(await errorOf(app, each, { scope: 'openid email' }), null);
    const [event, ...more] = await server.eventsOf(person, 'access.allowed');
    assert.deepEqual(more, []);
    const details = { client: app.clientId, scopes: 'openid email', claims: '' };
    assert.deepEqual([event?.details, event?.client], [details, app.clientId]);
    const [consent] = await storedOf(person);
    assert.ok(consent && consent.grantedAt >= before && consent.updatedAt === consent.grantedAt);
  });

  it('is asked for once more when more is wanted, not for less, and always for prompt=consent', async () => {
    const { app, person, browser } = await newcomers();
    const first = await allow(app, browser, { scope: 'openid email' });
    assert.ok(!first.html.includes('You have allowed before'));
    const more = { scope: 'openid profile' };
    assert.equal(await errorOf(app, browser, more), 'consent_required');
    const [wants = '', knows = ''] = (await allow(app, browser, more)).html.split(
      'You have allowed before',
    );
    assert.ok(wants.includes('your login name') && !wants.includes('email'), wants);
    assert.ok(knows.includes('email address') && !knows.includes('login name'), knows);
    for (const scope of ['openid email profile', 'openid email', 'openid'])
      assert.equal(await errorOf(app, await elsewhere(person), { scope }), null, scope);
    const again = await allow(app, browser, { scope: 'openid', prompt: 'consent' });
    assert.match(again.html, /know who you are/u);
    assert.equal(await errorOf(app, browser, { scope: 'openid email profile' }), null);
    const page = await browser.open(authorize(app, { prompt: 'consent' }).url);
    const back = await browser.submit(page, { decision: 'deny' });
    assert.equal(back.url.searchParams.get('error'), 'access_denied');
    assert.equal(await errorOf(app, browser, {}), null, 'a refusal takes nothing away');
  });

  it('is one document, to which two tabs add at once', async () => {
    const { app, person, browser } = await newcomers();
    const second = await elsewhere(person);
    const claims = '{"userinfo":{"name":null}}';
    const asked = [{ scope: 'openid email' }, { scope: 'openid', claims }];
    await Promise.all([browser, second].map((each, at) => allow(app, each, asked[at] ?? {})));
    const stored = await storedOf(person);
    assert.deepEqual(
      stored.map(({ scopes, claims: named }) => [scopes, named]),
      [[['email', 'openid'], ['name']]],
    );
    assert.equal(await errorOf(app, browser, { scope: 'openid email', claims }), null);
    assert.equal((await server.eventsOf(person, 'access.allowed')).length, 2);
  });

  it('is taken from the page of the version before, of its own person alone', async () => {
    const { app, person, browser } = await newcomers();
    const other = await newPerson();
    for (const [whose, steps] of [
      [other, 'consent'],
      [person, ''],
    ] as const) {
      const page = await browser.open(authorize(app, { scope: 'openid email' }).url);
      const [, , uid = ''] = page.url.pathname.split('/');
      await allowAsBefore(uid, app, whose);
      const back = await browser.open(`${server.issuer}/auth/${uid}`);
      assert.equal(stepOf(back), steps);
      assert.equal(back.url.searchParams.has('code'), steps === '', back.url.href);
    }
    const [consent, ...more] = await storedOf(person);
    assert.deepEqual([consent?.scopes, consent?.claims, more], [['email', 'openid'], [], []]);
    assert.deepEqual(await storedOf(other), []);
    assert.equal(await errorOf(app, browser, { scope: 'openid email' }), null);
    assert.equal(
      await errorOf(app, browser, { scope: 'openid email profile' }),
      'consent_required',
    );
  });

  it('is withdrawn on the account page, where it is listed without a sign-in there', async () => {
    const { app, person, browser } = await newcomers();
    await allow(app, browser, {});
    await browser.submit(await browser.open(`${server.issuer}/session/end`), { logout: 'yes' });
    server.clock.ahead += 30_000;
    const member = memberOf(server, person);
    const { html } = await member.open('/account/sessions');
    assert.match(html, /Calendar[\s\S]*Not signed in now/u);
    assert.match(html, /It may see your name, [^<]*; see your email address</u);
    const question = await member.open(`/account/sessions/apps/${app.clientId}/withdraw`);
    const done = await member.submit(question);
    assert.ok(!done.html.includes(`apps/${app.clientId}/`), done.html);
    assert.equal(await errorOf(app, await elsewhere(person), {}), 'consent_required');
    assert.equal((await server.eventsOf(person, 'access.withdrawn')).length, 1);
    assert.deepEqual(await storedOf(person), []);
  });

  it('ends what was granted by it in the same write, for good', async () => {
    const { app, person, browser } = await newcomers();
    const asked = authorize(app);
    const page = await browser.open(asked.url);
    const back = await browser.submit(page, { decision: 'allow' });
    const held = { browser, tokens: (await exchange(app, asked, back.url)).body };
    const later = await silently(app, browser);
    assert.deepEqual(await aliveOf(app, held), ALIVE);
    assert.equal(await endConsent(server.store, consentId(person.person.id, app.clientId)), true);
    assert.equal((await exchange(app, later.asked, later.callback)).status, 400);
    assert.deepEqual(await aliveOf(app, held), DEAD);
    await allow(app, browser, {});
    assert.deepEqual(await aliveOf(app, held), { ...DEAD, session: true });
  });

  it('ends with the client, with “This wasn’t me”, and with the person', async () => {
    const { app, person, browser } = await newcomers();
    await allow(app, browser, {});
    await byOperator(server).removeClient(app.clientId);
    // As soon as its event is recorded, the id is free.
    await server.store.delete(clientCollection, app.clientId);
    server.clock.ahead += 1000;
    const next = await server.addClient({ id: app.clientId, name: 'Other', firstParty: false });
    server.clock.ahead += 1000;
    assert.equal(await errorOf(next, browser, {}), 'consent_required');
    await allow(next, browser, {});
    server.clock.ahead += 30_000;
    const member = memberOf(server, person);
    await member.submit(await member.open('/account/not-me'));
    assert.equal(await errorOf(next, await elsewhere(person), {}), 'consent_required');
    await server.settle();
    assert.deepEqual((await server.store.scan(consentCollection)).items.filter(isOf(person)), []);
    await allow(next, await elsewhere(person), {});
    await removePerson(server.store, person.person.id, server.now());
    assert.equal(await getPerson(server.store, person.person.id), undefined);
    await server.settle();
    assert.deepEqual((await server.store.scan(consentCollection)).items.filter(isOf(person)), []);
  });

  it('is not asked of one that is first party, and asked when it is one no more', async () => {
    const { app, person, browser } = await newcomers({ firstParty: true });
    assert.equal(await errorOf(app, browser, {}), null);
    assert.deepEqual(await storedOf(person), []);
    await server.store.update(clientCollection, app.clientId, (client) => {
      assert.ok(client);
      return { put: { ...client, firstParty: false }, result: undefined };
    });
    server.clock.ahead += 1000;
    assert.equal(await errorOf(app, browser, {}), 'consent_required');
  });
});

const isOf =
  ({ person }: TestPerson) =>
  ({ value }: { value: { person: string } }): boolean =>
    value.person === person.id;
