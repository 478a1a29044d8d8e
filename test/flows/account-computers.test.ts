/** A laptop is stolen: its owner ends the trust in it from the account page, on another computer. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { trustedComputerCollection } from '../../src/devices/trusted-computer.ts';
import { assertAt, memberOf, saidOn, type Member } from '../support/account.ts';
import { eventsOf } from '../support/factors.ts';
import { createHttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import { PASSWORD, startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { authorize, exchange, token } from '../support/relying-party.ts';
import { goThrough, stepOf } from '../support/sign-in.ts';

const COMPUTERS = '/account/computers';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const SAFARI =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15';

let server: TestServer;
before(async () => {
  server = await startTestServer();
  await server.setOrganisation({ trustedDays: 30 });
});
after(() => server.stop());

/** Signs in to the account page with "Trust this computer". */
async function trusting(person: TestPerson, userAgent: string): Promise<Member> {
  const browser = createHttpBrowser(server.issuer, { 'user-agent': userAgent });
  const first = await browser.open(`${server.issuer}${COMPUTERS}`);
  const box = await browser.submit(first, { login: person.login, password: PASSWORD });
  server.clock.ahead += 30_000;
  assertAt(await browser.submit(box, { code: person.code(), trust: 'yes' }), COMPUTERS);
  return memberOf(server, person, browser);
}

const revokePaths = ({ html }: HtmlPage): string[] =>
  [...html.matchAll(/href="(\/account\/computers\/[\w-]{22}\/revoke)"/gu)].map(
    ([, to]) => to ?? '',
  );

/** What it takes to open the account page in that browser with the password. */
async function stepAfterPassword({ browser, person }: Member): Promise<string> {
  browser.jar.delete('latchkey_session /');
  const page = await browser.open(`${server.issuer}/account`);
  assert.equal(stepOf(page), 'password');
  return stepOf(await browser.submit(page, { login: person.login, password: PASSWORD }));
}

describe('trusted computers on the account page', () => {
  it('are listed, this one first, and the stolen one is revoked', async () => {
    const person = await server.addPerson({}, { totp: true });
    const stolen = await trusting(person, SAFARI);
    const desk = await trusting(person, FIREFOX);
    assert.equal(await stepAfterPassword(stolen), '', 'the password is enough there');

    const list = await desk.open(COMPUTERS);
    assert.match(list.html, /You have 2 trusted devices\./u);
    assert.ok(list.html.indexOf('Firefox on Linux') < list.html.indexOf('Safari on macOS'));
    const [, theirs = ''] = revokePaths(list);
    const question = await desk.open(theirs);
    assert.match(question.html, /Safari on macOS asks for a code/u);
    const done = await desk.submit(question);
    assertAt(done, COMPUTERS);
    assert.equal(saidOn(done), 'Safari on macOS is no longer trusted.');
    assert.equal(revokePaths(done).length, 1);
    assert.equal((await desk.open(theirs)).status, 404, 'once');
    assert.equal(await stepAfterPassword(stolen), 'totp');
    assert.equal(await stepAfterPassword(desk), '', 'and this one is trusted still');
    const events = await eventsOf(server, person);
    assert.equal(events.filter(({ type }) => type === 'computer.revoked').length, 1);
  });

  it('get a name; of two tabs, one wins and the other is told', async () => {
    const person = await server.addPerson({}, { totp: true });
    const desk = await trusting(person, FIREFOX);
    const [revoke = ''] = revokePaths(await desk.open(COMPUTERS));
    const path = revoke.replace(/\/revoke$/u, '');
    const [one, two] = [await desk.open(path), await desk.open(path)];
    assert.match(one.html, /value="Firefox on Linux"/u);
    const empty = await desk.submit(one, { name: '  ' });
    assert.equal(empty.status, 400);
    const renamed = await desk.submit(one, { name: ' Desk <b> ' });
    assertAt(renamed, COMPUTERS);
    assert.match(renamed.html, /<strong>Desk &lt;b&gt;<\/strong>[^]*Firefox on Linux/u);
    const late = await desk.submit(two, { name: 'Laptop' });
    assert.equal(late.status, 409);
    const question = await desk.open(revoke);
    assert.match(question.html, /Desk &lt;b&gt;/u, 'and is asked about by it');
    assert.equal(await stepAfterPassword(desk), '', 'it is trusted as before');
  });

  it('are none: it says so, and there is nothing to revoke', async () => {
    const desk = memberOf(server, await server.addPerson({}, { totp: true }));
    const { html } = await desk.open(COMPUTERS);
    assert.match(html, /You have 0 trusted devices\./u);
    const disabled = [...html.matchAll(/<a [^>]*aria-disabled="true">([^<]*)</gu)];
    assert.deepEqual(
      disabled.map(([, words]) => words),
      ['Revoke this device', 'Revoke all other devices'],
    );
    assert.doesNotMatch(html, /href="[^"]*revoke/u);
  });

  it('a session that rests on the trust ends with it', async () => {
    const person = await server.addPerson({}, { totp: true });
    const laptop = await trusting(person, SAFARI);
    assert.equal(await stepAfterPassword(laptop), '');
    server.clock.ahead += 1000;
    assertAt(await laptop.browser.open(`${server.issuer}${COMPUTERS}`), COMPUTERS);
    const desk = memberOf(server, person);
    const [path = ''] = revokePaths(await desk.open(COMPUTERS));
    await desk.submit(await desk.open(path));
    const out = await laptop.browser.open(`${server.issuer}${COMPUTERS}`);
    assert.equal(stepOf(out), 'totp', out.html);
  });

  it('all others go at once; somebody else’s never', async () => {
    const person = await server.addPerson({}, { totp: true });
    const victim = await server.addPerson({}, { totp: true });
    const safe = await trusting(victim, SAFARI);
    await trusting(person, SAFARI);
    const desk = await trusting(person, FIREFOX);
    const [id = ''] = revokePaths(await safe.open(COMPUTERS));
    assert.equal((await desk.open(id)).status, 404);
    const question = await desk.open(`${COMPUTERS}/revoke-others`);
    const body = new URLSearchParams({
      csrf: /name="csrf" value="([^"]*)"/u.exec(question.html)?.[1] ?? '',
    });
    const posted = await desk.browser.send(`${server.issuer}${id}`, { method: 'POST', body });
    assert.equal(posted.status, 404);
    const done = await desk.submit(question);
    assert.equal(saidOn(done), 'One other computer is no longer trusted.');
    const { items } = await server.store.find(trustedComputerCollection, {
      index: 'person',
      equals: victim.person.id,
      limit: 10,
    });
    assert.equal(items.length, 1);
    assert.equal(await stepAfterPassword(desk), '');
  });

  it('the app on another device has to sign in again', async () => {
    const person = await server.addPerson({}, { totp: true });
    const app = await server.addClient({ name: 'Mail on the phone', kind: 'native' });
    const browser = createHttpBrowser(server.issuer);
    const asked = authorize(app);
    let page = await goThrough(browser, person, await browser.open(asked.url));
    if (stepOf(page) === 'consent') page = await browser.submit(page, { decision: 'allow' });
    const { body } = await exchange(app, asked, page.url);
    assert.ok(body['refresh_token'], JSON.stringify(body));
    const desk = memberOf(server, person);
    await desk.submit(await desk.open(`${COMPUTERS}/revoke-others`));
    const refresh = { grant_type: 'refresh_token', refresh_token: body['refresh_token'] ?? '' };
    assert.equal((await token(app, refresh)).status, 400);
  });
});
