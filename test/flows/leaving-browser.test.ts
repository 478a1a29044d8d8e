/**
 * From our pages to an app whose addresses lead on to another origin, in a real browser: with scripts and
 * without. Chromium holds `form-action` against every redirect that follows a form.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import type { NewClient } from '../../src/oidc/clients/new-client.ts';
import { accessibilityProblems } from '../support/accessibility.ts';
import { AccountSeat, SEATS } from '../support/account-seat.ts';
import { openBrowser } from '../support/browser.ts';
import { askForDevice, poll } from '../support/device.ts';
import { authorize, exchange, verifyIdToken, type Registration } from '../support/relying-party.ts';
import { startTestServer, type TestPerson, type TestServer } from '../support/server.ts';

let server: TestServer;
let person: TestPerson;
let browser: Browser;
let seat: AccountSeat;
/** Two origins of one app: the first sends everything on to the second. */
let sites: Server[];
let [first, second] = ['', ''];

const page = (title: string, main = '') =>
  `<!doctype html><title>${title}</title><h1>${title}</h1>${main}`;

before(async () => {
  [server, browser] = await Promise.all([startTestServer(), openBrowser()]);
  person = await server.addPerson({}, { totp: true });
  sites = [
    createServer((request, response) =>
      response.writeHead(302, { location: `${second}${request.url}` }).end(),
    ),
    createServer((request, response) => {
      const to = new URLSearchParams(request.url?.split('?')[1]).get('popup');
      const link = `<a href="${to?.replaceAll('&', '&amp;')}" target="_blank" rel="opener">Open</a>`;
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(to === null ? page('Inbox') : page('Start', link));
    }),
  ];
  [first = '', second = ''] = await Promise.all(sites.map(listen));
});
after(async () => {
  await browser?.close();
  await server.stop();
  for (const site of sites) site.close();
});
afterEach(() => seat.close());

async function listen(site: Server): Promise<string> {
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  return `http://localhost:${(site.address() as AddressInfo).port}`;
}

const addApp = (fields: Partial<NewClient> = {}): Promise<Registration> =>
  server.addClient({
    name: 'Calendar',
    redirectUris: [`${first}/callback`],
    postLogoutRedirectUris: [`${first}/goodbye`],
    ...fields,
  });

/** Where the browser has come to; nothing went wrong on the way. */
async function landed(path: string): Promise<URL> {
  await seat.page.waitForURL(`${second}${path}**`);
  await seat.heading('Inbox');
  assert.deepEqual(seat.person.problems, []);
  return new URL(seat.page.url());
}

/** To a page of ours, which says how it is: not to an answer that would have to be sent once more. */
async function goBack(): Promise<void> {
  await seat.page.goBack();
  await seat.page.locator('main[data-page=error]').waitFor();
}

describe('the way to an app whose callback redirects to another origin', () => {
  for (const [where, options] of SEATS) {
    it(`from a sign-in, and from a sign-out, ${where}`, async () => {
      const app = await addApp();
      const asked = authorize(app);
      seat = await AccountSeat.take(browser, server, options);
      await seat.page.goto(asked.url.href);
      await seat.signIn(person);
      const back = await landed('/callback');
      const { status, body } = await exchange(app, asked, back);
      assert.equal(status, 200, JSON.stringify(body));

      await goBack();
      seat.person.problems.length = 0;
      const end = new URL('/session/end', server.issuer);
      end.search = new URLSearchParams({
        id_token_hint: body['id_token'] ?? '',
        post_logout_redirect_uri: `${first}/goodbye`,
        state: `"'<&> ;`,
      }).toString();
      await seat.page.goto(end.href);
      await seat.press('Sign out');
      assert.equal((await landed('/goodbye')).searchParams.get('state'), `"'<&> ;`);
      await seat.open('/account');
      await seat.heading('Sign in');
    });

    it(`from a consent, and without one, ${where}`, async () => {
      const app = await addApp({ firstParty: false });
      seat = await AccountSeat.take(browser, server, options);
      for (const [button, answer] of [
        ['Cancel', 'access_denied'],
        ['Don’t allow', 'access_denied'],
        ['Allow', null],
      ] as const) {
        await seat.page.goto(authorize(app).url.href);
        if (button === 'Don’t allow') await seat.signIn(person);
        await seat.press(button);
        const back = await landed('/callback');
        assert.equal(back.searchParams.get('error'), answer, button);
        assert.equal(back.searchParams.has('code'), answer === null, button);
      }
    });
  }
});

describe('another account that is chosen', () => {
  for (const [where, options] of SEATS)
    it(`comes to the app, and to the account page, ${where}`, async () => {
      const app = await addApp();
      const other = await server.addPerson({}, { totp: true });
      seat = await AccountSeat.take(browser, server, options);
      const { page } = seat;
      await page.goto(authorize(app).url.href);
      await seat.signIn(person);
      await landed('/callback');
      const select = { prompt: 'select_account' };
      await page.goto(authorize(app, select).url.href);
      await seat.press(`Continue as ${person.person.name} (${person.login})`);
      await landed('/callback');
      const asked = authorize(app, select);
      await page.goto(asked.url.href);
      await seat.press('Use another account');
      await seat.signIn(other);
      const { body } = await exchange(app, asked, await landed('/callback'));
      const { sub } = await verifyIdToken(app, body['id_token'] ?? '', asked.nonce);
      assert.equal(sub, other.person.id);
      await seat.open('/account');
      await seat.heading('Your account');
      assert.ok((await page.content()).includes(other.person.name));
    });
});

describe('an answer that is posted to the app', () => {
  for (const [where, options] of SEATS)
    it(`arrives, ${where}`, async () => {
      seat = await AccountSeat.take(browser, server, options);
      const posted: string[] = [];
      seat.page.on('request', (request) => posted.push(`${request.method()} ${request.url()}`));
      const asked = authorize(await addApp(), { response_mode: 'form_post' });
      await seat.page.goto(asked.url.href);
      await seat.signIn(person);
      if (options.javaScriptEnabled === false) await seat.press('Continue');
      await landed('/callback');
      assert.ok(posted.includes(`POST ${first}/callback`), posted.join('\n'));
      await goBack();
    });
});

describe('a sign-in in a popup', () => {
  it('leaves the callback the window that opened it', async () => {
    const asked = authorize(await addApp({ firstParty: false }), {
      redirect_uri: `${first}/callback`,
    });
    seat = await AccountSeat.take(browser, server, {});
    const opener = seat.page;
    await opener.goto(`${second}/?${new URLSearchParams({ popup: asked.url.href })}`);
    const [popup] = await Promise.all([opener.waitForEvent('popup'), seat.follow('Open')]);
    seat.person.page = popup;
    await seat.signIn(person);
    await seat.press('Allow');
    const back = await landed('/callback');
    assert.ok(back.searchParams.has('code'), back.href);
    assert.equal(await popup.evaluate('opener.document.title'), 'Start');
  });
});

describe('a device without a browser', () => {
  for (const [where, options] of SEATS)
    it(`is let in by its code, ${where}`, async () => {
      const name = `TV ${where}`;
      const tv = await server.addClient({ name, kind: 'device', redirectUris: [] });
      const asked = await askForDevice(tv);
      seat = await AccountSeat.take(browser, server, options);
      const { page: at } = seat;
      await at.goto(`${server.issuer}/device`);
      await seat.heading('Connect a device');
      await at.getByLabel('Code on the device').fill(asked.userCode.toLowerCase().replace('-', ''));
      await seat.press('Continue');
      await seat.heading(`Sign in on ${name}?`);
      if (options.javaScriptEnabled !== false)
        assert.deepEqual(await accessibilityProblems(at), []);
      await seat.press('I started this: go on');
      await seat.signIn(person);
      await seat.heading('Your device is signed in');
      const { status, body } = await poll(tv, asked);
      assert.equal(status, 200, JSON.stringify(body));
      const claims = await verifyIdToken(tv, body['id_token'] ?? '');
      assert.deepEqual(claims['amr'], ['pwd', 'otp', 'mfa']);
      assert.deepEqual(seat.person.problems, []);
    });
});
