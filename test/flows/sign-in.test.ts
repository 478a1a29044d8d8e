/** Signing in over HTTP: what each path's ID token says, and what is asked again when. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { FACTOR_IDS } from '../../src/records/factor-id.ts';
import { signInCollection } from '../../src/records/sign-in.ts';
import {
  authorize,
  exchange,
  token,
  verifyIdToken,
  type Registration,
} from '../support/relying-party.ts';
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { goThrough, signIn, silently, stepOf } from '../support/sign-in.ts';

let server: TestServer;
let webmail: Registration;
before(async () => {
  server = await startTestServer();
  webmail = await server.addClient();
});
after(() => server.stop());

/** Moves the server's clock to the next authenticator code. */
const nextCode = (): void => {
  server.clock.ahead += 30_000;
};

const essentialAcr = (values: string[]): string =>
  JSON.stringify({ id_token: { acr: { essential: true, values } } });

/** Where `/auth` sends a browser. */
async function sentTo(browser: HttpBrowser, params: Record<string, string> = {}): Promise<URL> {
  const page = await browser.send(authorize(webmail, params).url);
  assert.equal(page.status, 303);
  return new URL(page.headers.get('location') ?? '', server.issuer);
}

describe('a browser that the app sends', () => {
  const PLACE = /^\/interaction\/[\w-]{43}\/([\w-]+)$/u;

  it('is sent to the page that is due, and not by way of another', async () => {
    const browser = createHttpBrowser(server.issuer);
    const place = await sentTo(browser);
    assert.equal(PLACE.exec(place.pathname)?.[1], 'password');
    assert.equal(place.searchParams.get('client'), webmail.clientId);
    const page = await browser.send(place.href);
    assert.equal(page.status, 200);
    assert.match(page.headers.get('cache-control') ?? '', /no-store/u);
    assert.match(page.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/u);
    const again = await browser.send(place.href);
    assert.equal(again.status, 200, 'it can be loaded again');
  });

  it('goes on with the sign-in that it has begun alone', async () => {
    const place = await sentTo(createHttpBrowser(server.issuer));
    const other = await createHttpBrowser(server.issuer).send(place.href);
    assert.equal(other.status, 403);
  });

  it('with a session is sent to what is missing of it', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser } = await signIn(webmail, person);
    const place = await sentTo(browser, { prompt: 'login' });
    assert.equal(PLACE.exec(place.pathname)?.[1], 'password');
    const chosen = await sentTo(browser, { prompt: 'select_account' });
    assert.equal(PLACE.exec(chosen.pathname)?.[1], 'select-account');
    const nobody = await sentTo(createHttpBrowser(server.issuer), { prompt: 'select_account' });
    assert.equal(PLACE.exec(nobody.pathname)?.[1], 'password');
  });
});

describe('a person with an authenticator', () => {
  it('signs in with password and code: amr pwd otp mfa', async () => {
    const person = await server.addPerson({}, { totp: true });
    const started = Math.floor(server.now() / 1000);
    const { claims } = await signIn(webmail, person);
    assert.equal(claims.sub, person.person.id);
    assert.deepEqual(claims['amr'], ['pwd', 'otp', 'mfa']);
    assert.equal(claims['acr'], 'urn:latchkey:acr:mfa');
    assert.ok(Number(claims['auth_time']) >= started);
  });

  it('leaves nothing of what was asked for, and hears that it is over', async () => {
    const person = await server.addPerson({}, { totp: true });
    const browser = createHttpBrowser(server.issuer);
    const hint = 'somebody@acme.test';
    const page = await browser.open(authorize(webmail, { login_hint: hint }).url);
    const id = server.vault.hash('interaction', page.url.pathname.split('/')[2] ?? '');
    const kept = async () => server.store.get(signInCollection, id);
    assert.equal((await kept())?.payload.params?.['login_hint'], hint);
    const back = await goThrough(browser, person, page);
    assert.ok(back.url.searchParams.has('code'));
    const left = await kept();
    assert.deepEqual([left?.state, left?.payload], ['spent', {}]);
    for (const path of ['/password', '/totp', '']) {
      const at = `/interaction/${page.url.pathname.split('/')[2] ?? ''}${path}`;
      const late = await browser.open(`${server.issuer}${at}?client=${webmail.clientId}`);
      assert.equal(late.status, 409, path);
    }
    await server.settle();
    assert.equal((await kept())?.postings, undefined, 'and its events are recorded');
  });

  it('is signed in to a second app without being asked, with the same claims', async () => {
    const person = await server.addPerson({}, { totp: true });
    const first = await signIn(webmail, person);
    const other = await server.addClient({ name: 'Calendar', alg: 'ES256' });
    const { asked, callback } = await silently(other, first.browser);
    const answer = await exchange(other, asked, callback);
    const claims = await verifyIdToken(other, String(answer.body['id_token']));
    for (const name of ['sub', 'amr', 'acr', 'auth_time'])
      assert.deepEqual(claims[name], first.claims[name]);
    const header = JSON.parse(
      Buffer.from(String(answer.body['id_token']).split('.')[0] ?? '', 'base64url').toString(),
    );
    assert.equal(header.alg, 'ES256');
  });

  it('keeps the same claims in a refreshed ID token', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { claims, tokens } = await signIn(webmail, person);
    const refresh = { grant_type: 'refresh_token', refresh_token: String(tokens['refresh_token']) };
    const answer = await token(webmail, refresh);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const refreshed = await verifyIdToken(webmail, String(answer.body['id_token']));
    for (const name of ['sub', 'amr', 'acr', 'auth_time'])
      assert.deepEqual(refreshed[name], claims[name]);
  });

  it('is asked again for prompt=login, with a new auth_time', async () => {
    const person = await server.addPerson({}, { totp: true });
    const first = await signIn(webmail, person);
    nextCode();
    const second = await signIn(webmail, person, {
      browser: first.browser,
      params: { prompt: 'login' },
    });
    assert.ok(Number(second.claims['auth_time']) >= Number(first.claims['auth_time']) + 30);
    // The session goes on: silent sign-ins carry the newer proofs.
    const { callback } = await silently(webmail, first.browser);
    assert.ok(callback.searchParams.has('code'), callback.href);
  });

  it('is asked again when the proofs are older than max_age; silently: login_required', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser } = await signIn(webmail, person);
    server.clock.ahead += 120_000;
    const { callback } = await silently(webmail, browser, { max_age: '60' });
    assert.equal(callback.searchParams.get('error'), 'login_required');
    const page = await browser.open(authorize(webmail, { max_age: '60' }).url);
    assert.equal(stepOf(page), 'password');
    const { claims } = await signIn(webmail, person, { browser, params: { max_age: '60' } });
    assert.ok(Number(claims['auth_time']) >= Math.floor(server.now() / 1000) - 60);
    const young = await silently(webmail, browser, { max_age: '300' });
    assert.ok(young.callback.searchParams.has('code'), 'young enough: not asked');
  });

  it('is told max_age=0 is a fresh sign-in', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser } = await signIn(webmail, person);
    const page = await browser.open(authorize(webmail, { max_age: '0' }).url);
    assert.equal(stepOf(page), 'password');
  });
});

describe('a person without a factor in an organisation where it is optional', () => {
  before(() => server.setOrganisationMfa('optional'));
  after(() => server.setOrganisationMfa('required'));

  it('signs in with the password alone: amr pwd', async () => {
    const { claims } = await signIn(webmail, await server.addPerson());
    assert.deepEqual(claims['amr'], ['pwd']);
    assert.equal(claims['acr'], 'urn:latchkey:acr:password');
  });

  it('does not meet an essential acr silently; one that never can be met ends the request', async () => {
    const { browser } = await signIn(webmail, await server.addPerson());
    const errorFor = async (params: Record<string, string>): Promise<string | null> =>
      (await silently(webmail, browser, params)).callback.searchParams.get('error');
    assert.equal(
      await errorFor({ claims: essentialAcr(['urn:latchkey:acr:mfa']) }),
      'login_required',
    );
    assert.equal(
      await errorFor({ claims: essentialAcr(['urn:other:gold']) }),
      'unmet_authentication_requirements',
    );
    const phr = await browser.open(authorize(webmail, { acr_values: 'phr' }).url);
    assert.equal(stepOf(phr), 'passkey-enrol');
    await server.setOrganisation({ factors: ['totp'] });
    const never = await browser.open(authorize(webmail, { acr_values: 'phr' }).url);
    assert.equal(never.url.searchParams.get('error'), 'unmet_authentication_requirements');
    await server.setOrganisation({ factors: [...FACTOR_IDS] });
  });

  it('is led to the enrolment by a request for mfa, without the password again', async () => {
    const { browser } = await signIn(webmail, await server.addPerson());
    const page = await browser.open(authorize(webmail, { acr_values: 'urn:latchkey:acr:mfa' }).url);
    assert.equal(stepOf(page), 'totp-enrol');
  });
});

describe('policy that is tightened', () => {
  it('stops silent sign-ins, refreshes and codes that were issued before', async () => {
    await server.setOrganisationMfa('optional');
    const { browser, tokens } = await signIn(webmail, await server.addPerson());
    const refresh = { grant_type: 'refresh_token', refresh_token: String(tokens['refresh_token']) };
    assert.equal((await token(webmail, refresh)).status, 200);
    const issued = await silently(webmail, browser);

    await server.setOrganisationMfa('required');
    for (const answer of [
      await token(webmail, refresh),
      await exchange(webmail, issued.asked, issued.callback),
    ]) {
      assert.equal(answer.status, 400);
      assert.equal(answer.body['error'], 'invalid_grant');
    }
    const { callback } = await silently(webmail, browser);
    assert.equal(callback.searchParams.get('error'), 'login_required');
  });
});
