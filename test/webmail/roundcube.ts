/** What people do in Roundcube, in a browser. `url`: where it is. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** Milliseconds, for each step and for a mail on its way: machines may be busy with other things. */
export const PATIENCE = 120_000;

/**
 * Until the page has asked for all that it wants. Roundcube reads its session again at the end of a request only where
 * the request took longer than half a second (rcube_session.php, get_cache): of two at once, the later one takes back
 * what the other has kept, such as the letter that is being written. "An internal error occurred" is what it says then.
 */
export const quiet = (page: Page): Promise<void> => page.waitForLoadState('networkidle');

async function open(page: Page, url: string): Promise<void> {
  // What the page before still asks for is dropped by the browser, but not by the server.
  await quiet(page);
  await page.goto(url);
  await quiet(page);
}

export async function compose(page: Page, url: string, to: string, subject: string): Promise<void> {
  await open(page, `${url}/?_task=mail&_action=compose&_to=${encodeURIComponent(to)}`);
  await page.locator('#compose-subject').fill(subject);
  await page.locator('#composebody').fill('Tea.');
  await quiet(page);
  // It takes no command before its scripts are through, and drops one that comes while it waits for an answer.
  const isSent = (url: URL): boolean => /_task=mail(?!.*compose)/u.test(url.href);
  const send = page.getByRole('button', { name: 'Send' }).or(page.locator('a.send')).first();
  for (const until = Date.now() + PATIENCE; Date.now() < until;) {
    const isReady = page.waitForFunction('rcmail.commands.send && !rcmail.busy');
    if (await happens(isReady)) await happens(send.click({ timeout: 5000 }));
    if (await happens(page.waitForURL(isSent, { timeout: 10_000 }))) return;
  }
  assert.fail(`Not sent: ${await page.locator('body').innerText()}`);
}

/** False: not in time. */
const happens = (event: Promise<unknown>): Promise<boolean> =>
  event.then(
    () => true,
    () => false,
  );

/** Looks into the inbox until it is there. */
export async function arrives(page: Page, url: string, subject: string): Promise<void> {
  const there = page.getByText(subject).first();
  for (const until = Date.now() + PATIENCE; Date.now() < until;) {
    await open(page, `${url}/?_task=mail&_mbox=INBOX`);
    if (await happens(there.waitFor({ timeout: 5000 }))) return;
  }
  assert.fail(`${subject} has not arrived.`);
}
