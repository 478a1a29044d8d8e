/**
 * Whoever has given the password only is half signed in, which is nothing outside of that sign-in:
 * the route table is walked, ours and the library's, and compared with what a stranger gets.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { steps } from '../../interactions/index.ts';
import { changePerson } from '../../src/records/person.ts';
import { newEnrolmentCode } from '../../src/operations/factors/enrolment-code.ts';
import { signInCollection, type SignInRecord } from '../../src/records/sign-in.ts';
import type { HtmlPage, HttpBrowser } from '../support/http-browser.ts';
import { authorize, type Registration } from '../support/relying-party.ts';
import { PASSWORD, type PersonOptions, type TestPerson } from '../support/server.ts';
import { stepOf } from '../support/sign-in.ts';
import { Visitor, startPolicyServer, type PolicyServer } from '../support/policy.ts';

let server: PolicyServer;
let webmail: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
});
after(() => server.stop());

async function halfSignedIn(
  options: PersonOptions = { totp: true },
  client = webmail,
): Promise<{ person: TestPerson; half: Visitor }> {
  const person = await server.addPerson({}, options);
  const half = await (await new Visitor(server, client).start()).password(person);
  assert.notEqual(half.step, 'password');
  return { person, half };
}

const uidOf = ({ page }: Visitor): string => page.url.pathname.split('/')[2] ?? '';
const csrfOn = ({ html }: HtmlPage): string => /name="csrf" value="([^"]*)"/u.exec(html)?.[1] ?? '';

interface Call {
  method: string;
  path: string;
  /** Fields of a POST, or the query of a GET. */
  fields?: Record<string, string>;
  headers?: Record<string, string>;
  /** With the sign-in's id as a bearer token. */
  bearer?: true;
}

/** As it is sent by a browser that holds a sign-in. */
function call(visitor: Visitor, { method, path, fields = {}, ...rest }: Call) {
  const url = new URL(path.replaceAll('<uid>', uidOf(visitor)), server.issuer);
  const known = Object.entries(fields).map(
    ([name, value]) => [name, value.replaceAll('<uid>', uidOf(visitor))] as [string, string],
  );
  const headers = rest.bearer
    ? { authorization: `Bearer ${uidOf(visitor)}` }
    : (rest.headers ?? {});
  if (method !== 'POST') {
    for (const [name, value] of known) url.searchParams.set(name, value);
    return visitor.browser.send(url, { method, headers });
  }
  const body = new URLSearchParams([['csrf', csrfOn(visitor.page)], ...known]);
  return visitor.browser.send(url, { method, body, headers });
}

/** Without what is random in every answer: tokens, challenges, ids, times. */
const plain = (text: string): string =>
  text.replaceAll(/[\w-]{20,}/gu, '#').replaceAll(/"(exp|iat|at)":\d+/gu, '#');

const cookieNames = ({ jar }: HttpBrowser): string[] =>
  [...jar.values()].map(({ name }) => name).toSorted();

/** Our own routes but those of sign-ins, with and without their optional parts. */
function ownCalls(): Call[] {
  const layers = server.routers.flatMap(({ stack }) => stack);
  assert.ok(layers.length > 10, 'there is a table to walk');
  return layers
    .filter(({ path }) => !String(path).startsWith('/interaction/'))
    .flatMap(({ methods, path }) => {
      const text = String(path);
      const paths = [text.replace(/\{.*\}/u, ''), text.replace(/\{\/:page\}/u, '/scan')];
      return methods.flatMap((method) => paths.map((at) => ({ method, path: at })));
    });
}

/** Everything of the library's that discovery names, with all that a half sign-in knows to send. */
async function libraryCalls(): Promise<Call[]> {
  const answer = await fetch(`${server.issuer}/.well-known/openid-configuration`);
  const discovery = (await answer.json()) as Record<string, unknown>;
  const named = Object.entries(discovery).filter(([key]) => /_endpoint$|^jwks_uri$/u.test(key));
  const paths = named.map(([, url]) => new URL(String(url)).pathname);
  for (const path of ['/auth', '/token', '/me', '/session/end', '/token/introspection'])
    assert.ok(paths.includes(path), `${path} is not in discovery`);
  const basic = Buffer.from(`${webmail.clientId}:${webmail.clientSecret}`).toString('base64');
  const client = { authorization: `Basic ${basic}` };
  const grants = [
    { grant_type: 'authorization_code', code: '<uid>', redirect_uri: webmail.redirectUri },
    { grant_type: 'refresh_token', refresh_token: '<uid>' },
    { grant_type: 'password', username: 'x', password: PASSWORD },
    { grant_type: 'client_credentials' },
    { token: '<uid>' },
  ];
  return [
    ...paths.flatMap((path) => ['GET', 'POST'].map((method) => ({ method, path }))),
    ...grants.map((fields) => ({ method: 'POST', path: '/token', fields, headers: client })),
    { method: 'POST', path: '/token/introspection', fields: { token: '<uid>' }, headers: client },
    { method: 'GET', path: '/me', bearer: true },
    { method: 'GET', path: '/session/end', fields: { client_id: webmail.clientId } },
    { method: 'POST', path: '/session/end/confirm', fields: { logout: 'yes' } },
    { method: 'GET', path: '/session/end/success' },
    { method: 'GET', path: '/' },
  ];
}

describe('whoever has given the password only', () => {
  it('gets from every other route what a stranger gets, and no session', async () => {
    const { person, half } = await halfSignedIn();
    const stranger = await new Visitor(server, webmail).start();
    const cookies = cookieNames(half.browser);
    const calls = [...ownCalls(), ...(await libraryCalls())];
    for (const each of calls) {
      const [mine, theirs] = [await call(half, each), await call(stranger, each)];
      const what = `${each.method} ${each.path} ${JSON.stringify(each.fields ?? {})}`;
      assert.equal(mine.status, theirs.status, what);
      assert.ok(mine.status < 500, what);
      const to = ({ headers }: HtmlPage): string => plain(headers.get('location') ?? '');
      assert.equal(to(mine), to(theirs), what);
      assert.equal(plain(mine.html), plain(theirs.html), what);
      for (const personal of [person.person.id, person.person.email, person.person.name])
        assert.ok(!mine.html.includes(personal), what);
      assert.doesNotMatch(mine.html, /"(?:access|id|refresh)_token":|"active":true/u, what);
    }
    assert.deepEqual(cookieNames(stranger.browser), cookieNames(half.browser));
    assert.ok(
      cookies.every((name) => !name.startsWith('latchkey_session')),
      cookies.join(),
    );
    // And the sign-in goes on as if nothing had been.
    await half.totp(person);
    assert.ok(half.back?.code);
  });

  it('is a stranger to every app', async () => {
    const { half } = await halfSignedIn();
    const other = await server.addClient({ name: 'Calendar' });
    for (const client of [webmail, other]) {
      await half.silently({}, client);
      assert.deepEqual(half.back, { code: null, error: 'login_required' });
      await half.start();
      assert.equal(half.step, 'password');
    }
    const hinted = authorize(webmail, { prompt: 'none', login_hint: 'person1' });
    const { url } = await half.browser.open(hinted.url);
    assert.equal(url.searchParams.get('error'), 'login_required');
  });

  it('begins anew, as a stranger, when the request is resumed too early', async () => {
    const { half } = await halfSignedIn();
    const resumed = await half.browser.open(`${server.issuer}/auth/${uidOf(half)}`);
    assert.equal(stepOf(resumed), 'password', resumed.url.href);
    assert.notEqual(resumed.url.pathname.split('/')[2], uidOf(half));
  });
});

/** Where a sign-in can stand, and the steps that are due then, the one that is shown first. */
const STANDINGS: readonly {
  name: string;
  due: readonly string[];
  arrive(): Promise<Visitor>;
}[] = [
  {
    name: 'nothing given',
    due: ['password', 'passkey'],
    arrive: () => new Visitor(server, webmail).start(),
  },
  {
    name: 'the account of the session, or another one, to be chosen',
    due: ['select-account'],
    async arrive() {
      const { person, half } = await halfSignedIn();
      return (await half.totp(person)).start({ prompt: 'select_account' });
    },
  },
  {
    name: 'the password, an authenticator due',
    due: ['totp'],
    arrive: async () => (await halfSignedIn()).half,
  },
  {
    name: 'the password, any of three factors due',
    due: ['totp', 'email-code', 'one-time-codes'],
    arrive: async () => (await halfSignedIn({ totp: true, email: true, oneTimeCodes: true })).half,
  },
  {
    name: 'the password, a set-up due',
    due: ['totp-enrol', 'passkey-enrol', 'email-code-enrol'],
    arrive: async () => (await halfSignedIn({})).half,
  },
  {
    name: 'the password, the administrator’s code due',
    due: ['enrolment-code'],
    async arrive() {
      const { person, half } = await halfSignedIn({});
      const { kept } = newEnrolmentCode(server.vault, person.person.id, server.now());
      await changePerson(server.store, person.person.id, () => ({
        set: { enrolmentCode: kept },
        result: undefined,
      }));
      return half.goTo('');
    },
  },
  {
    name: 'the password, set by a link to where the only second factor goes',
    due: ['factor-barred'],
    async arrive() {
      const { person, half } = await halfSignedIn({ email: true });
      await changePerson(server.store, person.person.id, () => ({
        set: { emailBarredSince: server.now() },
        result: undefined,
      }));
      return half.goTo('');
    },
  },
  {
    name: 'the password, at a client that is not open to them',
    due: ['not-open'],
    arrive: async () =>
      (await halfSignedIn({ totp: true }, await server.addClient({ organisations: [] }))).half,
  },
  {
    name: 'a factor set up, its last page due',
    due: ['enrolled'],
    async arrive() {
      const { half } = await halfSignedIn({});
      await half.enrolTotp();
      return half;
    },
  },
];

const NAMES = steps.map(({ name }) => name);
const PLACES = NAMES.flatMap((name) => [name, `${name}/scan`, `${name}/print`]);

async function recordOf(visitor: Visitor): Promise<SignInRecord> {
  // What is told of it has left it by then.
  await server.settle();
  const id = server.vault.hash('interaction', uidOf(visitor));
  const record = await server.store.get(signInCollection, id);
  assert.ok(record);
  return record;
}

/** Where the answer sends the browser; '' when it is a page. */
const sentTo = ({ status, headers }: HtmlPage): string =>
  status === 303 ? (headers.get('location') ?? '') : '';

describe('a step that is not due', () => {
  for (const { name, due, arrive } of STANDINGS) {
    it(`leads to the one that is, by GET and by POST: ${name}`, async () => {
      const visitor = await arrive();
      const at = `/interaction/${uidOf(visitor)}`;
      const fields = { code: '123456', go: 'submit', trust: 'yes', decision: 'allow' };
      const more = { login: 'person1', password: PASSWORD, response: '{}', address: 'x@y.test' };
      // Whichever client it is for: the address says it.
      const there = `${at}/${due[0]}?client=${visitor.client.clientId}`;
      const before = await recordOf(visitor);
      for (const place of PLACES) {
        const isDue = due.includes(place.split('/')[0] ?? '');
        const shown = await call(visitor, { method: 'GET', path: `${at}/${place}` });
        assert.equal(sentTo(shown), isDue ? '' : there, `GET ${place}`);
        if (isDue) continue;
        for (const go of ['submit', 'postpone', 'generate', 'send', 'refresh', 'finish']) {
          const posted = { ...fields, ...more, go };
          const path = `${at}/${place}`;
          const answer = await call(visitor, { method: 'POST', path, fields: posted });
          assert.equal(sentTo(answer), there, `POST ${place} ${go}`);
        }
      }
      const begun = await call(visitor, { method: 'GET', path: at });
      assert.equal(sentTo(begun), there);
      assert.deepEqual(await recordOf(visitor), before, 'and nothing has changed');
    });
  }

  it('is every step but the due ones: the table above knows them all', () => {
    const met = new Set(STANDINGS.flatMap(({ due }) => due));
    const others = NAMES.filter((name) => !met.has(name));
    // Their pages have tests of their own: a prompt of the library's, and the end of a sign-in.
    assert.deepEqual(others, ['one-time-codes-new', 'consent']);
  });
});

describe('another browser', () => {
  it('gets nowhere with the address of a sign-in, and does it no harm', async () => {
    const { person, half } = await halfSignedIn();
    const other = await new Visitor(server, webmail).start();
    const at = `/interaction/${uidOf(half)}`;
    const before = await recordOf(half);
    const fields = { code: person.code(), login: person.login, password: PASSWORD };
    for (const place of ['', ...PLACES]) {
      const path = place === '' ? at : `${at}/${place}`;
      const calls: Call[] = [{ method: 'GET', path }];
      if (place !== '')
        for (const go of ['submit', 'cancel', 'restart', 'postpone'])
          calls.push({ method: 'POST', path, fields: { ...fields, go } });
      for (const each of calls) {
        const answer = await call(other, each);
        assert.equal(answer.status, 403, `${each.method} ${path}`);
        assert.match(answer.html, /This sign-in was started in another browser/u);
        assert.ok(!answer.html.includes(person.login));
      }
    }
    const resumed = await other.browser.send(`${server.issuer}/auth/${uidOf(half)}`);
    assert.ok(resumed.status === 400 || resumed.status === 403, String(resumed.status));
    assert.deepEqual(await recordOf(half), before);
    await half.totp(person);
    assert.ok(half.back?.code);
  });

  it('gets nowhere with all the cookies but the browser’s own, not when it is finished either', async () => {
    const { person, half } = await halfSignedIn();
    const thief = await new Visitor(server, webmail).start();
    thief.browser.steal(half.browser, (name) => name !== 'latchkey_browser');
    assert.equal((await thief.browser.open(half.page.url)).status, 403);

    // Everything is proven, and the owner's browser is on its way back.
    const path = half.page.url.pathname;
    const finished = await call(half, { method: 'POST', path, fields: { code: person.code() } });
    const resume = new URL(sentTo(finished), server.issuer);
    assert.equal(resume.pathname, `/auth/${uidOf(half)}`);
    thief.browser.steal(half.browser, (name) => name !== 'latchkey_browser');
    const stolen = await thief.browser.open(resume);
    assert.ok(!stolen.url.searchParams.has('code'), stolen.url.href);
    half.page = await half.browser.open(resume);
    assert.ok(half.back?.code);
  });

  it('nor does a form without this browser’s token, by the owner’s own browser', async () => {
    const { person, half } = await halfSignedIn();
    for (const csrf of ['', 'x'.repeat(43)]) {
      const path = half.page.url.pathname;
      const fields = { csrf, code: person.code() };
      const body = new URLSearchParams(fields);
      const answer = await half.browser.send(`${server.issuer}${path}`, { method: 'POST', body });
      assert.equal(answer.status, 403);
      assert.match(answer.html, /This page was open for too long/u);
    }
    await half.totp(person);
    assert.ok(half.back?.code);
  });
});
