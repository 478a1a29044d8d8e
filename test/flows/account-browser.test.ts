/** One person’s evening with their account page, in a real browser: on a desk, and on a phone without JavaScript. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { getPerson } from '../../src/accounts/person.ts';
import { accessibilityProblems } from '../support/accessibility.ts';
import { newPerson, openBrowser, type Person, type PersonOptions } from '../support/browser.ts';
import { codeOf, PASSWORD, type TestPerson } from '../support/server.ts';
import { useSetting } from '../support/setting.ts';

const NEW = 'gravel sonnet umbrella';
const acme = useSetting();

let browser: Browser;
let seat: Person;
let page: Page;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());
afterEach(() => seat.close());

async function sitDown(options: PersonOptions): Promise<void> {
  seat = await newPerson(browser, options);
  ({ page } = seat);
}

const open = (path: string) => page.goto(`${acme.server.issuer}${path}`);
const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
const follow = (name: string) => page.getByRole('link', { name, exact: true }).first().click();
const heading = (name: string) =>
  page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

async function giveCode(code: string): Promise<void> {
  await page.getByLabel('Six-digit code').fill(code);
  await page.keyboard.press('Enter');
}

async function givePassword(person: TestPerson, password = PASSWORD): Promise<void> {
  await page.getByLabel('Login name').fill(person.login);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
}

/** The next code of the authenticator, as the one before is spent. */
function nextCode(secret: string): string {
  acme.server.clock.ahead += 30_000;
  return codeOf(secret, acme.server.now());
}

async function setUp(person: TestPerson): Promise<string> {
  await follow('Set up two-step authentication');
  await press('Begin setup');
  await press('Next');
  const secret = (await page.locator('#secret').innerText()).replaceAll(/\s/gu, '');
  await press('Next');
  await giveCode(nextCode(secret));
  await heading('You have enrolled in MFA');
  await press('Finish');
  await givePassword(person);
  await giveCode(nextCode(secret));
  await heading('Two-step authentication');
  return secret;
}

async function manageCodes(): Promise<void> {
  await page.getByText('10 unused codes').waitFor();
  await follow('View');
  await heading('Your one-time codes');
  const before_ = await page.locator('#one-time-codes code').allInnerTexts();
  await follow('Generate new codes');
  await press('Yes, generate new codes');
  await page.getByText('These are your new codes.').waitFor();
  const after_ = await page.locator('#one-time-codes code').allInnerTexts();
  assert.equal(after_.length, 10);
  assert.ok(after_.every((code) => !before_.includes(code)));
}

async function makePasscode(): Promise<void> {
  await follow('Application passcodes');
  await heading('Application passcodes');
  await follow('Add application code');
  await page.getByLabel('Name').fill('Mail on the phone');
  await page.getByLabel('Ends by itself').selectOption('30');
  await press('Make passcode');
  await heading('Your new passcode');
  assert.equal((await page.locator('#passcode code').allInnerTexts()).length, 4);
  await follow('Done');
  await follow('Revoke');
  await press('Yes, revoke it');
  await page.getByText('“Mail on the phone” is revoked.').waitFor();
}

async function changePassword(): Promise<void> {
  await follow('Password & addresses');
  await follow('Change password');
  await page.getByLabel('Present password').fill(PASSWORD);
  await page.getByLabel('New password').fill(NEW);
  await page.getByLabel('Repeat the password').fill(NEW);
  await press('Change password');
  await page.getByText('Your password is changed.').waitFor();
}

const SEATS: [string, PersonOptions][] = [
  ['at a desk', {}],
  [
    'on a phone in the dark, without JavaScript',
    { javaScriptEnabled: false, colorScheme: 'dark', viewport: { width: 390, height: 844 } },
  ],
];

describe('the account page', () => {
  for (const [where, options] of SEATS)
    it(`from the first visit to signing out, ${where}`, async () => {
      await acme.server.setOrganisationMfa('optional');
      await sitDown(options);
      const person = await acme.server.addPerson();
      await open('/account');
      await givePassword(person);
      await heading('Your account');
      if (options.javaScriptEnabled !== false)
        assert.deepEqual(await accessibilityProblems(page), []);
      await follow('Two-step authentication');
      await setUp(person);
      await manageCodes();
      await makePasscode();
      await changePassword();
      await acme.server.settle();
      await follow('Recent activity');
      await page.getByText('Password changed').waitFor();
      await press('Sign out');
      await heading('You are not signed in');
      const stored = await getPerson(acme.server.store, person.person.id);
      assert.equal(stored?.authenticators.length, 1);
      assert.deepEqual(stored.passcodes, []);
      assert.deepEqual(seat.problems, []);
    });
});
