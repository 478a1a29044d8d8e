/** Devices without a browser (RFC 8628): a television asks, somebody signs in elsewhere, the television has tokens. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { NewClient } from '../../src/oidc/clients/new-client.ts';
import { deviceCodeCollection } from '../../src/records/under-way/device-code.ts';
import { ACR } from '../../src/policy/factors.ts';
import { disablePerson } from '../../src/operations/people/disable-person.ts';
import { valueOf } from '../../src/result.ts';
import { askForDevice, DEVICE_GRANT, enter, goOn, letIn, poll } from '../support/device.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { byOperator, performedByOperator } from '../support/by-operator.ts';
import { refresh, startPolicyServer, Visitor, type PolicyServer } from '../support/policy.ts';
import { post, verifyIdToken, type Registration } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import { stepOf } from '../support/sign-in.ts';

let server: PolicyServer;
let person: TestPerson;
let tv: Registration;
before(async () => {
  server = await startPolicyServer();
  person = await server.addPerson({}, { totp: true });
  tv = await addDevice({ name: 'TV' });
});
after(() => server.stop());

const addDevice = (fields: Partial<NewClient> = {}): Promise<Registration> =>
  server.addClient({ kind: 'device', redirectUris: [], ...fields });
const disable = ({ person: { id } }: TestPerson): Promise<unknown> =>
  disablePerson({ ...server, relay: { soon() {} } }, performedByOperator(server.now()), id).then(
    valueOf,
  );
const visitor = (client = tv): Visitor => new Visitor(server, client);
const errorOf = async (answer: ReturnType<typeof poll>): Promise<string | undefined> =>
  (await answer).body['error'];

describe('a device', () => {
  it('finds where to ask, and what it may do, in discovery', async () => {
    const answer = await fetch(`${server.issuer}/.well-known/openid-configuration`);
    const found = (await answer.json()) as Record<string, unknown>;
    assert.equal(found['device_authorization_endpoint'], `${server.issuer}/device/auth`);
    assert.ok((found['grant_types_supported'] as string[]).includes(DEVICE_GRANT));
  });

  it('is told what to show, and for how long', async () => {
    const { body } = await askForDevice(tv);
    assert.match(body['user_code'] ?? '', /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/u);
    const { device_code: _, user_code: code, ...rest } = body;
    assert.deepEqual(rest, {
      verification_uri: `${server.issuer}/device`,
      verification_uri_complete: `${server.issuer}/device?user_code=${code}`,
      expires_in: 600,
      interval: 5,
    });
  });

  it('gets tokens once somebody has signed in elsewhere with everything that is required', async () => {
    const asked = await askForDevice(tv, { nonce: 'n-0S6' });
    assert.equal(await errorOf(poll(tv, asked)), 'authorization_pending');
    await letIn(visitor(), asked, person);
    const { status, body } = await poll(tv, asked);
    assert.equal(status, 200, JSON.stringify(body));
    const claims = await verifyIdToken(tv, body['id_token'] ?? '');
    assert.equal(claims.sub, person.person.id);
    assert.deepEqual([claims['acr'], claims['amr']], [ACR.mfa, ['pwd', 'otp', 'mfa']]);
    assert.ok(Math.abs(Number(claims['auth_time']) - server.now() / 1000) < 90);
    const again = await refresh(tv, body);
    assert.equal(again.status, 200, JSON.stringify(again.body));
    const [event] = await server.eventsOf(person, 'device.allowed');
    assert.equal(event?.client, tv.clientId);
    assert.ok(event.details['device_address']);
  });

  it('needs no new sign-in where there is one, and never without a click', async () => {
    const one = visitor();
    await letIn(one, await askForDevice(tv), person);
    const asked = await askForDevice(tv);
    const shown = await one.browser.open(asked.complete);
    assert.ok(shown.html.includes(`value="${asked.userCode}"`), 'it is filled in');
    assert.equal(await errorOf(poll(tv, asked)), 'authorization_pending');
    const confirm = await one.browser.submit(shown, { user_code: asked.userCode, go: 'submit' });
    assert.match(confirm.html, /Only|only if you started this yourself/u);
    // It goes on with the sign-in that is here: whose it is stands on the page.
    assert.ok(confirm.html.includes(`(${person.login})`));
    assert.match(confirm.html, /Sign out in your account first/u);
    server.clock.ahead += 5000;
    assert.equal(await errorOf(poll(tv, asked)), 'authorization_pending');
    const done = await one.browser.submit(confirm, { go: 'confirm' });
    assert.equal(done.url.pathname, '/device/done');
    assert.equal((await poll(tv, asked)).status, 200);
  });

  it('with a secret authenticates with it, when it asks and when it polls', async () => {
    const box = await addDevice({ tokenEndpointAuthMethod: 'client_secret_basic' });
    assert.ok(box.clientSecret);
    const wrong = { ...box, clientSecret: 'wrong' };
    assert.equal((await post(wrong, '/device/auth', { scope: 'openid' })).status, 401);
    const asked = await askForDevice(box);
    await letIn(visitor(box), asked, person);
    assert.equal((await poll(wrong, asked)).status, 401);
    assert.equal((await poll(tv, asked)).body['error'], 'invalid_grant', 'another client’s');
    assert.equal((await poll(box, asked)).status, 200);
  });

  it('without offline access gets no refresh token, and nothing beyond the session', async () => {
    const kiosk = await addDevice({ offlineAccess: false });
    const asked = await askForDevice(kiosk);
    const one = await letIn(visitor(kiosk), asked, person);
    const { body } = await poll(kiosk, asked);
    assert.ok(body['access_token'] && !body['refresh_token']);
    const out = await one.browser.open(`${server.issuer}/session/end`);
    await one.browser.submit(out, { logout: 'yes' });
    const me = await fetch(`${server.issuer}/me`, {
      headers: { authorization: `Bearer ${body['access_token']}` },
    });
    assert.equal(me.status, 401);
  });

  it('of a third party asks for consent, for each session', async () => {
    const partner = await addDevice({ name: 'Partner TV', firstParty: false });
    const one = await goOn(visitor(partner), await askForDevice(partner));
    await (await one.password(person)).totp(person);
    assert.equal(one.step, 'consent');
    await one.send({ decision: 'deny' });
    assert.equal(one.page.url.pathname, '/device/cancelled');
    const asked = await askForDevice(partner);
    await letIn(one, asked, person);
    assert.equal((await poll(partner, asked)).status, 200);
  });

  it('asks for scopes and claims as any other client', async () => {
    const named = { claims: JSON.stringify({ id_token: { email: null } }) };
    const asked = await askForDevice(tv, named);
    await letIn(visitor(), asked, person);
    const { body } = await poll(tv, asked);
    assert.equal((await verifyIdToken(tv, body['id_token'] ?? ''))['email'], person.person.email);
    const refused = await post(tv, '/device/auth', { scope: 'openid groups phone' });
    assert.equal(refused.body['error'], 'invalid_scope');
  });

  it('that is another kind of client is refused', async () => {
    const web = await server.addClient();
    const answer = await post(web, '/device/auth', { scope: 'openid' });
    assert.equal(answer.status, 400, JSON.stringify(answer.body));
    assert.match(answer.body['error_description'] ?? '', /not allowed for this client/u);
    assert.equal((await post({ ...tv, clientId: 'nobody' }, '/device/auth', {})).status, 401);
  });
});

describe('the floor of a device', () => {
  it('is stepped up to', async () => {
    await server.setOrganisation({ mfa: 'optional' });
    const plain = await server.addPerson({}, { totp: true });
    const strict = await addDevice({ requireAcr: ACR.mfa });
    const one = await goOn(visitor(strict), await askForDevice(strict));
    await one.password(plain);
    assert.equal(one.step, 'totp');
    await server.setOrganisation({ mfa: 'required' });
  });

  it('of the request counts as well', async () => {
    const one = visitor();
    await letIn(one, await askForDevice(tv), person);
    server.clock.ahead += 120_000;
    await goOn(one, await askForDevice(tv, { max_age: '60' }));
    assert.equal(one.step, 'password');
  });

  it('is who may: a person of another organisation is told, and the device gets nothing', async () => {
    const acmes = await addDevice({ organisations: ['other'] });
    const asked = await askForDevice(acmes);
    const one = await goOn(visitor(acmes), asked);
    await one.password(person);
    assert.equal(one.step, 'not-open');
    await one.send({ go: 'cancel' });
    assert.equal(await errorOf(poll(acmes, asked)), 'access_denied');
  });
});

describe('a device code', () => {
  it('is good once: of two polls at once one gets tokens, which stay good', async () => {
    const asked = await askForDevice(tv);
    await letIn(visitor(), asked, person);
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => poll(tv, asked)));
    const won = answers.filter(({ status }) => status === 200);
    assert.equal(won.length, 1);
    for (const { status, body } of answers)
      assert.ok(status === 200 || body['error'] === 'invalid_grant', JSON.stringify(body));
    assert.equal((await refresh(tv, won[0]?.body ?? {})).status, 200);
    assert.equal(await errorOf(poll(tv, asked)), 'invalid_grant');
  });

  it('is asked for every five seconds, and slowed down where it comes sooner', async () => {
    const asked = await askForDevice(tv);
    assert.equal(await errorOf(poll(tv, asked)), 'authorization_pending');
    assert.equal(await errorOf(poll(tv, asked)), 'slow_down');
    server.clock.ahead += 6000;
    assert.equal(await errorOf(poll(tv, asked)), 'slow_down', 'ten seconds by now');
    server.clock.ahead += 10_000;
    assert.equal(await errorOf(poll(tv, asked)), 'authorization_pending');
    await letIn(visitor(), asked, person);
    assert.equal((await poll(tv, asked)).status, 200, 'what is decided is told at once');
  });

  it('that was refused says so', async () => {
    const asked = await askForDevice(tv);
    const { browser } = visitor();
    const page = await enter(browser, server.issuer, asked.userCode);
    const end = await browser.submit(page, { go: 'cancel' });
    assert.equal(end.url.pathname, '/device/cancelled');
    assert.equal(await errorOf(poll(tv, asked)), 'access_denied');
    const again = await enter(browser, server.issuer, asked.userCode);
    assert.match(again.html, /already been used/u);
  });

  it('is refused with a sign-in that is cancelled', async () => {
    const asked = await askForDevice(tv);
    const one = await goOn(visitor(), asked);
    await one.send({ go: 'cancel' });
    assert.equal(one.page.url.pathname, '/device/cancelled');
    assert.equal(await errorOf(poll(tv, asked)), 'access_denied');
  });

  it('expires, and both sides are told', async () => {
    const asked = await askForDevice(tv);
    const waiting = await askForDevice(tv);
    const one = await goOn(visitor(), waiting);
    server.clock.ahead += 601_000;
    const late = await enter(visitor().browser, server.issuer, asked.userCode);
    assert.match(late.html, /has expired/u);
    await (await one.password(person)).totp(person);
    assert.match(one.page.html, /already been used|has expired/u);
    const { status } = await poll(tv, waiting);
    assert.equal(status, 400);
  });

  it('is kept as keyed hashes alone', async () => {
    const { deviceCode, userCode } = await askForDevice(tv);
    const kept = (await server.stored()).toString('latin1');
    for (const secret of [deviceCode, userCode, userCode.replace('-', '')])
      assert.ok(!kept.includes(secret));
  });

  it('cannot be polled for by the key that it is kept under', async () => {
    const asked = await askForDevice(tv);
    await letIn(visitor(), asked, person);
    const { items } = await server.store.scan(deviceCodeCollection, { limit: 1000 });
    for (const { id } of items)
      for (const deviceCode of [id, `key:${id}`])
        assert.equal(await errorOf(poll(tv, { ...asked, deviceCode })), 'invalid_grant');
  });

  it('gives nothing once its person is disabled, their epoch is another, or they signed out', async () => {
    const leaver = await server.addPerson({}, { totp: true });
    const asked = await askForDevice(tv);
    const one = await letIn(visitor(), asked, leaver);
    const out = await one.browser.open(`${server.issuer}/session/end`);
    await one.browser.submit(out, { logout: 'yes' });
    assert.equal(await errorOf(poll(tv, asked)), 'invalid_grant');
    const second = await askForDevice(tv);
    await letIn(visitor(), second, leaver);
    await disable(leaver);
    assert.equal(await errorOf(poll(tv, second)), 'invalid_grant');
  });

  it('gives nothing to a client that was removed, and to another one under its id', async () => {
    const gone = await addDevice({ id: 'gone' });
    const asked = await askForDevice(gone);
    const open = await askForDevice(gone);
    await letIn(visitor(gone), asked, person);
    await byOperator(server).removeClient('gone');
    server.clock.ahead += 1000;
    assert.equal((await poll(gone, asked)).status, 401);
    await addDevice({ id: 'gone' });
    server.clock.ahead += 1000;
    assert.equal(await errorOf(poll(gone, asked)), 'invalid_grant');
    const page = await enter(visitor().browser, server.issuer, open.userCode);
    assert.match(page.html, /No device waits/u);
  });
});

describe('the page of the code', () => {
  it('takes it in lower case, without the dash, with blanks and in full width', async () => {
    const { userCode } = await askForDevice(tv);
    const wide = [...userCode].map((c) => String.fromCodePoint((c.codePointAt(0) ?? 0) + 0xfee0));
    const plain = userCode.replace('-', '');
    for (const typed of [plain.toLowerCase(), ` ${plain} `, [...plain].join(' '), wide.join('')]) {
      const page = await enter(visitor().browser, server.issuer, typed);
      assert.ok(page.html.includes(`<code>${userCode}</code>`), typed);
    }
  });

  it('shows which app, from where, and asks whether it was them', async () => {
    const { userCode } = await askForDevice(tv);
    const { html } = await enter(visitor().browser, server.issuer, userCode);
    assert.match(html, /Sign in on TV\?/u);
    assert.match(html, /127\.0\.0\.1|::1/u);
    assert.doesNotMatch(html, /Your account/u);
  });

  it('says what is wrong with what can be no code, and it costs nothing', async () => {
    const { browser } = visitor();
    for (let nth = 0; nth < 15; nth += 1)
      for (const typed of ['', 'ABCD-EFGH', '1234', '<script>', 'x'.repeat(5000)]) {
        const page = await enter(browser, server.issuer, typed);
        assert.equal(page.status, 400, typed);
      }
    const { userCode } = await askForDevice(tv);
    assert.equal((await enter(browser, server.issuer, userCode)).status, 200);
  });

  it('is one browser’s once it went on, which can come again; nobody else can take it', async () => {
    const asked = await askForDevice(tv);
    const one = await goOn(visitor(), asked);
    assert.equal(one.step, 'password');
    const other = await enter(visitor().browser, server.issuer, asked.userCode);
    assert.match(other.html, /already been used/u);
    await letIn(one, asked, person);
    assert.equal((await poll(tv, asked)).status, 200);
  });

  it('of two browsers at once lets one go on', async () => {
    const asked = await askForDevice(tv);
    const pages = await Promise.all(
      [visitor(), visitor()].map(async ({ browser }) => ({
        browser,
        page: await enter(browser, server.issuer, asked.userCode),
      })),
    );
    const ends = await Promise.all(
      pages.map(({ browser, page }) => browser.submit(page, { go: 'confirm' })),
    );
    assert.equal(ends.filter((page) => stepOf(page) === 'password').length, 1);
  });

  it('cannot be posted by another site or browser, and its sign-in is of no other browser', async () => {
    const asked = await askForDevice(tv);
    const body = new URLSearchParams({ user_code: asked.userCode, go: 'confirm' });
    const bare = await fetch(`${server.issuer}/device`, { method: 'POST', body });
    assert.equal(bare.status, 403);
    const one = await goOn(visitor(), asked);
    const thief = createHttpBrowser(server.issuer);
    thief.steal(one.browser, (name) => name.includes('resume'));
    const [, , uid] = one.page.url.pathname.split('/');
    const stolen = await thief.open(`${server.issuer}/interaction/${uid}`);
    assert.equal(stolen.status, 403);
  });

  it('slows down whoever guesses, before the guess is looked at', async () => {
    server.clock.ahead += 3_600_000;
    const { browser } = visitor();
    let page = await browser.open(`${server.issuer}/device`);
    for (let nth = 0; nth < 10; nth += 1)
      page = await browser.submit(page, { user_code: 'BBBBBBBB', go: 'submit' });
    assert.match(page.html, /No device waits/u);
    const { userCode } = await askForDevice(tv);
    page = await browser.submit(page, { user_code: userCode, go: 'submit' });
    assert.equal(page.status, 429);
    assert.match(page.html, /Too many wrong attempts\. Wait 30 seconds/u);
    server.clock.ahead += 31_000;
    page = await browser.submit(page, { user_code: userCode, go: 'submit' });
    assert.equal(page.status, 200);
    server.clock.ahead += 3_600_000;
  });
});
