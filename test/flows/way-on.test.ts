/** A sign-in that is over, for whatever reason, leads on: to its app by a click, else to the account. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { accessibilityProblems } from '../support/accessibility.ts';
import { newPerson, openBrowser } from '../support/browser.ts';
import { createHttpBrowser, unescapeHtml, type HtmlPage } from '../support/http-browser.ts';
import { startPolicyServer, Visitor, type PolicyServer } from '../support/policy.ts';
import { authorize, type Registration } from '../support/relying-party.ts';
import { PASSWORD } from '../support/server.ts';
import { byOperator } from '../support/by-operator.ts';

const HOME = 'https://mail.acme.example/in?folder=new&a=b';
const HOUR = 3_600_000;

let server: PolicyServer;
let webmail: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient({ name: 'Acme <mail>', clientUri: HOME });
});
after(() => server.stop());

const begin = async (client = webmail) => new Visitor(server, client).start();

/** The button of an error page, and that nothing goes there by itself. */
function wayOn(page: HtmlPage): { href: string; words: string } {
  const main = page.html.slice(page.html.indexOf('<main'));
  const links = [...main.matchAll(/<a [^>]*href="([^"]*)"[^>]*>([^<]*)</gu)];
  assert.equal(links.length, 1, main);
  assert.equal(page.headers.get('location'), null);
  assert.equal(page.headers.get('refresh'), null);
  assert.doesNotMatch(page.html, /http-equiv/u);
  const [, href = '', words = ''] = links[0] ?? [];
  return { href: unescapeHtml(href), words: unescapeHtml(words) };
}

const TO_APP = { href: HOME, words: 'Back to Acme <mail>' };
const TO_START = { href: '/', words: 'Go to the start page' };
const TO_ACCOUNT = { href: '/account', words: 'Go to your account' };

/** Addresses of the sign-in that a page has: where it is, its forms and links. */
function addressesOn({ url, html }: HtmlPage): string[] {
  const found = [...html.matchAll(/(?:action|href)="(\/interaction\/[^"]*)"/gu)];
  return [url.pathname + url.search, ...found.map(([, path = '']) => unescapeHtml(path))];
}

describe('the address of a sign-in', () => {
  it('names its client at every step, in every form, link and redirect', async () => {
    const person = await server.addPerson({}, { totp: true, email: true, oneTimeCodes: true });
    const fresh = await server.addPerson();
    const seen: HtmlPage[] = [];
    const visitor = await begin();
    seen.push(visitor.page, (await visitor.password(person)).page);
    for (const step of ['email-code', 'one-time-codes', 'no-such-step', 'totp'])
      seen.push((await visitor.goTo(step)).page);
    seen.push((await visitor.send({ go: 'restart' })).page);
    const newcomer = await (await begin()).password(fresh);
    seen.push(newcomer.page, (await newcomer.send({ go: 'next' })).page);
    await newcomer.enrolTotp();
    seen.push(newcomer.page, (await newcomer.send({ go: 'finish' })).page);
    for (const page of seen) {
      assert.equal(page.status, 200, page.url.href);
      const addresses = addressesOn(page).filter((path) => !path.endsWith('/email-code'));
      for (const path of addresses.slice(1))
        assert.equal(new URL(path, server.issuer).search, `?client=${webmail.clientId}`, path);
    }
    const walked = seen.filter(({ url }) => url.search !== '');
    assert.ok(walked.length >= 7, 'what was opened by hand aside');
    const cancelled = await visitor.browser.send(
      new URL(addressesOn(visitor.page)[0] ?? '', server.issuer),
      { method: 'POST', body: new URLSearchParams({ ...hidden(visitor.page), go: 'cancel' }) },
    );
    const resume = new URL(cancelled.headers.get('location') ?? '', server.issuer);
    assert.match(resume.pathname, /^\/auth\//u);
    assert.equal(resume.search, `?client=${webmail.clientId}`);
  });
});

function hidden({ html }: HtmlPage): Record<string, string> {
  const [, csrf = ''] = /name="csrf" value="([^"]*)"/u.exec(html) ?? [];
  return { csrf };
}

describe('a sign-in that is over leads to its app', () => {
  it('expired', async () => {
    const visitor = await begin();
    server.clock.ahead += 2 * HOUR;
    const page = await visitor.browser.open(visitor.page.url);
    assert.equal(page.status, 400);
    assert.deepEqual(wayOn(page), TO_APP);
    const posted = await visitor.browser.submit(visitor.page, { login: 'a', password: 'b' });
    assert.equal(posted.status, 400);
    assert.deepEqual(wayOn(posted), TO_APP);
  });

  it('finished: the back button, a second tab, the way back to the app once more', async () => {
    const person = await server.addPerson({}, { totp: true });
    const visitor = await (await begin()).password(person);
    const { page: before_, browser } = visitor;
    const uid = before_.url.pathname.split('/')[2] ?? '';
    await visitor.totp(person);
    assert.notEqual(visitor.back?.code, null);
    const again = await browser.open(before_.url);
    assert.equal(again.status, 409);
    assert.deepEqual(wayOn(again), TO_APP);
    const posted = await browser.submit(before_, { code: person.code() });
    assert.equal(posted.status, 409);
    assert.deepEqual(wayOn(posted), TO_APP);
    const resumed = await browser.open(`${server.issuer}/auth/${uid}?client=${webmail.clientId}`);
    assert.equal(resumed.status, 400);
    assert.deepEqual(wayOn(resumed), TO_APP);
  });

  it('another browser’s, or nobody’s', async () => {
    const visitor = await begin();
    const other = createHttpBrowser(server.issuer);
    const foreign = await other.open(visitor.page.url);
    assert.equal(foreign.status, 403);
    assert.deepEqual(wayOn(foreign), TO_APP);
    const address = `${server.issuer}/interaction/made-up/totp?client=${webmail.clientId}`;
    const unknown = await other.open(address);
    assert.equal(unknown.status, 400);
    assert.deepEqual(wayOn(unknown), TO_APP);
    const json = await other.send(address, { headers: { accept: 'application/json' } });
    assert.deepEqual(JSON.parse(json.html), {
      error: 'interaction-expired',
      error_description: 'the sign-in has expired, or is finished',
    });
  });

  it('when a form cannot be taken, its page knows the app still', async () => {
    const visitor = await begin();
    const refused = await visitor.browser.submit(visitor.page, { csrf: 'x' });
    assert.equal(refused.status, 403);
    const { pathname, search } = visitor.page.url;
    assert.deepEqual(wayOn(refused), { href: pathname + search, words: 'Go back' });
  });
});

it('in a browser: the back button, and a click to the app', async () => {
  const app = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><link rel="icon" href="data:,"><title>App</title><h1>The app');
  }).listen(0, '127.0.0.1');
  await once(app, 'listening');
  const home = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  const uris = { redirectUris: [`${home}/callback`], clientUri: home };
  const wiki = await server.addClient({ name: 'Wiki', ...uris });
  const person = await server.addPerson({}, { totp: true });
  const browser = await openBrowser();
  const { page } = await newPerson(browser);
  await page.goto(authorize(wiki).url.href);
  await page.getByLabel('Login name').fill(person.login);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByLabel('Six-digit code').fill(`\u200f${person.code()}.`);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'The app' }).waitFor();
  assert.match(page.url(), /\/callback\?code=/u);
  await page.goBack();
  await page.getByRole('heading', { name: 'This sign-in is finished' }).waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  await page.getByRole('link', { name: 'Back to Wiki' }).click();
  await page.getByRole('heading', { name: 'The app' }).waitFor();
  assert.equal(page.url(), `${home}/`);
  await browser.close();
  app.closeAllConnections();
  app.close();
});

describe('a sign-in that is over leads to the account', () => {
  const over = async (query: string) => {
    const page = await createHttpBrowser(server.issuer).open(
      `${server.issuer}/interaction/made-up${query}`,
    );
    assert.equal(page.status, 400);
    return wayOn(page);
  };

  it('whatever else the address says', async () => {
    const id = webmail.clientId;
    for (const query of [
      '',
      '?client=',
      '?client=nobody',
      '?client=latchkey-account',
      `?client=${id}&client=${id}`,
      `?client[]=${id}`,
      `?client=${id}%00`,
      `?client=${'a'.repeat(65)}`,
      '?client=https://evil.example/',
      '?client=javascript:alert(1)',
      '?client=__proto__',
      '?client_uri=https://evil.example/',
    ])
      assert.deepEqual(await over(query), TO_ACCOUNT, query);
    const many = await over(`?client=${id}&client_uri=https://evil.example/&redirect_uri=x`);
    assert.deepEqual(many, TO_APP, 'one name is looked up, and nothing else is looked at');
  });

  it('for an app without an address, and for one that is gone', async () => {
    const client = await server.addClient({ name: 'Wiki' });
    const query = `?client=${client.clientId}`;
    assert.deepEqual(await over(query), TO_ACCOUNT);
    await byOperator(server).changeClient(client.clientId, { clientUri: 'https://wiki.example/' });
    // Another one is called the same.
    const words = `Back to Wiki (${client.clientId})`;
    assert.deepEqual(await over(query), { href: 'https://wiki.example/', words });
    const visitor = await begin(client);
    await byOperator(server).removeClient(client.clientId);
    assert.deepEqual(await over(query), TO_ACCOUNT);
    // A sign-in goes by what is half a second old at most; who removes a client is answered when that has passed.
    server.clock.ahead += 500;
    const gone = await visitor.browser.open(visitor.page.url);
    assert.equal(gone.status, 400);
    assert.match(gone.html, /This app isn’t registered here/u);
    assert.deepEqual(wayOn(gone), TO_ACCOUNT);
    const anew = await visitor.browser.open(authorize({ ...client, clientId: 'nobody' }).url);
    assert.equal(anew.status, 400);
    assert.deepEqual(wayOn(anew), TO_START, 'nobody knows where that came from');
  });
});

describe('whoever has forgotten the password', () => {
  it('comes back to the sign-in, and by that to the app when it is over', async () => {
    const person = await server.addPerson();
    const visitor = await begin();
    const [, forgot = ''] = /href="(\/forgot-password[^"]*)"/u.exec(visitor.page.html) ?? [];
    const asking = await visitor.browser.open(new URL(unescapeHtml(forgot), server.issuer));
    assert.equal(asking.url.search, '');
    const sent = await visitor.browser.submit(asking, { login: person.login });
    const back = wayOn({ ...sent, html: sent.html.replace(/<a [^>]*mailto.*?<\/a>/gu, '') });
    const { pathname, search } = visitor.page.url;
    assert.equal(back.href, pathname.replace(/\/password$/u, '') + search);
    assert.equal((await visitor.browser.open(new URL(back.href, server.issuer))).status, 200);
    server.clock.ahead += 2 * HOUR;
    assert.deepEqual(wayOn(await visitor.browser.open(new URL(back.href, server.issuer))), TO_APP);
  });

  it('and has a link that is no good any more, or no sign-in to go back to, comes to the account', async () => {
    const browser = createHttpBrowser(server.issuer);
    for (const path of ['/set-password?token=made-up', '/set-password']) {
      const page = await browser.open(`${server.issuer}${path}`);
      assert.ok(page.status >= 400 && page.status < 500);
      assert.deepEqual(wayOn(page), TO_ACCOUNT);
    }
    const done = await browser.open(`${server.issuer}/set-password/done`);
    assert.deepEqual(wayOn(done), TO_ACCOUNT);
  });
});

describe('no page is the last one', () => {
  /** Where the way on of a page leads, by GET; it has to lead somewhere. */
  async function leads(page: HtmlPage): Promise<string> {
    const { href, words } = wayOn(page);
    const next = await createHttpBrowser(server.issuer).open(new URL(href, server.issuer));
    assert.equal(next.status, 200, `${page.url} ${words} ${href}`);
    return words;
  }

  it('whatever went wrong', async () => {
    const visitor = createHttpBrowser(server.issuer);
    const open = (path: string, init?: RequestInit) =>
      visitor.send(`${server.issuer}${path}`, init);
    const wrong: [HtmlPage, number, string][] = [
      [await open('/no-such-page'), 404, 'Go to your account'],
      [await open('/account', { method: 'PUT' }), 405, 'Go to the start page'],
      [await open('/setup'), 404, 'Go to the start page'],
      [await open('/setup?token=made-up'), 404, 'Go to the start page'],
      [await open('/set-password?token=made-up'), 404, 'Go to your account'],
      [await open('/auth?client_id=nobody'), 400, 'Go to the start page'],
      [await open('/interaction/made-up'), 400, 'Go to your account'],
      [await open('/forgot-password', { method: 'POST', body: 'x' }), 415, 'Go back'],
    ];
    for (const [page, status, words] of wrong) {
      assert.equal(page.status, status, page.url.href);
      assert.equal(await leads(page), words, page.url.href);
    }
    const asked = new URL(authorize(webmail).url);
    asked.searchParams.delete('code_challenge');
    asked.searchParams.set('response_type', 'token');
    asked.searchParams.set('redirect_uri', 'https://evil.example/');
    assert.deepEqual(wayOn(await visitor.open(asked)), TO_START);
  });

  it('after signing out, from the account and by an app', async () => {
    const out = await createHttpBrowser(server.issuer).open(`${server.issuer}/session/end/success`);
    assert.equal(await leads(out), 'Go to your account');
    const app = `${server.issuer}/session/end/success?client_id=${webmail.clientId}`;
    assert.deepEqual(wayOn(await createHttpBrowser(server.issuer).open(app)), TO_APP);
  });

  it('for a link by mail that was asked for without a sign-in', async () => {
    const sent = await createHttpBrowser(server.issuer).open(
      `${server.issuer}/forgot-password/sent`,
    );
    assert.match(sent.html, /<a class="button secondary" href="\/account">Back to signing in/u);
  });
});
