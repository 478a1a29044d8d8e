/** Every address of the account pages, called by everybody who must not get in. The routes are the router's own. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { App } from '../../src/server/app.ts';
import { getPerson, type Person } from '../../src/records/person.ts';
import { memberOf } from '../support/account.ts';
import { createHttpBrowser, type HtmlPage, type HttpBrowser } from '../support/http-browser.ts';
import { startTestServer, type TestPerson, type TestServer, PASSWORD } from '../support/server.ts';
import { stepOf } from '../support/sign-in.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
  // Before there is anybody, the first page says that nothing is set up yet.
  await server.addPerson();
});
after(() => server.stop());

interface Route {
  method: 'GET' | 'POST';
  path: string;
}

/** Open to whoever comes: the way back from a sign-in, and the way out. */
const OPEN = ['/account/callback', '/account/sign-out'];

function routes({ routers }: Pick<App, 'routers'>): Route[] {
  return routers
    .flatMap((router) => router.stack)
    .filter(({ path }) => typeof path === 'string' && path.startsWith('/account'))
    .flatMap(({ path, methods }) =>
      methods
        .filter((method) => method === 'GET' || method === 'POST')
        .map((method) => ({ method, path: String(path).replaceAll(/:\w+/gu, 'x') })),
    );
}

const FIELDS = { name: 'Mallory', before: '', set: '', password: PASSWORD, 'name[$ne]': 'x' };

async function call(
  browser: HttpBrowser,
  { method, path }: Route,
  csrf: string,
): Promise<HtmlPage> {
  const url = `${server.issuer}${path}`;
  if (method === 'GET') return browser.send(url);
  return browser.send(url, { method, body: new URLSearchParams({ ...FIELDS, csrf }) });
}

/** The token of any form that this browser gets. */
async function csrfOf(browser: HttpBrowser): Promise<string> {
  const page = await browser.open(`${server.issuer}/account`);
  return /name="csrf" value="([^"]*)"/u.exec(page.html)?.[1] ?? '';
}

async function recordOf({ person }: TestPerson): Promise<Person> {
  // What is told of them has left the record by then.
  await server.settle();
  const found = await getPerson(server.store, person.id);
  assert.ok(found);
  return found;
}

const guarded = (): Route[] => routes(server).filter(({ path }) => !OPEN.includes(path));

describe('every address of the account pages', () => {
  it('is known to this test', () => {
    const all = guarded();
    assert.ok(all.length > 20, String(all.length));
    assert.ok(all.some(({ method }) => method === 'POST'));
  });

  it('sends whoever is not signed in to the sign-in, by GET and by POST', async () => {
    const browser = createHttpBrowser(server.issuer);
    const csrf = await csrfOf(browser);
    for (const route of guarded()) {
      const { status, headers } = await call(browser, route, csrf);
      assert.equal(status, 303, `${route.method} ${route.path}`);
      assert.match(headers.get('location') ?? '', /^\/auth\?client_id=latchkey-account&/u);
    }
  });

  it('sends whoever has only given a password there too', async () => {
    const person = await server.addPerson({}, { totp: true });
    const browser = createHttpBrowser(server.issuer);
    const page = await browser.open(`${server.issuer}/account`);
    const half = await browser.submit(page, { login: person.login, password: PASSWORD });
    assert.equal(stepOf(half), 'totp');
    const csrf = /name="csrf" value="([^"]*)"/u.exec(half.html)?.[1] ?? '';
    for (const route of guarded()) {
      const { status, headers } = await call(browser, route, csrf);
      assert.equal(status, 303, `${route.method} ${route.path}`);
      assert.match(headers.get('location') ?? '', /^\/auth\?client_id=latchkey-account&/u);
    }
  });

  it('changes nothing without this browser’s token, nor from another site', async () => {
    const person = await server.addPerson({}, { totp: true, oneTimeCodes: true });
    const member = memberOf(server, person);
    const page = await member.open('/account/two-step/codes/new');
    const before = await recordOf(person);
    const csrf = /name="csrf" value="([^"]*)"/u.exec(page.html)?.[1] ?? '';
    for (const { path } of guarded().filter(({ method }) => method === 'POST')) {
      const forged = await call(member.browser, { method: 'POST', path }, 'x'.repeat(43));
      assert.equal(forged.status, 403, path);
      const body = new URLSearchParams({ ...FIELDS, csrf });
      const headers = { 'sec-fetch-site': 'cross-site' };
      const url = `${server.issuer}${path}`;
      const foreign = await member.browser.send(url, { method: 'POST', body, headers });
      assert.equal(foreign.status, 403, path);
    }
    assert.deepEqual(await recordOf(person), before);
  });

  it('changes nothing on a proof that is six minutes old', async () => {
    const person = await server.addPerson({}, { totp: true, oneTimeCodes: true });
    const member = memberOf(server, person);
    const csrf =
      /name="csrf" value="([^"]*)"/u.exec(
        (await member.open('/account/two-step/codes/new')).html,
      )?.[1] ?? '';
    const before = await recordOf(person);
    server.clock.ahead += 360_000;
    for (const route of guarded().filter(({ method }) => method === 'POST')) {
      const { status, headers } = await call(member.browser, route, csrf);
      assert.equal(status, 303, route.path);
      assert.match(headers.get('location') ?? '', /&max_age=300&login_hint=/u);
    }
    assert.deepEqual(await recordOf(person), before);
  });

  it('refuses what is too large or no form, before anything else', async () => {
    const browser = createHttpBrowser(server.issuer);
    const path = '/account/two-step/disable';
    const large = new URLSearchParams({ csrf: 'x', name: 'x'.repeat(100_000) });
    const url = `${server.issuer}${path}`;
    assert.equal((await browser.send(url, { method: 'POST', body: large })).status, 413);
    const json = {
      method: 'POST',
      body: '{"$ne":null}',
      headers: { 'content-type': 'application/json' },
    };
    assert.equal((await browser.send(url, json)).status, 415);
  });
});
