/** A forgotten password in a real browser: from the sign-in to the mail and back into the sign-in. */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { accessibilityProblems } from '../support/accessibility.ts';
import { newPerson, openBrowser, type Person, type PersonOptions } from '../support/browser.ts';
import { authorize } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
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
const sitDown = async (options?: PersonOptions): Promise<void> => {
  seat = await newPerson(browser, options);
  ({ page } = seat);
};
beforeEach(() => sitDown());
afterEach(() => seat.close());

async function linkTo(address: string): Promise<string> {
  await acme.server.settle();
  const mail = acme.mail.mails.findLast(({ to }) => to === address);
  const html = String(mail?.parsed.html);
  return /<a href="([^"]*)"/u.exec(html)?.[1] ?? '';
}

async function resetPassword(person: TestPerson): Promise<void> {
  await page.goto(authorize(acme.webmail).url.href);
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await page.getByLabel('Login name or email address').fill(person.login);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Check your email' }).waitFor();
  await page.goto(await linkTo(`${person.login}@acme.test`));
  await page.getByLabel('New password').fill(NEW);
  await page.getByLabel('Repeat the password').fill(NEW);
}

async function goOn(person: TestPerson): Promise<void> {
  await page.getByRole('link', { name: 'Continue signing in' }).click();
  await page.getByLabel('Login name').fill(person.login);
  await page.getByLabel('Password').fill(NEW);
  await page.keyboard.press('Enter');
  const redirected = page.waitForRequest((request) => request.url().includes('code='));
  await page.getByLabel('Six-digit code').fill(person.code());
  await page.keyboard.press('Enter');
  assert.ok((await redirected).url().startsWith(acme.webmail.redirectUri));
}

describe('a forgotten password', () => {
  it('is replaced, its strength told while it is typed, and the sign-in goes on', async () => {
    const person = await acme.server.addPerson({}, { totp: true });
    await resetPassword(person);
    assert.equal(await page.locator('.strength').getByRole('status').textContent(), 'Good');
    assert.deepEqual(await accessibilityProblems(page), []);
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByRole('heading', { name: 'Your password is set' }).waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    assert.deepEqual(seat.problems, []);
    await goOn(person);
  });

  it('is replaced on a phone without JavaScript too', async () => {
    await seat.close();
    await sitDown({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
    const person = await acme.server.addPerson({}, { totp: true });
    await resetPassword(person);
    assert.equal(await page.locator('.strength').isVisible(), false);
    await page.getByRole('button', { name: 'Set password' }).click();
    await goOn(person);
  });
});
