/** Two-step authentication on the account page, over HTTP: setting it up, replacing, removing, its codes. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { getPerson, type Person } from '../../src/records/person.ts';
import { assertAt, memberOf, saidOn, type Member } from '../support/account.ts';
import { focusOn, wrongOn } from '../support/forms.ts';
import { eventsOf } from '../support/factors.ts';
import { createHttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import { NO_MAIL_SERVER, outboxOf } from '../support/outbox.ts';
import {
  codeOf,
  PASSWORD,
  startTestServer,
  type PersonOptions,
  type TestServer,
} from '../support/server.ts';
import { goThrough, stepOf } from '../support/sign-in.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer(NO_MAIL_SERVER);
  await server.setOrganisationMfa('optional');
});
after(() => server.stop());

const TWO_STEP = '/account/two-step';

async function newMember(options: PersonOptions = {}): Promise<Member> {
  return memberOf(server, await server.addPerson({}, options));
}

async function stored({ person }: Member): Promise<Person> {
  const found = await getPerson(server.store, person.person.id);
  assert.ok(found);
  return found;
}

/** What the mails to them say has changed, oldest first. */
async function changesMailed({ person }: Member): Promise<unknown[]> {
  const mails = await outboxOf(server, person.person.email);
  return mails.map(({ template, values }) => values['what'] ?? template);
}

const secretOn = ({ html }: HtmlPage): string =>
  /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/u.exec(html)?.[0]?.replaceAll(' ', '') ?? '';

/** From the first page of the wizard to the page that says that it is done; answers the new secret. */
async function throughWizard(
  { browser }: Member,
  page: HtmlPage,
  name = '',
): Promise<{ done: HtmlPage; secret: string }> {
  assert.equal(stepOf(page), 'totp-enrol', page.html);
  let at = page;
  for (const go of ['next', 'next']) at = await browser.submit(at, { go });
  const secret = secretOn(at);
  at = await browser.submit(at, { go: 'next' });
  server.clock.ahead += 30_000;
  const done = await browser.submit(at, { go: 'submit', name, code: codeOf(secret, server.now()) });
  assert.equal(stepOf(done), 'enrolled', done.html);
  return { done, secret };
}

/** "Finish", and the sign-in with the new authenticator. */
async function finish(
  { browser, person }: Member,
  done: HtmlPage,
  secret: string,
): Promise<HtmlPage> {
  let page = await browser.submit(done, { go: 'finish' });
  page = await browser.submit(page, { login: person.login, password: PASSWORD });
  assert.equal(stepOf(page), 'totp', page.html);
  server.clock.ahead += 30_000;
  return browser.submit(page, { code: codeOf(secret, server.now()) });
}

const link = ({ html }: HtmlPage, path: RegExp): string => {
  const href = [...html.matchAll(/href="([^"]*)"/gu)]
    .map(([, to]) => to ?? '')
    .find((to) => path.test(to));
  assert.ok(href, `${path} ${html}`);
  return href;
};

describe('two-step authentication on the account page', () => {
  it('is set up from there: password first, then the wizard, then a sign-in with the next code', async () => {
    const member = await newMember();
    const first = await member.open(TWO_STEP);
    assertAt(first, TWO_STEP);
    // Ten minutes later, so that the password is asked for again.
    server.clock.ahead += 600_000;
    const confirm = await member.browser.open(`${server.issuer}${link(first, /set-up\/totp/u)}`);
    assert.equal(stepOf(confirm), 'password', confirm.html);
    assert.match(confirm.html, /Confirm your password/u);
    const begin = await member.browser.submit(confirm, {
      login: member.person.login,
      password: PASSWORD,
    });
    const { done, secret } = await throughWizard(member, begin);
    assert.equal((await stored(member)).authenticators.length, 1);
    const back = await finish(member, done, secret);
    assertAt(back, TWO_STEP);
    assert.match(back.html, /10 unused codes/u);
    assert.deepEqual(
      await changesMailed(member).then((all) => all.filter((what) => what === 'factor-enrolled')),
      ['factor-enrolled'],
    );
  });

  it('the password is confirmed first when it is older than a minute, and nothing else is', async () => {
    const member = await newMember({ totp: true });
    await member.open(TWO_STEP);
    server.clock.ahead += 55_000;
    const begin = await member.browser.open(`${server.issuer}${TWO_STEP}/set-up/totp`);
    assert.equal(stepOf(begin), 'totp-enrol');
    // Whoever takes their time with it is not asked meanwhile.
    server.clock.ahead += 30_000;
    const install = await member.browser.submit(begin, { go: 'next' });
    assert.equal(stepOf(install), 'totp-enrol/install');
    const confirm = await member.browser.open(`${server.issuer}${TWO_STEP}/set-up/totp`);
    assert.equal(stepOf(confirm), 'password');
    assert.match(confirm.html, /Confirm your password/u);
    const fields = { login: member.person.login, password: PASSWORD };
    assert.equal(stepOf(await member.browser.submit(confirm, fields)), 'totp-enrol');
  });

  it('every page has "Previous", and the first one leads back to where it was asked for', async () => {
    const member = await newMember();
    await member.open(TWO_STEP);
    let page = await member.open(`${TWO_STEP}/set-up/totp`);
    assert.doesNotMatch(page.html, /Your account requires it/u, 'nobody but its owner asks for it');
    const pages = [page];
    for (let at = 0; at < 3; at += 1) {
      page = await member.browser.submit(page, { go: 'next' });
      pages.push(page);
    }
    const previous = /value="(\w+)" class="secondary"[^>]*>Previous</u;
    const sent = pages.map(({ html }) => previous.exec(html)?.[1]);
    assert.deepEqual(sent, ['cancel', 'previous', 'previous', 'previous']);
    for (let at = 0; at < 3; at += 1) page = await member.browser.submit(page, { go: 'previous' });
    assert.equal(page.url.href, pages[0]?.url.href.replace(/\/$/u, ''));
    assertAt(await member.browser.submit(page, { go: 'cancel' }), TWO_STEP);
  });

  it('cancelled, it leads back and nothing has changed', async () => {
    const member = await newMember();
    await member.open(TWO_STEP);
    const begin = await member.open(`${TWO_STEP}/set-up/totp`);
    assert.equal(stepOf(begin), 'totp-enrol');
    const back = await member.browser.submit(begin, { go: 'cancel' });
    assertAt(back, TWO_STEP);
    assert.equal(saidOn(back), 'Nothing was changed.');
    assert.equal((await stored(member)).authenticators.length, 0);
  });

  it('a second authenticator needs a code of the first one, however fresh the password is', async () => {
    const member = await newMember({ totp: true });
    await member.open(TWO_STEP);
    server.clock.ahead += 301_000;
    let page = await member.browser.open(`${server.issuer}${TWO_STEP}/set-up/totp`);
    assert.equal(stepOf(page), 'password');
    page = await member.browser.submit(page, { login: member.person.login, password: PASSWORD });
    assert.equal(stepOf(page), 'totp');
    server.clock.ahead += 30_000;
    page = await member.browser.submit(page, { code: member.person.code() });
    assert.match(page.html, /<h1>Add an authenticator app<\/h1>/u);
    assert.doesNotMatch(page.html, /Set up two-step|From now on|Your account requires it/u);
    const at = new URL(`${page.url.pathname.split('/').slice(0, 4).join('/')}/code`, page.url);
    const wrong = { go: 'submit', code: 'x', name: 'x'.repeat(61) };
    const both = await member.browser.submit(await member.browser.open(at), wrong);
    assert.deepEqual([wrongOn(both), focusOn(both)], [['code', 'name'], ['code']]);
    const one = await member.browser.submit(both, { ...wrong, code: '123456' });
    assert.deepEqual([wrongOn(one), focusOn(one)], [['name'], ['name']], 'no code was tried');
    const { done, secret } = await throughWizard(member, page, ' Tablet ');
    assert.match(done.html, /<h1>Authenticator app added<\/h1>/u);
    assert.doesNotMatch(done.html, /You have enrolled|authentication is on/u);
    assertAt(await finish(member, done, secret), TWO_STEP);
    const names = (await stored(member)).authenticators.map(({ name }) => name ?? '');
    assert.deepEqual(names, ['', 'Tablet']);
  });

  it('"Replace": the old one works until the new one is proven, and no longer', async () => {
    const member = await newMember({ totp: true, oneTimeCodes: true });
    const list = await member.open(TWO_STEP);
    const path = link(list, /\/replace$/u);
    const before = await stored(member);
    const begin = await member.open(path);
    const elsewhere = memberOf(server, member.person);
    assertAt(await elsewhere.open(TWO_STEP), TWO_STEP);
    assert.match(begin.html, /<h1>Replace an authenticator app<\/h1>/u);
    const { done, secret } = await throughWizard(member, begin);
    const now = await stored(member);
    assert.equal(now.authenticators.length, 1);
    assert.notEqual(now.authenticators[0]?.id, before.authenticators[0]?.id);
    assert.equal(now.oneTimeCodes?.id, before.oneTimeCodes?.id, 'printed codes stay good');
    assertAt(await finish(member, done, secret), TWO_STEP);
    const out = await elsewhere.browser.open(`${server.issuer}${TWO_STEP}`);
    assert.equal(stepOf(out), 'password', 'signed out elsewhere');
    const again = await elsewhere.browser.submit(out, {
      login: member.person.login,
      password: PASSWORD,
    });
    server.clock.ahead += 30_000;
    const old = await elsewhere.browser.submit(again, { code: member.person.code() });
    assert.equal(old.status, 400);
    assert.match(old.html, /delete the entry/iu);
  });

  it('an authenticator is renamed; of two tabs, one wins and the other is told', async () => {
    const member = await newMember({ totp: true });
    const list = await member.open(TWO_STEP);
    const path = link(list, /\/authenticators\/[\w-]+$/u);
    const [one, two] = [await member.open(path), await member.open(path)];
    const empty = await member.submit(one, { name: '  ' });
    assert.equal(empty.status, 400);
    const renamed = await member.submit(one, { name: 'Pixel 9 <b>' });
    assertAt(renamed, TWO_STEP);
    assert.match(renamed.html, /Pixel 9 &lt;b&gt;/u);
    const late = await member.submit(two, { name: 'Old phone' });
    assert.equal(late.status, 409);
    assert.match(late.html, /Something has changed in the meantime/u);
    assert.equal((await stored(member)).authenticators[0]?.name, 'Pixel 9 <b>');
    assert.deepEqual(await changesMailed(member).then((all) => all.slice(-1)), ['totp-renamed']);
  });

  it('one of two is removed: other sessions end, this one goes on', async () => {
    const member = await newMember({ totp: true, email: true });
    const elsewhere = memberOf(server, member.person);
    await elsewhere.open(TWO_STEP);
    const list = await member.open(TWO_STEP);
    const page = await member.open(link(list, /\/authenticators\/[\w-]+\/remove$/u));
    assert.match(page.html, /Remove this authenticator app\?/u);
    const done = await member.submit(page);
    assertAt(done, TWO_STEP);
    assert.match(saidOn(done), /Removed\./u);
    assert.equal((await stored(member)).authenticators.length, 0);
    assert.equal(stepOf(await elsewhere.browser.open(`${server.issuer}${TWO_STEP}`)), 'password');
    const events = await eventsOf(server, member.person);
    assert.ok(events.some(({ type }) => type === 'factor.removed'));
    assert.ok((await changesMailed(member)).includes('totp-removed'));
  });

  it('is disabled after a warning, with every factor and code; not where it is required', async () => {
    const member = await newMember({ totp: true, oneTimeCodes: true });
    const list = await member.open(TWO_STEP);
    const page = await member.open(link(list, /\/remove$/u));
    assertAt(page, `${TWO_STEP}/disable`);
    await server.setOrganisationMfa('required');
    const refused = await member.submit(page);
    assert.equal(refused.status, 404);
    const last = await member.open(link(list, /\/remove$/u));
    assert.match(saidOn(last), /the only one you have/u);
    assert.doesNotMatch(last.html, /two-step\/disable/u, 'not offered');
    await server.setOrganisationMfa('optional');
    const done = await member.submit(await member.open(`${TWO_STEP}/disable`));
    assertAt(done, TWO_STEP);
    const now = await stored(member);
    assert.deepEqual([now.authenticators, now.oneTimeCodes, now.passkeys], [[], null, []]);
    assert.ok((await changesMailed(member)).includes('mfa-disabled'));
  });

  it('one-time codes are shown after a fresh proof only, and a new set kills the old one', async () => {
    const member = await newMember({ totp: true, oneTimeCodes: true });
    await member.open('/account');
    server.clock.ahead += 301_000;
    const early = await member.browser.open(`${server.issuer}${TWO_STEP}/codes/download`);
    assert.equal(stepOf(early), 'password', 'nor as a file');
    const asked = await member.browser.open(`${server.issuer}${TWO_STEP}/codes`);
    assert.equal(stepOf(asked), 'password');
    const codes = await goThrough(member.browser, member.person, asked);
    assertAt(codes, `${TWO_STEP}/codes`);
    const [first = ''] = member.person.oneTimeCodes;
    assert.ok(codes.html.includes(`${first.slice(0, 5)}-${first.slice(5)}`));
    const print = await member.open(`${TWO_STEP}/codes/print`);
    assert.ok(print.html.includes(`${first.slice(0, 5)}-${first.slice(5)}`));
    assert.match(print.html, /Acme · Made on <time/u);
    const file = await member.browser.send(`${server.issuer}${TWO_STEP}/codes/download`);
    const header = (name: string) => file.headers.get(name);
    assert.deepEqual(
      [header('content-type'), header('content-disposition'), header('cache-control')],
      ['text/plain; charset=utf-8', 'attachment; filename="one-time-codes.txt"', 'no-store'],
    );
    const lines = file.html.split('\n');
    assert.ok(lines.includes(`${first.slice(0, 5)}-${first.slice(5)}`));
    assert.equal(lines.filter((line) => /^\w{5}-\w{5}$/u.test(line)).length, 10);
    assert.ok(
      lines.includes('Acme') && lines.some((line) => /^Made on \w+ \d+, \d{4}$/u.test(line)),
    );
    const [one, two] = [
      await member.open(`${TWO_STEP}/codes/new`),
      await member.open(`${TWO_STEP}/codes/new`),
    ];
    const made = await member.submit(one);
    assertAt(made, `${TWO_STEP}/codes`);
    assert.ok(!made.html.includes(`${first.slice(0, 5)}-${first.slice(5)}`));
    const id = (await stored(member)).oneTimeCodes?.id;
    assert.equal((await member.submit(two)).status, 409);
    assert.equal((await stored(member)).oneTimeCodes?.id, id);
  });
});

describe('somebody else’s factors', () => {
  it('are as unknown as ones that never were, and stay as they are', async () => {
    const victim = await newMember({ totp: true, oneTimeCodes: true });
    const member = await newMember({ totp: true, oneTimeCodes: true });
    await member.open(TWO_STEP);
    const before = await stored(victim);
    const id = before.authenticators[0]?.id ?? '';
    const own = link(await member.open(TWO_STEP), /\/authenticators\/[\w-]+$/u);
    const form = await member.open(own);
    for (const each of [id, 'unknown', '../../x', '%00'])
      for (const path of ['', '/remove', '/replace']) {
        const place = `${TWO_STEP}/authenticators/${encodeURIComponent(each)}${path}`;
        assert.equal((await member.open(place)).status, 404, place);
        const body = new URLSearchParams({
          csrf: /name="csrf" value="([^"]*)"/u.exec(form.html)?.[1] ?? '',
          name: 'mine',
          before: '',
        });
        const posted = await member.browser.send(`${server.issuer}${place}`, {
          method: 'POST',
          body,
        });
        assert.ok([404, 405].includes(posted.status), `${place} ${posted.status}`);
      }
    assert.deepEqual(await stored(victim), before);
  });
});

describe('the door', () => {
  it('opens for nobody without a session, half a session, or somebody else’s way back', async () => {
    const person = await server.addPerson({}, { totp: true });
    const half = createHttpBrowser(server.issuer);
    const page = await half.open(`${server.issuer}/account`);
    const box = await half.submit(page, { login: person.login, password: PASSWORD });
    assert.equal(stepOf(box), 'totp');
    assert.equal(stepOf(await half.open(`${server.issuer}${TWO_STEP}`)), 'password');
    server.clock.ahead += 30_000;
    const signedIn = await half.submit(box, { code: person.code() });
    assertAt(signedIn, '/account');
    for (const query of ['', '?state=x&code=y', '?code=y', '?state=x&error=access_denied'])
      assert.equal(
        (await half.open(`${server.issuer}/account/callback${query}`)).status,
        400,
        query,
      );
  });

  it('brings back what was filled in, but no secrets', async () => {
    const member = await newMember({ totp: true });
    const list = await member.open(TWO_STEP);
    const form = await member.open(link(list, /\/authenticators\/[\w-]+$/u));
    server.clock.ahead += 301_000;
    const back = await member.submit(form, { name: 'My phone', password: 'top-secret' });
    assert.equal(back.status, 200);
    assert.match(back.html, /value="My phone"/u);
    assert.equal((await stored(member)).authenticators[0]?.name ?? '', '');
    assert.ok(!(await server.stored()).includes('top-secret'));
    assertAt(await member.submit(back, { name: 'My phone' }), TWO_STEP);
  });

  it('shows nobody what somebody else has filled in at the same browser', async () => {
    const member = await newMember({ totp: true });
    const other = await server.addPerson({}, { totp: true });
    const list = await member.open(TWO_STEP);
    const form = await member.open(link(list, /\/authenticators\/[\w-]+$/u));
    server.clock.ahead += 301_000;
    const asked = await member.browser.submit(form, { name: 'My secret phone' });
    assert.equal(stepOf(asked), 'password');
    const fresh = await member.browser.submit(asked, { go: 'restart' });
    server.clock.ahead += 30_000;
    // That ends the first one's session.
    const theirs = await goThrough(member.browser, other, fresh);
    assert.equal(theirs.url.pathname.startsWith('/account/two-step/'), true, theirs.url.href);
    assert.doesNotMatch(theirs.html, /My secret phone/u);
    assert.equal(theirs.status, 404);
  });
});
