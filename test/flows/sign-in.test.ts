/** Signing in over HTTP: what each path's ID token says, and what is asked again when. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createHttpBrowser, type HtmlPage, type HttpBrowser } from '../support/http-browser.ts';
import { authorize, exchange, token, verifyIdToken, type Registration } from '../support/relying-party.ts';
import { PASSWORD, startTestServer, type TestPerson, type TestServer } from '../support/server.ts';

let server: TestServer;
let webmail: Registration;
before(async () => {
  server = await startTestServer();
  webmail = await server.addClient();
});
after(() => server.stop());

const stepOf = (page: HtmlPage): string => page.url.pathname.split('/').slice(3).join('/');

/** Goes through whatever pages come, and answers the redirect back. */
async function signIn(browser: HttpBrowser, person: TestPerson, page: HtmlPage): Promise<HtmlPage> {
  if (stepOf(page) === 'password') {
    return signIn(browser, person, await browser.submit(page, { login: person.login, password: PASSWORD }));
  }
  if (stepOf(page) === 'totp') {
    const next = await browser.submit(page, { code: person.code() });
    assert.notEqual(stepOf(next), 'totp', next.html);
    return signIn(browser, person, next);
  }
  return page;
}

async function claimsAfter(
  browser: HttpBrowser,
  person: TestPerson,
  params: Record<string, string> = {},
  client = webmail,
) {
  const asked = authorize(client, params);
  const back = await signIn(browser, person, await browser.open(asked.url));
  assert.ok(back.url.href.startsWith(client.redirectUri), `${back.url} ${back.html.slice(0, 800)}`);
  assert.equal(back.url.searchParams.get('state'), asked.state);
  const answer = await exchange(client, asked, back.url);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const claims = await verifyIdToken(client, String(answer.body['id_token']), asked.nonce);
  return { claims, tokens: answer.body };
}

const silently = async (browser: HttpBrowser, params: Record<string, string> = {}, client = webmail) => {
  const asked = authorize(client, { prompt: 'none', ...params });
  return { asked, back: await browser.open(asked.url) };
};

/** Moves the server's clock to the next authenticator code. */
const nextCode = (): void => {
  server.clock.ahead += 30_000;
};

describe('a person with an authenticator', () => {
  it('signs in with password and code: amr pwd otp mfa', async () => {
    const person = await server.addPerson({}, { totp: true });
    const started = Math.floor(server.now() / 1000);
    const { claims } = await claimsAfter(createHttpBrowser(server.issuer), person);
    assert.equal(claims.sub, person.person.id);
    assert.deepEqual(claims['amr'], ['pwd', 'otp', 'mfa']);
    assert.equal(claims['acr'], 'urn:latchkey:acr:mfa');
    assert.ok(Number(claims['auth_time']) >= started);
  });

  it('is signed in to a second app without being asked, with the same claims', async () => {
    const person = await server.addPerson({}, { totp: true });
    const browser = createHttpBrowser(server.issuer);
    const first = await claimsAfter(browser, person);
    const other = await server.addClient({ name: 'Calendar' });
    const { asked, back } = await silently(browser, {}, other);
    const answer = await exchange(other, asked, back.url);
    const claims = await verifyIdToken(other, String(answer.body['id_token']));
    for (const name of ['sub', 'amr', 'acr', 'auth_time']) assert.deepEqual(claims[name], first.claims[name]);
  });

  it('is asked again for prompt=login, with a new auth_time', async () => {
    const person = await server.addPerson({}, { totp: true });
    const browser = createHttpBrowser(server.issuer);
    const first = await claimsAfter(browser, person);
    nextCode();
    const second = await claimsAfter(browser, person, { prompt: 'login' });
    assert.ok(Number(second.claims['auth_time']) >= Number(first.claims['auth_time']) + 30);
    // The session goes on: silent sign-ins carry the newer proofs.
    const { back } = await silently(browser);
    assert.ok(back.url.searchParams.has('code'), back.url.href);
  });

  it('is asked again when the proofs are older than max_age; silently: login_required', async () => {
    const person = await server.addPerson({}, { totp: true });
    const browser = createHttpBrowser(server.issuer);
    await claimsAfter(browser, person);
    server.clock.ahead += 120_000;
    const { back } = await silently(browser, { max_age: '60' });
    assert.equal(back.url.searchParams.get('error'), 'login_required');
    const page = await browser.open(authorize(webmail, { max_age: '60' }).url);
    assert.equal(stepOf(page), 'password');
    const { claims } = await claimsAfter(browser, person, { max_age: '60' });
    assert.ok(Number(claims['auth_time']) >= Math.floor(server.now() / 1000) - 60);
  });
});

describe('a person without a factor in an organisation where it is optional', () => {
  before(() => server.setOrganisationMfa('optional'));
  after(() => server.setOrganisationMfa('required'));

  it('signs in with the password alone: amr pwd, and is told so for essential acr', async () => {
    const person = await server.addPerson();
    const browser = createHttpBrowser(server.issuer);
    const { claims } = await claimsAfter(browser, person);
    assert.deepEqual(claims['amr'], ['pwd']);
    assert.equal(claims['acr'], 'urn:latchkey:acr:password');

    const essential = (values: string[]): string =>
      JSON.stringify({ id_token: { acr: { essential: true, values } } });
    const mfa = await silently(browser, { claims: essential(['urn:latchkey:acr:mfa']) });
    assert.equal(mfa.back.url.searchParams.get('error'), 'login_required');
    const unknown = await silently(browser, { claims: essential(['urn:other:gold']) });
    assert.equal(unknown.back.url.searchParams.get('error'), 'unmet_authentication_requirements');
    const phr = await browser.open(authorize(webmail, { acr_values: 'phr' }).url);
    assert.equal(phr.url.searchParams.get('error'), 'unmet_authentication_requirements');
  });

  it('is led to the enrolment by a client that asks for mfa, and needs the password only once for it', async () => {
    const person = await server.addPerson();
    const browser = createHttpBrowser(server.issuer);
    await claimsAfter(browser, person);
    const page = await browser.open(authorize(webmail, { acr_values: 'urn:latchkey:acr:mfa' }).url);
    assert.equal(stepOf(page), 'totp-enrol');
  });

  it('steps up with the code alone where a factor is held', async () => {
    const person = await server.addPerson({}, { totp: true });
    const browser = createHttpBrowser(server.issuer);
    await claimsAfter(browser, person);
    server.clock.ahead += 120_000;
    const asked = authorize(webmail, { max_age: '300' });
    const back = await browser.open(asked.url);
    assert.ok(back.url.searchParams.has('code'), 'young enough: not asked');
  });
});

describe('policy that is tightened', () => {
  it('stops silent sign-ins and refreshes at once', async () => {
    await server.setOrganisationMfa('optional');
    const person = await server.addPerson();
    const browser = createHttpBrowser(server.issuer);
    const { tokens } = await claimsAfter(browser, person);
    const refresh = () => token(webmail, { grant_type: 'refresh_token', refresh_token: String(tokens['refresh_token']) });
    assert.equal((await refresh()).status, 200);
    await server.setOrganisationMfa('required');
    const refused = await refresh();
    assert.equal(refused.status, 400);
    assert.equal(refused.body['error'], 'invalid_grant');
    const { back } = await silently(browser);
    assert.equal(back.url.searchParams.get('error'), 'login_required');
  });
});
