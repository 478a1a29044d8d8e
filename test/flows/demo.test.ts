/**
 * The main job, in a real browser on the running demonstration: from the sample webmail through
 * password, enrolment, sign-out and code back to an ID token whose amr is true.
 */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { accessibilityProblems } from '../support/accessibility.ts';
import { newPerson, openBrowser, shownClaims } from '../support/browser.ts';
import { runHere } from '../support/command-line.ts';
import { startDemo, type Demo } from '../support/demo.ts';

let demo: Demo;
let browser: Browser;
before(async () => {
  [demo, browser] = await Promise.all([startDemo(), openBrowser()]);
});
after(async () => {
  await browser.close();
  await demo.stop();
});

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const heading = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { name, level: 1 }).waitFor();

async function givePassword(page: Page, username: string): Promise<void> {
  const { password } = demo.person(username);
  await page.getByLabel('Login name').fill(username);
  await page.getByLabel('Password').fill(password);
  await button(page, 'Sign in').click();
}

/** Signs in at the webmail with password and code. */
async function signIn(page: Page, username: string): Promise<void> {
  await page.goto(demo.webmail);
  await button(page, 'Sign in').click();
  await givePassword(page, username);
  await giveCode(page, demo.person(username).totpSecret ?? '');
}

/** Enter in the box is the main button: "Submit" in the wizard, "Sign in" in a sign-in. */
async function giveCode(page: Page, secret: string): Promise<string> {
  const code = demo.code(secret);
  await enterCode(page, code);
  return code;
}

async function enterCode(page: Page, code: string): Promise<void> {
  await page.getByLabel('Six-digit code').fill(code);
  await page.keyboard.press('Enter');
}

interface DemoMail {
  to: string;
  from: string;
  subject: string;
  text: string;
  at: string;
}

async function mailsTo(address: string): Promise<DemoMail[]> {
  const mails = (await (await fetch(`${demo.mailbox}/messages`)).json()) as DemoMail[];
  return mails.filter(({ to }) => to === address);
}

/** Mails are sent in the background: asks again until it is so, or the test's time is over. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await holds())) assert.ok(Date.now() < end, 'it never came to be');
}

const MFA = { amr: ['pwd', 'otp', 'mfa'], acr: 'urn:latchkey:acr:mfa' };

async function assertSignedIn(page: Page, name: string): Promise<void> {
  await heading(page, 'Inbox');
  assert.equal(await page.locator('.who .name').textContent(), name);
  const claims = await shownClaims(page);
  assert.deepEqual({ amr: claims['amr'], acr: claims['acr'] }, MFA);
}

describe('alice, who has no second factor yet', () => {
  it('enrols, signs out, signs in with the next code', async () => {
    const person = await newPerson(browser);
    const { page } = person;
    await page.goto(demo.webmail);
    await button(page, 'Sign in').click();
    await givePassword(page, 'alice');

    await heading(page, 'Set up two-step authentication');
    await button(page, 'Begin setup').click();
    await heading(page, 'Step 1: install an authenticator app');
    await button(page, 'Next').click();
    await heading(page, 'Step 2: scan the QR code');
    assert.deepEqual(await accessibilityProblems(page), []);
    const secret = (await page.locator('#secret').textContent())?.replaceAll(' ', '') ?? '';
    assert.match(secret, /^[A-Z2-7]{32}$/u);
    assert.equal(await page.locator('figure.qr svg').count(), 1);
    await button(page, 'Next').click();
    await heading(page, 'Step 3: enter the six-digit code');
    const enrolled = await giveCode(page, secret);
    await heading(page, 'You have enrolled in MFA');
    assert.deepEqual(await accessibilityProblems(page), []);
    await page.getByLabel('I have saved them').check();
    await button(page, 'Finish').click();

    // Signed out, and asked again inside the same authorization request.
    await heading(page, 'Sign in');
    await givePassword(page, 'alice');
    await heading(page, 'Enter the code from your app');
    assert.deepEqual(person.problems, []);
    // Not what the app shows by now: that may be the next one already.
    await enterCode(page, enrolled);
    await page.getByRole('alert').getByText(/used/u).waitFor();
    person.problems.length = 0;
    await demo.nextCode();
    await giveCode(page, secret);
    await assertSignedIn(page, 'Alice Archer');

    await button(page, 'Sign out').click();
    await heading(page, 'Sign out?');
    assert.deepEqual(await accessibilityProblems(page), []);
    await button(page, 'Sign out').click();
    await button(page, 'Sign in').waitFor();
    assert.ok(page.url().startsWith(demo.webmail));
    await button(page, 'Sign in').click();
    await heading(page, 'Sign in');
    await givePassword(page, 'alice');
    await demo.nextCode();
    await giveCode(page, secret);
    await assertSignedIn(page, 'Alice Archer');
    assert.deepEqual(person.problems, []);
    await person.close();
  });
});

describe('bob, who has an authenticator', () => {
  it('signs in on a phone, in the dark, without JavaScript', async () => {
    const person = await newPerson(browser, {
      javaScriptEnabled: false,
      colorScheme: 'dark',
      viewport: { width: 390, height: 844 },
    });
    await signIn(person.page, 'bob');
    await assertSignedIn(person.page, 'Bob Brewer');
    assert.deepEqual(person.problems, []);
    await person.close();
  });

  it('is told what is wrong with a code, in a page that anybody can use', async () => {
    const person = await newPerson(browser);
    const { page } = person;
    await page.goto(demo.webmail);
    await button(page, 'Sign in').click();
    await givePassword(page, 'bob');
    await page.getByLabel('Six-digit code').fill('12345');
    await page.keyboard.press('Enter');
    await page
      .getByRole('alert')
      .getByText(/six digits/u)
      .waitFor();
    const wrong = String(
      (Number(demo.code(demo.person('bob').totpSecret ?? '')) + 1) % 1_000_000,
    ).padStart(6, '0');
    await page.getByLabel('Six-digit code').fill(wrong);
    await page.keyboard.press('Enter');
    await page.getByText(/delete duplicate entries/iu).waitFor();
    assert.equal(await page.getByLabel('Six-digit code').getAttribute('aria-invalid'), 'true');
    assert.deepEqual(await accessibilityProblems(page), []);
    await person.close();
  });

  it('reads Chinese where the browser prefers it, or where the app asks for it', async () => {
    const person = await newPerson(browser, { locale: 'zh-TW' });
    const { page } = person;
    await page.goto(demo.webmail);
    await button(page, 'Sign in').click();
    await page.getByRole('heading', { name: '登入', level: 1 }).waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-Hant');
    assert.deepEqual(await accessibilityProblems(page), []);
    await person.close();
  });

  it('is asked for both again when the app wants a fresh second factor', async () => {
    const person = await newPerson(browser);
    const { page } = person;
    await demo.nextCode();
    await signIn(page, 'bob');
    await assertSignedIn(page, 'Bob Brewer');
    const before_ = await shownClaims(page);
    await page.getByRole('link', { name: 'Ask for a fresh second factor' }).click();
    await heading(page, 'Sign in');
    await demo.nextCode();
    await givePassword(page, 'bob');
    await giveCode(page, demo.person('bob').totpSecret ?? '');
    await assertSignedIn(page, 'Bob Brewer');
    const { auth_time } = await shownClaims(page);
    assert.ok(Number(auth_time) > Number(before_['auth_time']));
    await person.close();
  });
});

describe('dave, who gets codes by mail', () => {
  it('sends one to himself, finds it in the mailbox by its reference, and is signed in', async () => {
    const person = await newPerson(browser);
    const { page } = person;
    await page.goto(demo.webmail);
    await button(page, 'Sign in').click();
    await givePassword(page, 'dave');
    await heading(page, 'Send yourself a code');
    await button(page, 'Send code').click();
    const reference = (await page.locator('.reference').textContent()) ?? '';
    await page.locator('[data-sent="handed-over"]').waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    const mail = (await mailsTo('dave@home.test')).find(({ subject }) =>
      subject.includes(reference),
    );
    assert.ok(mail, `no mail with reference ${reference}`);
    assert.ok(!(await page.content()).includes('dave@home.test'), 'the address is masked');
    await page.getByLabel('Six-digit code').fill(/\b\d{6}\b/u.exec(mail.text)?.[0] ?? '');
    await page.keyboard.press('Enter');
    await heading(page, 'Inbox');
    const { amr, acr } = await shownClaims(page);
    assert.deepEqual(
      [new Set(amr as string[]), acr],
      [new Set(['pwd', 'otp', 'mca', 'mfa']), 'urn:latchkey:acr:email'],
    );
    assert.deepEqual(person.problems, []);
    await person.close();
  });
});

describe('carol, whose phone is at home', () => {
  it('uses a one-time code, and is told by mail how many are left', async () => {
    const person = await newPerson(browser);
    const { page } = person;
    await page.goto(demo.webmail);
    await button(page, 'Sign in').click();
    await givePassword(page, 'carol');
    await page.getByRole('link', { name: 'One-time code' }).click();
    await heading(page, 'Enter a one-time code');
    assert.equal(await page.getByRole('checkbox').count(), 0, 'no trust with a one-time code');
    await page.getByLabel('One-time code').fill(demo.person('carol').oneTimeCodes?.[0] ?? '');
    await page.keyboard.press('Enter');
    await assertSignedIn(page, 'Carol Chen');
    const told = async (): Promise<string> =>
      (await mailsTo('carol@acme.test')).map(({ text }) => text).join();
    await until(async () => /\b9\b/u.test(await told()));
    await person.close();
  });

  it('trusts her computer at the next sign-in, which asks for the password only after that', async () => {
    await demo.nextCode();
    const person = await newPerson(browser);
    const { page } = person;
    await page.goto(demo.webmail);
    await button(page, 'Sign in').click();
    await givePassword(page, 'carol');
    await page.getByLabel(/Trust this computer for 30 days/u).check();
    await giveCode(page, demo.person('carol').totpSecret ?? '');
    await assertSignedIn(page, 'Carol Chen');
    await button(page, 'Sign out').click();
    await button(page, 'Sign out').click();
    await button(page, 'Sign in').click();
    await givePassword(page, 'carol');
    await heading(page, 'Inbox');
    const { amr, acr } = await shownClaims(page);
    assert.deepEqual([amr, acr], [['pwd'], 'urn:latchkey:acr:trusted']);
    assert.deepEqual(person.problems, []);
    await person.close();
  });
});

describe('signing out', () => {
  it('at one webmail window ends the other one by back-channel logout', async () => {
    await demo.nextCode();
    const one = await newPerson(browser);
    await signIn(one.page, 'carol');
    await assertSignedIn(one.page, 'Carol Chen');
    const other = await one.context.newPage();
    await other.goto(demo.webmail);
    await heading(other, 'Inbox');
    await other.goto(`${demo.issuer}/session/end`);
    await button(other, 'Sign out').click();
    await other.getByRole('heading', { level: 1 }).waitFor();
    await one.page.reload();
    await button(one.page, 'Sign in').waitFor();
    await one.close();
  });
});

describe('the browser’s own ways', () => {
  it('the back button after signing in does not sign in twice, and says so', async () => {
    await demo.nextCode();
    const person = await newPerson(browser);
    const { page } = person;
    await signIn(page, 'bob');
    await assertSignedIn(page, 'Bob Brewer');
    await page.goBack();
    await page.waitForURL(/interaction|auth|callback/u);
    assert.notEqual(await page.getByRole('heading', { level: 1 }).textContent(), '');
    await page.goto(demo.webmail);
    await assertSignedIn(page, 'Bob Brewer');
    await person.close();
  });

  it('every page of a sign-in weighs less than 60 KB', async () => {
    const person = await newPerson(browser);
    const { page } = person;
    let bytes = 0;
    page.on('response', (response) => {
      if (response.url().startsWith(demo.issuer))
        void response.body().then(
          (body) => (bytes += body.length),
          () => {},
        );
    });
    await page.goto(demo.webmail);
    await button(page, 'Sign in').click();
    await heading(page, 'Sign in');
    await page.waitForLoadState('networkidle');
    assert.ok(bytes > 1000 && bytes < 60_000, `${bytes} bytes`);
    await person.close();
  });
});

describe('the demonstration itself', () => {
  it('prints one line of JSON and nothing else', () => {
    assert.equal(demo.child.lines.length, 1);
    assert.deepEqual(
      demo.people.map(({ username, role, factors }) => [username, role, factors]),
      [
        ['alice', 'member', []],
        ['bob', 'member', ['totp', 'one-time-codes']],
        ['carol', 'administrator', ['totp', 'one-time-codes']],
        ['dave', 'member', ['email-code']],
      ],
    );
    assert.deepEqual(
      demo.clients.map(({ client_id: id, kind }) => [id, kind]),
      [
        ['webmail', 'web'],
        ['dovecot', 'mail'],
      ],
    );
  });

  it('has a mailbox that answers JSON', async () => {
    const mails = await mailsTo('alice@acme.test');
    const subjects = mails.map(({ subject }) => subject).join(' | ');
    assert.match(subjects, /two-step authentication/iu);
    assert.ok(
      mails.every(({ at, from, text }) => Date.parse(at) > 0 && from !== '' && text !== ''),
    );
  });

  it('shows on the mailbox page what its people’s authenticator apps show', async () => {
    const secrets = ['bob', 'carol'].map((login) => demo.person(login).totpSecret ?? '');
    const showing = () => secrets.map((secret) => demo.code(secret));
    // The page is of one moment: between two others, since the codes may change meanwhile.
    const before_ = showing();
    const page = await (await fetch(demo.mailbox)).text();
    const after_ = showing();
    const shown = page.matchAll(/data-login="(\w+)".*?<code>(\d{3})<span>(\d{3})/gsu);
    const codes = Object.fromEntries(
      [...shown].map(([, login, one, other]) => [login, `${one}${other}`]),
    );
    assert.deepEqual(Object.keys(codes), ['alice', 'bob', 'carol']);
    const moments = [before_, after_].map((both) => both.join(' '));
    assert.ok(moments.includes(`${codes['bob']} ${codes['carol']}`), JSON.stringify(codes));
  });

  it('lets its administrator see and do what administrators do, at the command line', async () => {
    const ran = await runHere(['user', 'list', '--json', '--config', demo.config], {
      cwd: tmpdir(),
      env: {},
    });
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(
      (ran.json as unknown as { login: string }[]).map(({ login }) => login).toSorted(),
      ['alice', 'bob', 'carol', 'dave'],
    );
  });

  it('says which port is in use and what to do', async () => {
    const base = Number(new URL(demo.issuer).port);
    const second = await startDemo(['--port-base', String(base)]).then(
      () => 'started',
      (error: Error) => error.message,
    );
    assert.match(second, /Port \d+ is in use/u);
    assert.match(second, /--port-base/u);
  });
});
