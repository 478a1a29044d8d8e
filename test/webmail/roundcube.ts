/** What people do in Roundcube, in a browser. `url`: where it is. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** Milliseconds, for each step and for a mail on its way: machines may be busy with other things. */
export const PATIENCE = 120_000;

export async function compose(page: Page, url: string, to: string, subject: string): Promise<void> {
  await page.goto(`${url}/?_task=mail&_action=compose&_to=${encodeURIComponent(to)}`);
  await page.locator('#compose-subject').fill(subject);
  await page.locator('#composebody').fill('Tea.');
  // It takes no command before its scripts are through, and while it waits for an answer.
  await page.waitForFunction('rcmail.commands.send && !rcmail.busy');
  await page.getByRole('button', { name: 'Send' }).or(page.locator('a.send')).first().click();
  const sent = page.waitForURL(/_task=mail(?!.*compose)/u, { timeout: PATIENCE });
  await sent.catch(async () => assert.fail(`Not sent: ${await page.locator('body').innerText()}`));
}

/** Looks into the inbox until it is there. */
export async function arrives(page: Page, url: string, subject: string): Promise<void> {
  const there = page.getByText(subject).first();
  for (const until = Date.now() + PATIENCE; Date.now() < until;) {
    await page.goto(`${url}/?_task=mail&_mbox=INBOX`);
    const seen = there.waitFor({ timeout: 5000 });
    if (
      await seen.then(
        () => true,
        () => false,
      )
    )
      return;
  }
  assert.fail(`${subject} has not arrived.`);
}
