/** Codes by mail, through a real mail server: signing in with one, and everything that can be wrong with it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mailCollection } from '../../src/mail/queue.ts';
import { signInCollection } from '../../src/records/sign-in.ts';
import {
  afterPassword,
  assertSaid,
  eventsOf,
  isSignedIn,
  referenceOn,
  toStep,
  type AtPage,
} from '../support/factors.ts';
import { oneTimeCodesOn } from '../support/forms.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { authorize, exchange, verifyIdToken } from '../support/relying-party.ts';
import { PASSWORD, type TestPerson } from '../support/server.ts';
import { useSetting } from '../support/setting.ts';
import { stepOf, toCallback } from '../support/sign-in.ts';

const MINUTE = 60_000;

const acme = useSetting();

const addressOf = ({ login }: TestPerson): string => `${login}@home.test`;

async function send(at: AtPage): Promise<AtPage> {
  const page = await at.browser.submit(at.page, { go: 'send' });
  return { ...at, page };
}

/** The code of the newest mail to the person, and the mail. */
async function newest(person: TestPerson) {
  await acme.server.settle();
  const received = acme.mail.mails.findLast(({ to }) => to === addressOf(person));
  assert.ok(received, 'no mail came');
  const { subject = '', text = '', html } = received.parsed;
  const code = /\b\d{6}\b/u.exec(text)?.[0] ?? '';
  return { code, subject, text, html: String(html), from: received.parsed.from?.value[0] };
}

async function atCodePage(person: TestPerson): Promise<AtPage> {
  return send(await afterPassword(acme.webmail, person));
}

describe('a person with codes by mail', () => {
  it('sees where it goes, matches the reference, and is signed in as acr email', async () => {
    const person = await acme.server.addPerson({}, { email: true });
    const before_ = await afterPassword(acme.webmail, person);
    assert.equal(stepOf(before_.page), 'email-code');
    assert.match(before_.page.html, /pe•••@h•••\.test/u);
    assert.equal(acme.mail.mails.filter(({ to }) => to === addressOf(person)).length, 0);
    const { browser, page } = await send(before_);
    const { code, subject, text, html, from } = await newest(person);
    assert.match(referenceOn(page), /^[A-Z2-9]{4}$/u);
    assert.ok(subject.includes(referenceOn(page)) && !subject.includes(code));
    assert.ok(text.includes(code) && html.includes(code) && !/https?:\/\//u.test(text));
    assert.equal(from?.address, 'latchkey@localhost');
    assert.match((await browser.open(page.url)).html, /data-sent="handed-over"/u);
    assert.ok(isSignedIn(await browser.submit(page, { code })));
    const types = (await eventsOf(acme.server, person)).map(({ type }) => type);
    assert.ok(types.includes('code.sent') && types.includes('sign-in.completed'));
  });

  it('states amr pwd otp mca mfa, and its level', async () => {
    const person = await acme.server.addPerson({}, { email: true });
    const browser = createHttpBrowser(acme.server.issuer);
    const asked = authorize(acme.webmail);
    let page = await browser.open(asked.url);
    page = await browser.submit(page, { login: person.login, password: PASSWORD });
    page = await browser.submit(page, { go: 'send' });
    const { code } = await newest(person);
    const back = await browser.submit(page, { code: `${code.slice(0, 3)} ${code.slice(3)}` });
    const { body } = await exchange(acme.webmail, asked, back.url);
    const claims = await verifyIdToken(acme.webmail, String(body['id_token']), asked.nonce);
    assert.deepEqual(claims['amr'], ['pwd', 'otp', 'mca', 'mfa']);
    assert.equal(claims['acr'], 'urn:latchkey:acr:email');
  });

  it('gets the mail in the language of the page', async () => {
    const person = await acme.server.addPerson({}, { email: true });
    const browser = createHttpBrowser(acme.server.issuer, { 'accept-language': 'zh-TW' });
    await send(await afterPassword(acme.webmail, person, browser));
    assert.match((await newest(person)).text, /驗證碼/u);
  });
});

describe('a code by mail that does not count', () => {
  it('is an older one: the newest is named by its reference', async () => {
    const person = await acme.server.addPerson({}, { email: true });
    const first = await atCodePage(person);
    const { code } = await newest(person);
    acme.server.clock.ahead += MINUTE;
    const second = await send(first);
    const older = await first.browser.submit(second.page, { code });
    assertSaid(older, 400, new RegExp(`reference ${referenceOn(second.page)}`, 'u'));
    const { code: now } = await newest(person);
    assert.ok(isSignedIn(await first.browser.submit(second.page, { code: now })));
  });

  it('has expired after fifteen minutes', async () => {
    const person = await acme.server.addPerson({}, { email: true });
    const { browser, page } = await atCodePage(person);
    const { code } = await newest(person);
    acme.server.clock.ahead += 15 * MINUTE;
    assertSaid(await browser.submit(page, { code }), 400, /expired/u);
  });

  it('is of another sign-in, or another browser', async () => {
    const person = await acme.server.addPerson({}, { email: true });
    const one = await atCodePage(person);
    const { code } = await newest(person);
    acme.server.clock.ahead += MINUTE;
    const other = await atCodePage(person);
    assertSaid(await other.browser.submit(other.page, { code }), 400, /isn’t right/u);
    const thief = createHttpBrowser(acme.server.issuer);
    const stolen = await thief.send(one.page.url);
    assert.equal(stolen.status, 403);
    assert.ok(isSignedIn(await one.browser.submit(one.page, { code })));
  });

  it('was used: posted 50 times at once, it is one proof and one end', async () => {
    const person = await acme.server.addPerson({}, { email: true });
    const { browser, page } = await atCodePage(person);
    const { code } = await newest(person);
    await Promise.all(Array.from({ length: 50 }, () => browser.submit(page, { code })));
    const events = await eventsOf(acme.server, person);
    const proofs = events.filter(
      ({ type, outcome }) => type === 'sign-in.factor' && outcome === 'success',
    );
    assert.equal(proofs.length, 1);
    assert.equal(events.filter(({ type }) => type === 'sign-in.completed').length, 1);
  });

  it('never goes to an address that is not verified, nor where it is forbidden', async () => {
    const unverified = await acme.server.addPerson({
      emailMfaSince: 1,
      secondaryEmail: { address: 'x@home.test', verifiedAt: null },
    });
    assert.equal(stepOf((await afterPassword(acme.webmail, unverified)).page), 'totp-enrol');
    const person = await acme.server.addPerson({}, { email: true, totp: true });
    await acme.server.setOrganisation({ factors: ['totp', 'one-time-codes'] });
    const { browser, page } = await afterPassword(acme.webmail, person);
    const there = await toStep({ browser, page }, 'email-code');
    assert.equal(stepOf(there.page), 'totp');
    await acme.server.setOrganisation({
      factors: ['totp', 'passkey', 'email-code', 'one-time-codes'],
    });
  });
});

describe('sending', () => {
  it('again works after half a minute, and not before', async () => {
    const person = await acme.server.addPerson({}, { email: true });
    const first = await atCodePage(person);
    const soon = await send(first);
    assertSaid(soon.page, 429, /another one in/u);
    await acme.server.settle();
    assert.equal(acme.mail.mails.filter(({ to }) => to === addressOf(person)).length, 1);
    acme.server.clock.ahead += 31_000;
    assert.equal((await send(first)).page.status, 200);
    await acme.server.settle();
    assert.equal(acme.mail.mails.filter(({ to }) => to === addressOf(person)).length, 2);
  });

  it('ends after ten within the hour, whatever browser asks', async () => {
    const person = await acme.server.addPerson({}, { email: true });
    // At the start of an hour, so that the test lies within one.
    acme.server.clock.ahead += 3_600_000 - (acme.server.now() % 3_600_000);
    for (let count = 0; count < 10; count += 1) {
      assert.equal((await atCodePage(person)).page.status, 200, `${count}`);
    }
    assertSaid((await atCodePage(person)).page, 429, /Too many codes/u);
    acme.server.clock.ahead += 3_600_000;
    assert.equal((await atCodePage(person)).page.status, 200);
  });

  it('is told as queued, and as refused with the mail server’s answer', async () => {
    const person = await acme.server.addPerson({}, { email: true });
    const { promise, resolve } = Promise.withResolvers<void>();
    // Nobody else's: three mails that are held up would keep this one waiting.
    acme.mail.behave((to) => (to === addressOf(person) ? { until: promise } : 'accept'));
    const { browser, page } = await atCodePage(person);
    await acme.mail.offered(addressOf(person));
    assert.match((await browser.open(page.url)).html, /data-sent="queued"/u);
    resolve();
    await acme.server.settle();
    acme.mail.behave(() => ({ at: 'RCPT TO', answer: '550 5.1.1 No such user' }));
    acme.server.clock.ahead += MINUTE;
    const again = await send({ browser, page });
    await acme.server.settle();
    assert.match((await browser.open(again.page.url)).html, /data-sent="refused"/u);
    acme.mail.behave(() => 'accept');
  });

  it('is tried again after 4xx, and never after the code has expired', async () => {
    const person = await acme.server.addPerson({}, { email: true });
    acme.mail.behave(() => ({ at: 'DATA', answer: '451 4.3.0 Try again' }));
    const { browser, page } = await atCodePage(person);
    await acme.server.settle();
    assert.match((await browser.open(page.url)).html, /data-sent="queued"/u);
    acme.mail.behave(() => 'accept');
    acme.server.clock.ahead += 16 * MINUTE;
    await acme.server.settle();
    assert.match((await browser.open(page.url)).html, /data-sent="expired"/u);
    assert.equal(acme.mail.mails.filter(({ to }) => to === addressOf(person)).length, 0);
  });

  it('never holds up a sign-in with an authenticator', async () => {
    const person = await acme.server.addPerson({}, { email: true, totp: true });
    const { promise, resolve } = Promise.withResolvers<void>();
    acme.mail.behave((to) => (to === addressOf(person) ? { until: promise } : 'accept'));
    const at = await afterPassword(acme.webmail, person);
    const mailed = await send(await toStep(at, 'email-code'));
    await acme.mail.offered(addressOf(person));
    const back = await mailed.browser.submit(mailed.page, { code: person.code() });
    assert.ok(isSignedIn(back), 'one box takes either code');
    resolve();
    await acme.server.settle();
    acme.mail.behave(() => 'accept');
  });
});

describe('what is kept of a code', () => {
  it('is a hash: neither store nor log nor events have it', async () => {
    const person = await acme.server.addPerson({}, { email: true });
    const { page } = await atCodePage(person);
    const { code } = await newest(person);
    const kept = await Promise.all(
      [signInCollection, mailCollection].map(async (kind) =>
        JSON.stringify(await acme.server.store.scan<unknown>(kind as never, { limit: 1000 })),
      ),
    );
    for (const text of [...kept, JSON.stringify(await eventsOf(acme.server, person))])
      assert.ok(!new RegExp(`\\b${code}\\b`, 'u').test(text));
    assert.ok(!acme.server.output.join('').includes(code));
    assert.ok(!page.html.includes(addressOf(person)), 'the address is masked');
  });
});

describe('setting it up in the wizard', () => {
  async function toEnrol(): Promise<AtPage & { person: TestPerson }> {
    const person = await acme.server.addPerson();
    const at = await afterPassword(acme.webmail, person);
    assert.match(at.page.html, /Use email MFA instead/u);
    return { ...(await toStep(at, 'email-code-enrol')), person };
  }

  it('verifies the address by the code, makes ten one-time codes, and signs out everywhere', async () => {
    const { browser, page, person } = await toEnrol();
    const code = await browser.submit(page, { go: 'send', address: addressOf(person) });
    assert.equal(stepOf(code), 'email-code-enrol/code');
    const done = await browser.submit(code, { go: 'submit', code: (await newest(person)).code });
    assert.equal(stepOf(done), 'enrolled');
    assert.equal(oneTimeCodesOn(done).length, 10);
    const print = await browser.open(`${done.url}/print`);
    assert.equal(oneTimeCodesOn(print).length, 10);
    const again = await browser.submit(done, { go: 'finish' });
    assert.equal(stepOf(again), 'password');
    acme.server.clock.ahead += MINUTE;
    const { page: next } = await afterPassword(acme.webmail, person);
    assert.equal(stepOf(next), 'email-code');
    const types = (await eventsOf(acme.server, person)).map(({ type }) => type);
    assert.ok(types.includes('factor.enrolled'));
  });

  it('refuses the mailbox that the sign-in protects, in any spelling, and what is no address', async () => {
    const { browser, page, person } = await toEnrol();
    const own = `${person.login}@acme.test`;
    for (const address of [own, own.toUpperCase(), own.replace('@', '+mfa@')])
      assertSaid(await browser.submit(page, { go: 'send', address }), 400, /mailbox/u);
    for (const address of [
      '',
      'nobody',
      'a@b c',
      'a@b>,c@d',
      `${'a'.repeat(65)}@b.test`,
      '{"$ne":1}',
    ])
      assertSaid(await browser.submit(page, { go: 'send', address }), 400, /complete email/u);
    await acme.server.settle();
    assert.equal(
      acme.mail.mails.filter(({ to }) => to.toLowerCase().startsWith(person.login)).length,
      0,
    );
  });

  it('is closed to who has a factor', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    const at = await afterPassword(acme.webmail, person);
    assert.equal(stepOf((await toStep(at, 'email-code-enrol')).page), 'totp');
  });
});

it('a person without the mail server’s help signs in by the authenticator as always', async () => {
  await acme.mail.close();
  const person = await acme.server.addPerson({}, { totp: true, email: true });
  await toCallback(acme.webmail, person, createHttpBrowser(acme.server.issuer));
});
