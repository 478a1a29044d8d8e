/** Setting a password by a one-time link. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeLink } from '../../src/records/link.ts';
import { findPerson } from '../../src/records/person.ts';
import { focusOn, wrongOn } from '../support/forms.ts';
import { createHttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import { authorize } from '../support/relying-party.ts';
import { startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { stepOf } from '../support/sign-in.ts';
import { disablePerson } from '../support/operator.ts';

const NEW = 'gravel-sonnet-umbrella';

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server.stop());

async function linkFor({ login }: TestPerson): Promise<string> {
  const person = await findPerson(server.store, login);
  assert.ok(person);
  const purpose = { purpose: 'set-password' as const, person: person.id, epoch: person.epoch };
  return `${server.issuer}/set-password?token=${await makeLink(server, purpose, 3600, server.now())}`;
}

const open = async (url: string) => {
  const browser = createHttpBrowser(server.issuer);
  return { browser, page: await browser.open(url) };
};

const passwords = (password: string, repeat = password) => ({ password, password_repeat: repeat });

async function signsIn(person: TestPerson, password: string): Promise<boolean> {
  const browser = createHttpBrowser(server.issuer);
  const page = await browser.open(authorize(await server.addClient()).url);
  return stepOf(await browser.submit(page, { login: person.login, password })) !== 'password';
}

describe('a set-password link', () => {
  it('shows by GET, spends by POST, and signs nobody in', async () => {
    const person = await server.addPerson({ passwordHash: null });
    const url = await linkFor(person);
    await open(url);
    const { browser, page } = await open(url);
    assert.equal(page.url.search, '');
    const done: HtmlPage = await browser.submit(page, passwords(NEW));
    assert.equal(done.url.pathname, '/set-password/done', done.html);
    assert.ok(await signsIn(person, NEW));
    assert.ok(![...browser.jar.values()].some(({ name }) => name.includes('session')));
    assert.equal((await open(url)).page.status, 410);
  });

  it('takes a password however a keyboard composes it, there and at the sign-in', async () => {
    const person = await server.addPerson({ passwordHash: null });
    const { browser, page } = await open(await linkFor(person));
    const composed = 'été à la plage, où señor Müller fête Noël à Orléans. '
      .repeat(4)
      .padEnd(240, 'çè');
    const typed = composed.normalize('NFD');
    assert.ok(composed.length <= 256 && typed.length > 256);
    const done = await browser.submit(page, passwords(composed, typed));
    assert.equal(done.url.pathname, '/set-password/done', done.html);
    assert.ok(await signsIn(person, typed));
  });

  it('of two uses at once, one counts', async () => {
    const person = await server.addPerson({ passwordHash: null });
    const url = await linkFor(person);
    const [one, two] = [await open(url), await open(url)];
    const answers = await Promise.all([
      one.browser.submit(one.page, passwords('first-of-two-at-once')),
      two.browser.submit(two.page, passwords('second-of-two-at-once')),
    ]);
    assert.equal(
      answers.filter(({ url: { pathname } }) => pathname === '/set-password/done').length,
      1,
    );
    const works = [
      await signsIn(person, 'first-of-two-at-once'),
      await signsIn(person, 'second-of-two-at-once'),
    ];
    assert.deepEqual(works.toSorted(), [false, true]);
  });

  it('refuses what is short, common, made of the name, or not repeated, and is not spent by it', async () => {
    const person = await server.addPerson({ login: 'margarethe', passwordHash: null });
    const { browser, page } = await open(await linkFor(person));
    for (const fields of [
      passwords('fourteen-chars'),
      passwords('margarethe1margarethe1'),
      passwords('aaaaaaaaaaaaaaaaaaaa'),
      passwords(NEW, `${NEW}x`),
      passwords(''),
      passwords('x'.repeat(2000)),
    ]) {
      assert.equal(
        (await browser.submit(page, fields)).status,
        400,
        JSON.stringify(fields).slice(0, 60),
      );
    }
    assert.equal((await browser.submit(page, passwords(NEW))).url.pathname, '/set-password/done');
  });

  it('tells both fields at once, and the first that is wrong has the focus', async () => {
    const person = await server.addPerson({ passwordHash: null });
    const { browser, page } = await open(await linkFor(person));
    const both = await browser.submit(page, passwords('short', 'another one'));
    assert.deepEqual(wrongOn(both), ['password', 'password_repeat']);
    assert.match(both.html, /at least 15 characters/u);
    const second = await browser.submit(page, passwords(NEW, ''));
    assert.deepEqual(
      [wrongOn(second), focusOn(second)],
      [['password_repeat'], ['password_repeat']],
    );
    assert.deepEqual([focusOn(page), focusOn(both)], [['password'], ['password']]);
  });

  it('lets eight characters do for somebody with a second factor', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { browser, page } = await open(await linkFor(person));
    assert.equal(
      (await browser.submit(page, passwords('q7-zebra'))).url.pathname,
      '/set-password/done',
    );
  });

  it('dies with age, with the person, and with another link’s use', async () => {
    const person = await server.addPerson();
    const [first, second, third] = [
      await linkFor(person),
      await linkFor(person),
      await linkFor(person),
    ];
    const { browser, page } = await open(first);
    await browser.submit(page, passwords(NEW));
    assert.equal((await open(second)).page.status, 410);
    const fresh = await linkFor(person);
    server.clock.ahead += 3_601_000;
    assert.equal((await open(fresh)).page.status, 410);
    const last = await linkFor(person);
    await disablePerson(server.store, person.person.id);
    assert.equal((await open(last)).page.status, 410);
    assert.equal((await open(third)).page.status, 410);
    assert.equal((await open(`${server.issuer}/set-password`)).page.status, 404);
  });
});
