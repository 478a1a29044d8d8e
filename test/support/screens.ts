/** `npm run screens`: takes the README's pictures from the running demonstration, into docs/screens. */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { newPerson, openBrowser } from './browser.ts';
import { startDemo, type Demo } from './demo.ts';

const FOLDER = fileURLToPath(new URL('../../docs/screens/', import.meta.url));

async function tour(demo: Demo, page: Page): Promise<void> {
  const shoot = (name: string, fullPage = false) =>
    page.screenshot({ path: `${FOLDER}${name}.png`, fullPage });
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const password = async () => {
    const alice = demo.person('alice');
    await page.getByLabel('Login name').fill(alice.username);
    await page.getByLabel('Password').fill(alice.password);
  };
  const code = async (secret: string) => {
    await page.getByLabel('Six-digit code').fill(demo.code(secret));
  };

  await page.goto(demo.webmail);
  await press('Sign in');
  await password();
  await shoot('1-password');
  await press('Sign in');
  await press('Begin setup');
  await press('Next');
  await shoot('2-scan');
  const secret = (await page.locator('#secret').textContent())?.replaceAll(' ', '') ?? '';
  await press('Next');
  await code(secret);
  await press('Submit');
  // Down to the box and the button below the codes.
  await shoot('3-enrolled', true);
  await page.getByLabel('I have saved them').check();
  await press('Finish');
  await password();
  await press('Sign in');
  await demo.nextCode();
  await code(secret);
  await shoot('4-code');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Inbox' }).waitFor();
  await shoot('5-webmail');
  await page.goto(`${demo.issuer}/account`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await shoot('8-account');
}

/** Dave gets his code by mail, and carol uses one of her one-time codes. */
async function otherWays(demo: Demo, page: Page): Promise<void> {
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const signIn = async (username: string) => {
    const person = demo.person(username);
    await page.context().clearCookies();
    await page.goto(demo.webmail);
    await press('Sign in');
    await page.getByLabel('Login name').fill(person.username);
    await page.getByLabel('Password').fill(person.password);
    await press('Sign in');
  };
  await signIn('dave');
  await press('Send code');
  await page.locator('[data-sent="handed-over"]').waitFor();
  await page.screenshot({ path: `${FOLDER}6-mail.png` });
  await signIn('carol');
  await page.getByRole('link', { name: 'One-time code' }).click();
  await page.getByRole('heading', { name: 'Enter a one-time code' }).waitFor();
  await page.screenshot({ path: `${FOLDER}7-one-time-code.png` });
  await page.goto(demo.mailbox);
  await page.getByText(/Next codes in/u).waitFor();
  await page.screenshot({ path: `${FOLDER}9-mailbox.png` });
}

await mkdir(FOLDER, { recursive: true });
const [demo, browser] = await Promise.all([startDemo(), openBrowser()]);
const person = await newPerson(browser, { viewport: { width: 1000, height: 860 } });
try {
  await tour(demo, person.page);
  await otherWays(demo, person.page);
} finally {
  await browser.close();
  await demo.stop();
}
