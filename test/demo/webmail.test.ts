import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { importJWK, SignJWT, type JWK } from 'jose';
import type { Browser, Page } from 'playwright-core';
import type { RunningSite } from '../../demo/site.ts';
import { startWebmail, webmailRedirectUris } from '../../demo/webmail.ts';
import { accessibilityProblems } from '../support/accessibility.ts';
import { newPerson, openBrowser, shownClaims, type Person } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { signingKey, startSmallProvider, type SmallProvider } from './small-provider.ts';

const hour = 3_600_000;

suite('the sample webmail', () => {
  let browser: Browser;
  let provider: SmallProvider;
  let webmail: RunningSite;
  let person: Person;
  let page: Page;
  let clock = 0;

  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());

  beforeEach(async () => {
    clock = 0;
    const port = await freePort();
    provider = await startSmallProvider(webmailRedirectUris(port));
    webmail = await startWebmail({ ...provider, port, now: () => Date.now() + clock });
    person = await newPerson(browser);
    page = person.page;
  });
  afterEach(async () => {
    await person.close();
    await webmail.close();
    await provider.close();
  });

  const button = (name: string) => page.getByRole('button', { name });
  const link = (name: string) => page.getByRole('link', { name });
  const heading = (name: string) => page.getByRole('heading', { name });
  const shownError = () => page.locator('[data-error]').textContent();

  async function signIn(): Promise<void> {
    await page.goto(webmail.url);
    await button('Sign in').click();
    await heading('Inbox').waitFor();
  }

  test('shows who signed in and every claim of the ID token', async () => {
    await signIn();
    assert.equal(await page.locator('.who .name').textContent(), 'Ada <b>Lovelace</b>');
    const claims = await shownClaims(page);
    assert.deepEqual(claims['amr'], ['pwd', 'otp', 'mfa']);
    assert.equal(claims['acr'], 'urn:latchkey:acr:mfa');
    assert.equal(claims['sub'], 'ada');
    assert.equal(claims['iss'], provider.issuer);
    assert.equal(claims['aud'], 'webmail');
    assert.ok(Math.abs(Number(claims['auth_time']) - Date.now() / 1000) < 30);
    assert.equal(await page.locator('[data-claim=amr]').textContent(), '["pwd","otp","mfa"]');
    assert.ok(await page.getByText('Password and second factor').isVisible());
    assert.deepEqual(person.problems, []);
  });

  test('uses the code flow with PKCE, state and nonce, new ones each time', async () => {
    await signIn();
    await link('Ask for a fresh second factor').click();
    await heading('Inbox').waitFor();
    const [first, second] = provider.requests;
    assert.equal(first?.get('response_type'), 'code');
    assert.equal(first?.get('code_challenge_method'), 'S256');
    assert.equal(first?.get('acr_values'), null);
    assert.equal(second?.get('acr_values'), 'urn:latchkey:acr:mfa');
    assert.equal(second?.get('max_age'), '0');
    for (const name of ['state', 'nonce', 'code_challenge']) {
      assert.ok((first?.get(name)?.length ?? 0) >= 43, name);
      assert.notEqual(first?.get(name), second?.get(name), name);
    }
  });

  test('keeps its cookies apart from other sites on localhost', async () => {
    await signIn();
    const { port } = new URL(webmail.url);
    const cookies = await person.context.cookies();
    const own = cookies.filter(({ name }) => name.startsWith('webmail_'));
    assert.deepEqual(own.map(({ name }) => name).toSorted(), [
      `webmail_${port}_browser`,
      `webmail_${port}_session`,
    ]);
    for (const cookie of own) {
      assert.ok(cookie.httpOnly);
      assert.equal(cookie.sameSite, 'Lax');
      assert.equal(cookie.expires, -1);
    }
  });

  test('signs out here and at the provider', async () => {
    await signIn();
    await button('Sign out').click();
    await button('Sign me out').click();
    await button('Sign in').waitFor();
    assert.equal(page.url(), `${webmail.url}/`);
    assert.equal(await page.getByText('Your session has ended').count(), 0);
    assert.deepEqual(person.problems, []);

    provider.next.amr = ['pwd'];
    await button('Sign in').click();
    await heading('Inbox').waitFor();
    assert.deepEqual((await shownClaims(page))['amr'], ['pwd'], 'the provider had to ask again');
  });

  test('is signed out by the provider, and says so', async () => {
    await signIn();
    const other = await newPerson(browser);
    await other.page.goto(webmail.url);
    await other.page.getByRole('button', { name: 'Sign in' }).click();
    await other.page.getByRole('heading', { name: 'Inbox' }).waitFor();

    const told = once(provider.provider, 'backchannel.success');
    await page.goto(`${provider.issuer}/session/end`);
    await button('Sign me out').click();
    await told;
    await page.goto(webmail.url);
    await page.getByText('Your session has ended').waitFor();
    await other.page.reload();
    await other.page.getByRole('heading', { name: 'Inbox' }).waitFor();
    await other.close();
  });

  test('refuses a stronger proof that it asked for and did not get', async () => {
    provider.next = { amr: ['pwd'], acr: 'urn:latchkey:acr:trusted' };
    await page.goto(webmail.url);
    await link('Ask for a fresh second factor').click();
    await heading('Sign-in did not finish').waitFor();
    assert.equal(await shownError(), 'acr_not_met');
    provider.next = { amr: ['pwd', 'otp', 'mfa'], acr: 'urn:latchkey:acr:mfa' };
    await link('Try again').click();
    await heading('Inbox').waitFor();
    assert.equal(provider.requests.at(-1)?.get('max_age'), '0', 'it asks for the same again');
  });

  test('accepts a fresh proof however long the person took after it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    provider.next.until = promise;
    await page.goto(webmail.url);
    await link('Ask for a fresh second factor').click({ noWaitAfter: true });
    await page.waitForRequest((request) => request.url().includes('/interaction/'));
    clock = 120_000;
    resolve();
    await heading('Inbox').waitFor();
  });

  test('refuses a proof from before it asked for a fresh one', async () => {
    provider.next.ts = Math.floor(Date.now() / 1000) - 120;
    await page.goto(webmail.url);
    await link('Ask for a fresh second factor').click();
    await heading('Sign-in did not finish').waitFor();
    assert.match((await page.textContent('[data-description]')) ?? '', /too much time/);
  });

  test('shows an OAuth error and a way on', async () => {
    provider.next.error = { error: 'access_denied', error_description: 'You chose <Cancel>.' };
    await page.goto(webmail.url);
    await button('Sign in').click();
    await heading('Sign-in did not finish').waitFor();
    assert.equal(await shownError(), 'access_denied');
    assert.equal(await page.locator('[data-description]').textContent(), 'You chose <Cancel>.');
    delete provider.next.error;
    await link('Try again').click();
    await heading('Inbox').waitFor();
  });

  test('takes an answer once, and only in the browser that asked', async () => {
    const answers: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/callback')) answers.push(request.url());
    });
    await signIn();
    const [answer = ''] = answers;
    await page.goto(answer);
    assert.equal(await shownError(), 'unknown_sign_in');

    provider.next.error = { error: 'access_denied', error_description: 'no' };
    await link('Back to the start page').click();
    await button('Sign out').click();
    await button('Sign me out').click();
    await page.route('**/callback*', (route) => route.abort());
    const asked = page.waitForRequest((request) => request.url().includes('/callback'));
    await button('Sign in').click();
    await asked;
    const stranger = await newPerson(browser);
    await stranger.page.goto(answers.at(-1) ?? '');
    assert.equal(await stranger.page.locator('[data-error]').textContent(), 'unknown_sign_in');
    await stranger.close();
  });

  test('shows no text of a stranger’s link', async () => {
    await page.goto(`${webmail.url}/callback?error=x&error_description=Call+555&state=guess`);
    assert.equal(await shownError(), 'unknown_sign_in');
    assert.equal(await page.getByText('555').count(), 0);
  });

  test('refuses an ID token that the provider’s keys have not signed', async () => {
    provider.foreignKeys = true;
    await page.goto(webmail.url);
    await button('Sign in').click();
    await heading('Sign-in did not finish').waitFor();
    assert.match((await page.textContent('main')) ?? '', /signature/i);
    await page.goto(webmail.url);
    assert.ok(await button('Sign in').isVisible());
  });

  test('ends its sessions after eight hours', async () => {
    await signIn();
    clock = 8 * hour - 60_000;
    await page.reload();
    await heading('Inbox').waitFor();
    clock = 8 * hour;
    await page.reload();
    await page.getByText('Your session has ended').waitFor();
  });

  test('works without JavaScript, in the dark, on a phone', async () => {
    const options = { javaScriptEnabled: false, colorScheme: 'dark' } as const;
    const phone = await newPerson(browser, { ...options, viewport: { width: 390, height: 844 } });
    await phone.page.goto(webmail.url);
    await phone.page.getByRole('button', { name: 'Sign in' }).click();
    await phone.page.getByRole('heading', { name: 'Inbox' }).waitFor();
    assert.deepEqual(phone.problems, []);
    await phone.close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`is accessible and fits a phone, ${colorScheme}`, async () => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 390, height: 844 });
      const look = async () => {
        assert.deepEqual(await accessibilityProblems(page), []);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
      };
      await page.goto(webmail.url);
      await look();
      await signIn();
      await look();
      await page.goto(`${webmail.url}/callback?state=old`);
      await look();
    });
  }

  test('sends who comes by another name of this machine to its own', async () => {
    await page.goto(`${webmail.url.replace('localhost', '127.0.0.1')}/?a=1`);
    assert.equal(page.url(), `${webmail.url}/?a=1`);
    const response = await fetch(`${webmail.url.replace('localhost', '127.0.0.1')}/sign-out`, {
      method: 'POST',
    });
    assert.equal(response.status, 421);
  });

  test('lets no other site on this machine sign people out', async () => {
    await signIn();
    const response = await page.context().request.post(`${webmail.url}/sign-out`, {
      headers: { origin: 'http://localhost:1' },
    });
    assert.equal(response.status(), 403);
    await page.reload();
    await heading('Inbox').waitFor();
  });

  test('answers unknown pages with a way back', async () => {
    const response = await page.goto(`${webmail.url}/nothing`);
    assert.equal(response?.status(), 404);
    await link('To your mail').click();
    assert.ok(await button('Sign in').isVisible());
  });

  suite('asked to end sessions by a logout token', () => {
    const event = { 'http://schemas.openid.net/event/backchannel-logout': {} };

    async function post(token: string | undefined): Promise<Response> {
      const body = new URLSearchParams(token === undefined ? {} : { logout_token: token });
      return fetch(`${webmail.url}/backchannel-logout`, { method: 'POST', body });
    }

    /** Signed with the provider's own key, as good as real but for `changes`. */
    async function token(
      changes: object,
      header: { typ?: string; key?: JWK } = {},
    ): Promise<string> {
      const { typ = 'logout+jwt', key = provider.privateKeys[0]! } = header;
      const now = Math.floor(Date.now() / 1000);
      const good = { iss: provider.issuer, aud: 'webmail', iat: now, exp: now + 120, jti: 'one' };
      return new SignJWT({ ...good, events: event, ...changes })
        .setProtectedHeader({ alg: 'ES256', typ, kid: 'of-the-test' })
        .sign(await importJWK(key, 'ES256'));
    }

    test('ends the session that it names and no other', async () => {
      await signIn();
      const { sid, sub } = await shownClaims(page);
      assert.equal((await post(await token({ sid: 'another', sub }))).status, 200);
      await page.reload();
      await heading('Inbox').waitFor();
      const response = await post(await token({ sid }));
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('cache-control'), 'no-store');
      await page.reload();
      await page.getByText('Your session has ended').waitFor();
    });

    test('ends all of a person without a session', async () => {
      await signIn();
      assert.equal((await post(await token({ sub: 'ada' }))).status, 200);
      await page.reload();
      await page.getByText('Your session has ended').waitFor();
    });

    test('refuses every token that is not one', async () => {
      await signIn();
      const { sid } = await shownClaims(page);
      const hourAgo = Math.floor((Date.now() - hour) / 1000);
      const bad: Record<string, Promise<string | undefined> | string | undefined> = {
        missing: undefined,
        'not a token': 'abc',
        'of another issuer': token({ sid, iss: 'http://localhost:1' }),
        'for another app': token({ sid, aud: 'another' }),
        'without the event': token({ sid, events: {} }),
        'with a nonce, as an ID token has': token({ sid, nonce: 'n' }),
        'of another type': token({ sid }, { typ: 'JWT' }),
        'signed by another key': token({ sid }, { key: await signingKey() }),
        'naming nobody': token({}),
        old: token({ sid, iat: hourAgo }),
        'without iat': token({ sid, iat: undefined }),
      };
      for (const [name, value] of Object.entries(bad)) {
        const response = await post(await value);
        assert.equal(response.status, 400, name);
        assert.equal(((await response.json()) as { error: string }).error, 'invalid_request', name);
      }
      await page.reload();
      await heading('Inbox').waitFor();
    });

    test('refuses a body over 64 KB', async () => {
      assert.equal((await post('a'.repeat(65 * 1024))).status, 400);
    });
  });
});

suite('the sample webmail without its provider', () => {
  test('says so and works once the provider is up', async () => {
    const browser = await openBrowser();
    const person = await newPerson(browser);
    const issuer = `http://localhost:${await freePort()}`;
    const webmail = await startWebmail({ port: 0, issuer, clientId: 'a', clientSecret: 'b' });
    await person.page.goto(webmail.url);
    await person.page.getByRole('button', { name: 'Sign in' }).click();
    await person.page.getByRole('heading', { name: 'is not answering' }).waitFor();
    assert.match((await person.page.textContent('main')) ?? '', new RegExp(issuer));

    const { port } = new URL(issuer);
    const endpoints = { authorization_endpoint: `${issuer}/here`, jwks_uri: `${issuer}/jwks` };
    const server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ issuer, ...endpoints, path: request.url }));
    }).listen(Number(port), '127.0.0.1');
    await once(server, 'listening');
    await person.page.getByRole('link', { name: 'Try again' }).click();
    await person.page.waitForURL(`${issuer}/here?*`);
    await webmail.close();
    await browser.close();
    server.closeAllConnections();
    server.close();
  });

  test('does not start for a provider elsewhere without https', async () => {
    const options = { port: 0, clientId: 'a', clientSecret: 'b' };
    for (const issuer of ['http://id.example', 'http://localhost.example', 'ftp://localhost']) {
      await assert.rejects(startWebmail({ ...options, issuer }), /must use https/);
    }
    await (await startWebmail({ ...options, issuer: 'https://id.example' })).close();
  });

  test('tells a port in use by the system’s code', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const options = { issuer: 'http://localhost:1', clientId: 'a', clientSecret: 'b' };
    await assert.rejects(startWebmail({ ...options, port }), { code: 'EADDRINUSE' });
    taken.close();
  });
});
