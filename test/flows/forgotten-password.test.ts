/** Somebody has forgotten the password: links by mail, the new password, and what counts afterwards. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { getPerson } from '../../src/records/person.ts';
import { runHere } from '../support/command-line.ts';
import { afterPassword, assertSaid, eventsOf, isSignedIn, toStep } from '../support/factors.ts';
import { createHttpBrowser, unescapeHtml, type HtmlPage } from '../support/http-browser.ts';
import { authorize } from '../support/relying-party.ts';
import { startTestServer, type TestPerson } from '../support/server.ts';
import { useSetting } from '../support/setting.ts';
import { signIn, silently, stepOf } from '../support/sign-in.ts';
import { disablePerson } from '../support/operator.ts';

const NEW = 'gravel sonnet umbrella';
const HOUR = 3_600_000;

const acme = useSetting();
/** Links are counted by the hour, and these tests all come from one address. */
beforeEach(() => void (acme.server.clock.ahead += HOUR - (acme.server.now() % HOUR)));

const mailboxOf = ({ login }: TestPerson): string => `${login}@acme.test`;
const secondOf = ({ login }: TestPerson): string => `${login}@home.test`;
const withAll = () => acme.server.addPerson({}, { totp: true, email: true, oneTimeCodes: true });

async function ask(login: string, browser = createHttpBrowser(acme.server.issuer)) {
  const page = await browser.open(`${acme.server.issuer}/forgot-password`);
  return { browser, page: await browser.submit(page, { login }) };
}

/** Links that were mailed there, oldest first. */
async function linksTo(address: string): Promise<string[]> {
  await acme.server.settle();
  const texts = acme.mail.mails.filter(({ to }) => to === address).map(({ parsed }) => parsed.text);
  return texts.flatMap((text) => /^https?:\S+\/set-password\S+$/mu.exec(text ?? '')?.[0] ?? []);
}

async function subjectsTo(address: string): Promise<string[]> {
  await acme.server.settle();
  const mails = acme.mail.mails.filter(({ to }) => to === address);
  return mails.map(({ parsed }) => parsed.subject ?? '');
}

async function codeTo(address: string): Promise<string> {
  await acme.server.settle();
  const texts = acme.mail.mails.filter(({ to }) => to === address).map(({ parsed }) => parsed.text);
  return texts.flatMap((text) => /^ *(\d{6})$/mu.exec(text ?? '')?.[1] ?? []).at(-1) ?? '';
}

/** As the operator; the mails that it leads to are handed over. */
async function operator(...args: string[]): Promise<void> {
  const { folder, env } = acme.server;
  const ran = await runHere(args, { cwd: folder, env });
  assert.equal(ran.code, 0, ran.stderr);
  await acme.server.settle();
}

async function linkFor(person: TestPerson, address: string): Promise<string> {
  await ask(person.login);
  const link = (await linksTo(address)).at(-1);
  assert.ok(link, `no link to ${address}`);
  return link;
}

async function open(link: string, headers: Record<string, string> = {}) {
  const browser = createHttpBrowser(acme.server.issuer, headers);
  return { browser, page: await browser.open(link) };
}

async function setBy(
  link: string,
  password = NEW,
  headers: Record<string, string> = {},
): Promise<HtmlPage> {
  const { browser, page } = await open(link, headers);
  assert.equal(page.status, 200, page.html);
  return browser.submit(page, { password, password_repeat: password });
}

const isSet = ({ url }: HtmlPage): boolean => url.pathname === '/set-password/done';

/** The page after the password, in a browser of its own. */
async function signInWith(person: TestPerson, password = NEW) {
  const browser = createHttpBrowser(acme.server.issuer);
  const page = await browser.open(authorize(acme.webmail).url);
  return { browser, page: await browser.submit(page, { login: person.login, password }) };
}

/** The step, and the others that its page offers. */
function offered(page: HtmlPage): string[] {
  const links = [...page.html.matchAll(/<li><a href="\/interaction\/[^/]+\/([^"?]+)[^"]*"/gu)];
  return [stepOf(page), ...links.map(([, step]) => step ?? '')].toSorted();
}

describe('one person’s story', () => {
  it('leads from the sign-in by the mail back into the sign-in, which asks for the second factor', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    const { browser: old } = await signIn(acme.webmail, person);
    acme.server.clock.ahead += 60_000;

    const browser = createHttpBrowser(acme.server.issuer);
    const start = await browser.open(authorize(acme.webmail).url);
    const href = /<a href="([^"]*)">Forgot your password\?/u.exec(start.html)?.[1] ?? '';
    const form = await browser.open(new URL(unescapeHtml(href), start.url));
    assert.equal(form.url.href, `${acme.server.issuer}/forgot-password`);
    const sent = await browser.submit(form, { login: ` ${person.login.toUpperCase()} ` });
    assert.equal(sent.url.pathname, '/forgot-password/sent');
    const [link = ''] = await linksTo(mailboxOf(person));
    assert.ok(link.startsWith(`${acme.server.issuer}/set-password?token=`), link);

    const box = await browser.open(link);
    assert.equal(box.url.search, '', 'the token is not in the address bar');
    const short = await browser.submit(box, { password: 'q7-zebr', password_repeat: 'q7-zebr' });
    assert.equal(short.status, 400);
    assert.match(short.html, /Use at least 8 characters/u);
    const done = await browser.submit(box, { password: NEW, password_repeat: NEW });
    assert.ok(isSet(done), done.html);
    const { callback } = await silently(acme.webmail, browser);
    assert.equal(callback.searchParams.get('error'), 'login_required', 'it signs nobody in');
    const ended = await silently(acme.webmail, old);
    assert.equal(ended.callback.searchParams.get('error'), 'login_required', 'it ends sessions');

    const back = /<a class="button primary" href="(\/interaction\/[^"]*)"/u.exec(done.html)?.[1];
    const again = await browser.open(new URL(back ?? '', done.url));
    assert.equal(stepOf(again), 'password');
    const code = await browser.submit(again, { login: person.login, password: NEW });
    assert.equal(stepOf(code), 'totp');
    assert.ok(isSignedIn(await browser.submit(code, { code: person.code() })));
    const before = await signInWith(person, 'a long pass phrase of alice');
    assert.equal(stepOf(before.page), 'password', 'the old one is dead');
  });

  it('is told to mailbox and secondary address, each with a link of its own, and recorded', async () => {
    const person = await withAll();
    await ask(mailboxOf(person));
    const [first, ...more] = await linksTo(mailboxOf(person));
    const [second, ...others] = await linksTo(secondOf(person));
    assert.ok(first && second && first !== second);
    assert.deepEqual([...more, ...others], []);
    const proven = async () => (await getPerson(acme.server.store, person.person.id))?.provenEmail;
    assert.equal(await proven(), undefined);
    assert.ok(isSet(await setBy(first)));
    assert.equal(await proven(), mailboxOf(person), 'who used the link reads mail there');
    for (const address of [mailboxOf(person), secondOf(person)])
      assert.ok(
        (await subjectsTo(address)).includes('The password of your Acme account was set'),
        address,
      );
    const events = (await eventsOf(acme.server, person)).filter(({ type }) =>
      type.startsWith('password.'),
    );
    assert.deepEqual(
      events.map(({ type, outcome, actor, details }) => [type, outcome, actor, details]),
      [
        ['password.link', 'success', 'person', { to: 'mailbox secondary' }],
        ['password.set', 'success', 'person', { link: 'mailbox' }],
      ],
    );
    const token = new URL(second).searchParams.get('token') ?? '';
    assert.ok(!(await acme.server.stored()).includes(token), 'kept as a hash');
    assert.ok(!acme.server.output.join('').includes(token), 'and not in the log');
  });

  it('speaks the person’s language, else the page’s', async () => {
    const reader = await acme.server.addPerson({ language: 'zh-Hant' });
    await ask(reader.login);
    assert.deepEqual(await subjectsTo(mailboxOf(reader)), ['為您的 Acme 帳號設定新密碼']);
    const person = await acme.server.addPerson();
    const chinese = createHttpBrowser(acme.server.issuer, { 'accept-language': 'zh-TW' });
    assert.match((await ask(person.login, chinese)).page.html, /請查看您的電子郵件/u);
    assert.deepEqual(await subjectsTo(mailboxOf(person)), ['為您的 Acme 帳號設定新密碼']);
  });

  it('is remembered with the region, for mails of what others do while the person is not there', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    await setBy(await linkFor(person, mailboxOf(person)), NEW, { 'accept-language': 'en-GB' });
    await operator('user', 'unlock', person.login);
    const mail = acme.mail.mails.find(
      ({ to, parsed }) => to === mailboxOf(person) && parsed.subject?.includes('work again'),
    );
    assert.match(mail?.parsed.text ?? '', /^When: \d{1,2} [A-Z][a-z]+ \d{4} at /mu);
    const other = await acme.server.addPerson({}, { totp: true });
    await setBy(await linkFor(other, mailboxOf(other)), NEW, { 'accept-language': 'zh-HK' });
    await operator('user', 'unlock', other.login);
    assert.ok(
      (await subjectsTo(mailboxOf(other))).includes('您 Acme 帳號的六位數驗證碼已恢復使用'),
    );
  });
});

describe('who asks', () => {
  it('learns nothing of whether there is such a person, or an active one', async () => {
    const person = await acme.server.addPerson();
    const disabled = await acme.server.addPerson();
    await disablePerson(acme.server.store, disabled.person.id);
    const names = [person.login, disabled.login, 'nobody-at-all', 'nobody@acme.test', '@', '<b>'];
    const answers = await Promise.all(names.map(async (name) => (await ask(name)).page));
    // Every browser has a token of its own.
    const told = ({ html }: HtmlPage) => html.replace(/name="csrf" value="[^"]*"/u, '');
    const [first] = answers.map(told);
    for (const answer of answers)
      assert.deepEqual(
        [answer.url.pathname, answer.status, told(answer)],
        ['/forgot-password/sent', 200, first],
      );
    assert.equal((await linksTo(mailboxOf(person))).length, 1);
    assert.deepEqual(await subjectsTo(mailboxOf(disabled)), []);
    assert.deepEqual(await subjectsTo('nobody@acme.test'), []);
    const refused = (await eventsOf(acme.server, disabled)).at(-1);
    assert.deepEqual([refused?.outcome, refused?.reasons], ['refused', ['disabled']]);
  });

  it('has to enter something, and no more than a name', async () => {
    assert.match((await ask('  ')).page.html, /Enter your login name or email address/u);
    const long = (await ask('x'.repeat(300))).page;
    assert.equal(long.status, 400);
  });

  it('gets five links an hour for a name, whether or not anybody has it', async () => {
    const person = await acme.server.addPerson();
    for (const name of [person.login, 'nobody-again']) {
      const statuses: number[] = [];
      for (let count = 0; count < 6; count += 1) {
        const { page } = await ask(count % 2 === 0 ? name : name.toUpperCase());
        statuses.push(page.status);
        if (count === 5) assertSaid(page, 429, /Too many links were asked for/u);
      }
      assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429], name);
    }
    assert.equal((await linksTo(mailboxOf(person))).length, 5);
    acme.server.clock.ahead += HOUR;
    assert.equal((await ask(person.login)).page.status, 200);
  });

  it('gets five for a person, by whichever of their names, and is not told', async () => {
    const person = await acme.server.addPerson();
    for (let count = 0; count < 5; count += 1) {
      assert.equal((await ask(person.login)).page.status, 200);
      assert.equal((await ask(mailboxOf(person))).page.status, 200);
    }
    assert.equal((await linksTo(mailboxOf(person))).length, 5);
    const refused = (await eventsOf(acme.server, person)).filter(
      ({ outcome, reasons }) => outcome === 'refused' && reasons.includes('too many links'),
    );
    assert.equal(refused.length, 5);
  });

  it('gets thirty from one address', async () => {
    const pages = await Promise.all(
      Array.from({ length: 33 }, async (_, nth) => (await ask(`stranger-${nth}`)).page.status),
    );
    assert.deepEqual(pages.toSorted().slice(29), [200, 429, 429, 429]);
  });

  it('is not led anywhere but to a sign-in', async () => {
    for (const evil of ['//evil.test', '../account', 'https://evil.test', 'a/../../x', 'x"y']) {
      const browser = createHttpBrowser(acme.server.issuer);
      const at = `${acme.server.issuer}/forgot-password?sign-in=${encodeURIComponent(evil)}`;
      const page = await browser.open(at);
      assert.equal(page.status, 200);
      assert.match(page.html, /href="\/account">Back to signing in/u, evil);
    }
  });
});

describe('a mailed link', () => {
  it('works in any browser that opens it, and in no other', async () => {
    const person = await acme.server.addPerson();
    const link = await linkFor(person, mailboxOf(person));
    const { page } = await open(link);
    const foreign = createHttpBrowser(acme.server.issuer);
    const form = await foreign.open(`${acme.server.issuer}/forgot-password`);
    const stolen = await foreign.submit(
      { ...page, html: form.html.replaceAll('/forgot-password', '/set-password') },
      { password: NEW, password_repeat: NEW },
    );
    assert.equal(stolen.status, 404, 'who has not opened it has no link');
    assert.ok(isSet(await setBy(link)));
  });

  it('is good once: of both at the same moment, one sets the password', async () => {
    const person = await withAll();
    await ask(person.login);
    const links = [...(await linksTo(mailboxOf(person))), ...(await linksTo(secondOf(person)))];
    const opened = await Promise.all([...links, ...links].map((link) => open(link)));
    const words = ['first', 'second', 'third', 'fourth'];
    const answers = await Promise.all(
      opened.map(({ browser, page }, nth) => {
        const password = `${words[nth]} umbrella sonnet`;
        return browser.submit(page, { password, password_repeat: password });
      }),
    );
    assert.deepEqual(answers.map(isSet).toSorted(), [false, false, false, true]);
    const steps = await Promise.all(
      words.map(async (word) => stepOf((await signInWith(person, `${word} umbrella sonnet`)).page)),
    );
    assert.equal(steps.filter((step) => step !== 'password').length, 1);
    const events = (await eventsOf(acme.server, person)).filter(
      ({ type }) => type === 'password.set',
    );
    assert.equal(events.length, 1);
    for (const link of links) assert.equal((await open(link)).page.status, 410);
  });

  it('dies with any change after it, and after an hour', async () => {
    const person = await acme.server.addPerson();
    const [first, second] = [
      await linkFor(person, mailboxOf(person)),
      await linkFor(person, mailboxOf(person)),
    ];
    const opened = await open(second);
    assert.ok(isSet(await setBy(first)));
    assert.equal((await open(second)).page.status, 410);
    const late = await opened.browser.submit(opened.page, {
      password: 'somebody elses words',
      password_repeat: 'somebody elses words',
    });
    assert.equal(late.status, 410, 'opened before, used after');
    const old = await linkFor(person, mailboxOf(person));
    acme.server.clock.ahead += HOUR;
    const { page } = await open(old);
    assert.equal(page.status, 410);
    assert.match(page.html, /This link has expired[\s\S]*Forgot your password\?/u);
    const last = await linkFor(person, mailboxOf(person));
    await disablePerson(acme.server.store, person.person.id);
    assert.equal((await open(last)).page.status, 410);
  });
});

describe('after a link to the secondary address', () => {
  it('codes by mail are no second factor until another was proven once', async () => {
    const person = await withAll();
    const link = await linkFor(person, secondOf(person));
    const { browser, page } = await open(link);
    assert.match(page.html, /codes by email won’t be accepted until/u);
    assert.ok(isSet(await browser.submit(page, { password: NEW, password_repeat: NEW })));

    const at = await signInWith(person);
    assert.deepEqual(offered(at.page), ['one-time-codes', 'totp']);
    const { page: forced } = await toStep(at, 'email-code');
    assert.equal(stepOf(forced), 'totp', 'not by its address either');
    const { browser: there, page: box } = await toStep(at, 'one-time-codes');
    assert.ok(isSignedIn(await there.submit(box, { code: person.oneTimeCodes[0] ?? '' })));
    assert.equal((await getPerson(acme.server.store, person.person.id))?.emailBarredSince, null);

    const later = await signInWith(person);
    assert.deepEqual(offered(later.page), ['email-code', 'one-time-codes', 'totp']);
    const mail = await toStep(later, 'email-code');
    const sent = await mail.browser.submit(mail.page, { go: 'send' });
    const code = await codeTo(secondOf(person));
    assert.ok(isSignedIn(await mail.browser.submit(sent, { code })));
  });

  it('a code of the authenticator is such a proof, and a second link bars them anew', async () => {
    const person = await withAll();
    await setBy(await linkFor(person, secondOf(person)));
    const { browser, page } = await signInWith(person);
    assert.ok(isSignedIn(await browser.submit(page, { code: person.code() })));
    assert.ok(offered((await signInWith(person)).page).includes('email-code'));
    acme.server.clock.ahead += HOUR;
    await setBy(await linkFor(person, secondOf(person)));
    assert.ok(!offered((await signInWith(person)).page).includes('email-code'));
  });

  it('whoever has nothing else is told so, and the administrator helps', async () => {
    const person = await acme.server.addPerson({}, { email: true });
    await setBy(await linkFor(person, secondOf(person)));
    const { browser, page } = await signInWith(person);
    assert.equal(stepOf(page), 'factor-barred');
    assert.equal(page.status, 403);
    assert.ok(page.html.includes(`${person.login.slice(0, 2)}•••@h•••.test`));
    const left = await browser.submit(page, { go: 'leave' });
    assert.equal(left.url.searchParams.get('error'), 'access_denied');

    const ran = await runHere(['user', 'password-link', person.login, '--json'], {
      cwd: acme.server.folder,
      env: acme.server.env,
    });
    assert.equal(ran.code, 0, ran.stderr);
    await setBy(String(ran.json['password_link']), 'words from the administrator');
    const helped = await signInWith(person, 'words from the administrator');
    assert.equal(stepOf(helped.page), 'email-code');
  });

  it('whoever has no factor yet can’t make it one in the next sign-in', async () => {
    const secondaryEmail = { address: 'third@home.test', verifiedAt: acme.server.now() };
    const person = await acme.server.addPerson({ secondaryEmail });
    await setBy(await linkFor(person, secondaryEmail.address));
    const at = await signInWith(person);
    assert.equal(stepOf(at.page), 'totp-enrol');
    const { page } = await toStep(at, 'email-code-enrol');
    assert.equal(stepOf(page), 'totp-enrol');
  });

  it('an address that is not verified gets none', async () => {
    const secondaryEmail = { address: 'fourth@home.test', verifiedAt: null };
    const person = await acme.server.addPerson({ secondaryEmail });
    await ask(person.login);
    assert.equal((await linksTo(mailboxOf(person))).length, 1);
    assert.deepEqual(await linksTo(secondaryEmail.address), []);
  });
});

it('a link to the mailbox leaves codes by mail what they are', async () => {
  const person = await withAll();
  await setBy(await linkFor(person, mailboxOf(person)));
  assert.ok(offered((await signInWith(person)).page).includes('email-code'));
});

it('where no mail can be sent, none is offered', async () => {
  const server = await startTestServer();
  try {
    const client = await server.addClient();
    const person = await server.addPerson();
    const browser = createHttpBrowser(server.issuer);
    const page = await browser.open(authorize(client).url);
    assert.ok(!page.html.includes('forgot-password'));
    assert.equal((await browser.open(`${server.issuer}/forgot-password`)).status, 404);
    const { page: next } = await afterPassword(client, person);
    assert.equal(stepOf(next), 'totp-enrol');
  } finally {
    await server.stop();
  }
});
