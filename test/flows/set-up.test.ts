/** The first administrator: a one-time link, its races, and what makes it worthless. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeSetUpLink } from '../../src/operations/installation/set-up-link.ts';
import { hasAdministrator } from '../../src/operations/people/administrators.ts';
import { findPerson } from '../../src/records/person.ts';
import { organisationCollection } from '../../src/records/organisation.ts';
import { valueOf } from '../../src/result.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { focusOn, oneTimeCodesIn, oneTimeCodesOn, wrongOn } from '../support/forms.ts';
import { createHttpBrowser, type HtmlPage, type HttpBrowser } from '../support/http-browser.ts';
import { codeOf, startTestServer, type TestServer } from '../support/server.ts';
import { addPerson } from '../support/operator.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

const FORM = {
  organisation: 'Umbrella & Söhne',
  name: 'Ada Admin',
  login: 'ada',
  email: 'ada@umbrella.test',
  password: 'violet-kettle-9',
  password_repeat: 'violet-kettle-9',
};

const tokenFor = async (at: TestServer): Promise<string> =>
  valueOf(await makeSetUpLink(at, performedByOperator(at.now()), 86_400));

const link = async (): Promise<string> => `${server.issuer}/setup?token=${await tokenFor(server)}`;

const secretOn = (page: HtmlPage): string => {
  const secret = /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/u.exec(page.html)?.[0] ?? '';
  assert.notEqual(secret, '', page.html);
  return secret.replaceAll(' ', '');
};

/** From the link to the box for the code. */
async function toCode(
  url: string,
  form = FORM,
): Promise<{ browser: HttpBrowser; box: HtmlPage; secret: string }> {
  const browser = createHttpBrowser(new URL(url).origin);
  let page = await browser.open(url);
  assert.equal(page.url.search, '', 'the token is out of the address bar');
  page = await browser.submit(page, form);
  assert.equal(page.url.pathname, '/setup/authenticator', page.html);
  page = await browser.submit(page, { go: 'next' });
  page = await browser.submit(page, { go: 'next' });
  const secret = secretOn(page);
  return { browser, box: await browser.submit(page, { go: 'next' }), secret };
}

describe('the set-up of the first administrator', () => {
  it('was offered once, at the first start', () => {
    const printed = server.output.join('');
    assert.ok(!printed.includes('token='), 'the link goes to the terminal, never to the log');
  });

  it('is what the start page and the account speak of, before there is anybody', async () => {
    const browser = createHttpBrowser(server.issuer);
    for (const path of ['/', '/account', '/account/']) {
      const page = await browser.open(`${server.issuer}${path}`);
      assert.equal(page.status, 200, path);
      assert.match(page.html, /<h1>This installation is not set up yet<\/h1>/u);
    }
    assert.match(
      (await browser.open(`${server.issuer}/setup`)).html,
      /href="\/"[^>]*>Go to the start page/u,
    );
  });

  it('says what is wrong with the form, and keeps what was typed', async () => {
    const browser = createHttpBrowser(server.issuer);
    const page = await browser.open(await link());
    const cases: [Partial<typeof FORM>, RegExp][] = [
      [{ organisation: '' }, /organisation/u],
      [{ organisation: 'Acme\u202e' }, /organisation/u],
      [{ email: 'no address' }, /email/u],
      [{ email: `${'a'.repeat(64)}@${'b'.repeat(130)}` }, /email/u],
      [{ login: 'two words' }, /login/u],
      [{ password: 'short', password_repeat: 'short' }, /password/u],
      [{ password: 'password123', password_repeat: 'password123' }, /password/u],
      [{ password_repeat: 'something else' }, /password_repeat/u],
    ];
    for (const [wrong, field] of cases) {
      const answer = await browser.submit(page, { ...FORM, ...wrong });
      assert.equal(answer.status, 400, JSON.stringify(wrong));
      const [, marked = ''] = /id="(\w+)-error"/u.exec(answer.html) ?? [];
      assert.match(marked, field, answer.html);
      assert.ok(answer.html.includes('Ada Admin'), 'nothing typed is lost');
      assert.ok(!answer.html.includes('violet-kettle-9'), 'but the password is not sent back');
    }
  });

  it('says all that is wrong at once, and the first field that is has the focus', async () => {
    const browser = createHttpBrowser(server.issuer);
    const page = await browser.open(await link());
    assert.deepEqual(focusOn(page), ['organisation']);
    const email = `${'a'.repeat(64)}@${'b'.repeat(130)}`;
    const wrong = { ...FORM, email, login: 'two words', password: 'short' };
    const some = await browser.submit(page, wrong);
    assert.deepEqual(wrongOn(some), ['email', 'login', 'password', 'password_repeat']);
    assert.deepEqual(focusOn(some), ['email']);
    assert.match(some.html, /at most 194|up to 194/u);
    assert.match(some.html, /at least 8 characters/u);
    const none = await browser.submit(page, {});
    const missing = ['organisation', 'name', 'email', 'login', 'password'];
    assert.deepEqual(wrongOn(none), missing);
    assert.deepEqual(focusOn(none), ['organisation']);
    const last = await browser.submit(page, { ...FORM, password_repeat: '' });
    assert.deepEqual([wrongOn(last), focusOn(last)], [['password_repeat'], ['password_repeat']]);
  });

  it('of two that race, on two links, one wins; every link is dead afterwards', async () => {
    const unused = await link();
    const [one, two] = [
      await toCode(await link()),
      await toCode(await link(), { ...FORM, login: 'eve', email: 'eve@x.test' }),
    ];
    const answers = await Promise.all(
      [one, two].map(({ browser, box, secret }) =>
        browser.submit(box, { go: 'submit', code: codeOf(secret, server.now()) }),
      ),
    );
    const won = answers.filter((page) => page.url.pathname === '/setup/done');
    const [done = ''] = won.map(({ html }) => html.slice(html.indexOf('What now')));
    assert.match(done, /<a class="button primary" href="\/admin">Go to the administration/u);
    assert.doesNotMatch(done, /latchkey \w+ \w+/u, 'nobody is left with a command');
    const start = await createHttpBrowser(server.issuer).open(server.issuer);
    assert.match(start.html, /<h1>This is where you sign in<\/h1>/u);
    const again = await createHttpBrowser(server.issuer).open(unused);
    assert.match(again.html, /href="\/account"[^>]*>Go to your account/u);
    assert.equal(won.length, 1, answers.map((page) => `${page.status} ${page.url}`).join(' '));
    const people = [
      await findPerson(server.store, 'ada'),
      await findPerson(server.store, 'eve'),
    ].filter(Boolean);
    assert.equal(people.length, 1);
    assert.equal(people[0]?.role, 'administrator');
    assert.equal(people[0]?.authenticators.length, 1);
    const organisation = await server.store.get(organisationCollection, 'umbrella-sohne');
    assert.equal(organisation?.mfa, 'required');
    assert.equal((await createHttpBrowser(server.issuer).open(unused)).status, 410);
    await assert.rejects(link(), /set-up-done/u);
  });
});

describe('the password of the set-up', () => {
  let fresh: TestServer;
  before(async () => {
    fresh = await startTestServer();
  });
  after(() => fresh.stop());

  const begin = async () => {
    const token = await tokenFor(fresh);
    return toCode(`${fresh.issuer}/setup?token=${token}`);
  };

  it('is asked for again after five minutes, and the set-up goes on at the same page', async () => {
    const { browser, box, secret } = await begin();
    fresh.clock.ahead += 5 * 60_000 + 1000;
    const code = (): string => codeOf(secret, fresh.now());
    let page = await browser.submit(box, { go: 'submit', code: code() });
    assert.equal(page.url.pathname, '/setup/password/code');
    assert.ok(!(await hasAdministrator(fresh.store)), 'nothing was made');
    page = await browser.submit(page, { password: 'not-the-one-1' });
    assert.equal(page.status, 400);
    page = await browser.submit(page, { password: '' });
    assert.equal(page.status, 400);
    for (const path of ['', '/scan', '/code'])
      assert.match(
        (await browser.open(`${fresh.issuer}/setup/authenticator${path}`)).url.pathname,
        /^\/setup\/password/u,
      );
    page = await browser.submit(page, { password: FORM.password });
    assert.equal(page.url.pathname, '/setup/authenticator/code');
    const scan = await browser.submit(page, { go: 'previous' });
    assert.equal(secretOn(scan), secret, 'the code that was scanned is still the one');
    page = await browser.submit(page, { go: 'submit', code: code() });
    assert.equal(page.url.pathname, '/setup/done', page.html);
    const file = await browser.open(`${fresh.issuer}/setup/done/download`);
    assert.equal(oneTimeCodesIn(file).length, 10);
    const stranger = await createHttpBrowser(fresh.issuer).open(file.url);
    assert.deepEqual([...oneTimeCodesIn(stranger), ...oneTimeCodesOn(stranger)], []);
    assert.ok(await hasAdministrator(fresh.store));
  });
});

describe('what the form of the set-up said', () => {
  let fresh: TestServer;
  before(async () => {
    fresh = await startTestServer();
  });
  after(() => fresh.stop());

  it('is kept for an hour, and is gone after ten wrong passwords or codes', async () => {
    const token = await tokenFor(fresh);
    const url = `${fresh.issuer}/setup?token=${token}`;
    const first = await toCode(url);
    assert.ok(
      !(await fresh.stored()).includes(FORM.password),
      'the password is kept as a hash alone',
    );
    fresh.clock.ahead += 60 * 60_000 + 1000;
    const late = await first.browser.submit(first.box, { go: 'submit', code: '123456' });
    assert.match(late.html, /Start|start/u);
    assert.notEqual(late.url.pathname, '/setup/password/code');

    const { browser, box } = await toCode(url);
    fresh.clock.ahead += 5 * 60_000 + 1000;
    let page = await browser.submit(box, { go: 'submit', code: '123456' });
    const asked = page;
    for (let count = 0; count < 10; count += 1)
      page = await browser.submit(asked, { password: `wrong-one-${count}` });
    const right = await browser.submit(asked, { password: FORM.password });
    assert.notEqual(right.url.pathname, '/setup/authenticator/code', 'not even the right one');
    assert.equal(page.status, 400);
  });
});

describe('a set-up link', () => {
  let fresh: TestServer;
  before(async () => {
    fresh = await startTestServer();
  });
  after(() => fresh.stop());

  const openFresh = (token: string): Promise<HtmlPage> =>
    createHttpBrowser(fresh.issuer).open(`${fresh.issuer}/setup?token=${token}`);

  it('is spent by nothing but the proven authenticator, and lives 24 hours', async () => {
    const token = await tokenFor(fresh);
    for (let count = 0; count < 3; count += 1) assert.equal((await openFresh(token)).status, 200);
    assert.equal((await openFresh('x')).status, 404);
    fresh.clock.ahead += 86_401_000;
    assert.equal((await openFresh(token)).status, 410);
  });

  it('is worth nothing once there is an administrator by another way', async () => {
    const token = await tokenFor(fresh);
    const person = { organisation: 'acme', login: 'root', email: 'root@acme.test', name: 'Root' };
    await addPerson(fresh.store, { ...person, role: 'administrator' }, fresh.now());
    assert.ok(await hasAdministrator(fresh.store));
    assert.equal((await openFresh(token)).status, 410);
    assert.equal((await createHttpBrowser(fresh.issuer).open(`${fresh.issuer}/setup`)).status, 410);
  });
});
