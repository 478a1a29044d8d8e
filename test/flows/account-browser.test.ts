/** One person’s evening with their account page, in a real browser: on a desk, and on a phone without JavaScript. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { getPerson } from '../../src/records/person.ts';
import { accessibilityProblems } from '../support/accessibility.ts';
import { AccountSeat, SEATS } from '../support/account-seat.ts';
import { openBrowser } from '../support/browser.ts';
import { PASSWORD } from '../support/server.ts';
import { useSetting } from '../support/setting.ts';

const NEW = 'gravel sonnet umbrella';
const acme = useSetting();

let browser: Browser;
let seat: AccountSeat;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());
afterEach(() => seat.close());

async function manageCodes({ page }: AccountSeat): Promise<void> {
  await seat.sees('10 unused codes');
  await seat.follow('View');
  await seat.heading('Your one-time codes');
  const codes = () => page.locator('#one-time-codes code').allInnerTexts();
  const old = await codes();
  await seat.follow('Generate new codes');
  await seat.press('Yes, generate new codes');
  await seat.sees('These are your new codes.');
  const made = await codes();
  assert.equal(made.length, 10);
  assert.ok(made.every((code) => !old.includes(code)));
}

async function makePasscode({ page }: AccountSeat): Promise<void> {
  await seat.goTo('Application codes');
  await seat.heading('Application codes');
  await seat.follow('Add application code');
  await page.getByLabel('Name').fill('Mail on the phone');
  await page.getByLabel('Expires').selectOption('30');
  await seat.press('Create code');
  await seat.heading('Your new application code');
  assert.equal((await page.locator('#passcode code').allInnerTexts()).length, 4);
  await seat.follow('Done');
  await seat.follow('Revoke');
  await seat.press('Yes, revoke it');
  await seat.sees('“Mail on the phone” has been revoked.');
}

async function changePassword({ page }: AccountSeat): Promise<void> {
  await seat.goTo('Password & addresses');
  await seat.follow('Change password');
  await page.getByLabel('Present password').fill(PASSWORD);
  await page.getByLabel('New password').fill(NEW);
  await page.getByLabel('Repeat the password').fill(NEW);
  await seat.press('Change password');
  await seat.sees('Your password has been changed.');
}

describe('the account page', () => {
  for (const [where, options] of SEATS)
    it(`from the first visit to signing out, ${where}`, async () => {
      await acme.server.setOrganisationMfa('optional');
      seat = await AccountSeat.take(browser, acme.server, options);
      const person = await acme.server.addPerson();
      await seat.open('/account');
      await seat.givePassword(person);
      await seat.heading('Your account');
      if (options.javaScriptEnabled !== false)
        assert.deepEqual(await accessibilityProblems(seat.page), []);
      await seat.goTo('Two-step authentication');
      await seat.follow('Set up two-step authentication');
      await seat.throughWizard(person);
      await seat.heading('Two-step authentication');
      await manageCodes(seat);
      await makePasscode(seat);
      await changePassword(seat);
      await acme.server.settle();
      await seat.goTo('Recent activity');
      await seat.sees('Password changed');
      await seat.openMenu();
      await seat.press('Sign out');
      await seat.heading('You are not signed in');
      const stored = await getPerson(acme.server.store, person.person.id);
      assert.equal(stored?.authenticators.length, 1);
      assert.deepEqual(stored.passcodes, []);
      assert.deepEqual(seat.person.problems, []);
    });
});
