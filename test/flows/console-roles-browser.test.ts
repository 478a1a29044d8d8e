/** A day in the console for those who look into the log, and for those who look after the installation, in a real browser. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { AccountSeat, SEATS } from '../support/account-seat.ts';
import { useConsoleStory } from '../support/console-story.ts';
import type { MailServer } from '../support/mail-server.ts';
import type { TestPerson, TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
let smtp: MailServer;
useConsoleStory((story) => {
  ({ server, browser, smtp } = story);
});

async function seated(who: TestPerson, options: object): Promise<AccountSeat> {
  await server.settle();
  const seat = await AccountSeat.take(browser, server, options);
  await seat.enter(who, '/admin');
  await seat.heading('Administration');
  return seat;
}

const hasSection = async ({ page }: AccountSeat, name: string): Promise<boolean> =>
  (await page.getByRole('link', { name, exact: true, includeHidden: true }).count()) > 0;

describe('an auditor', () => {
  for (const [where, options] of SEATS)
    it(`finds what somebody did, takes it along as a file, and is offered nothing else, ${where}`, async () => {
      const end = options.javaScriptEnabled === false ? 'two' : 'one';
      const auditor = await server.addPerson({ role: 'auditor' }, { totp: true });
      const login = `watched-${end}`;
      await server.addPerson({ login, email: `${login}@acme.test`, name: `Wanda ${end}` });
      const seat = await seated(auditor, options);
      for (const section of ['Keys', 'Mail', 'Health'])
        assert.ok(!(await hasSection(seat, section)));
      await seat.sees('Wrong passwords and codes');
      assert.equal(await seat.page.getByText('This installation').count(), 0);
      await seat.goTo('Audit log');
      await seat.page.getByLabel('Whom it is about').fill(login);
      await seat.press('Find');
      await seat.page
        .getByRole('cell', { name: /A person was added/u })
        .first()
        .waitFor();
      await seat.sees(`Wanda ${end}`);
      const saved = seat.page.waitForEvent('download');
      await seat.follow('CSV');
      const download = await saved;
      assert.match(download.suggestedFilename(), /^audit-\d{4}-\d{2}-\d{2}\.csv$/u);
      const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\n');
      assert.equal(lines.length, 2);
      assert.match(lines[1] ?? '', /person\.added/u);
      await seat.close();
    });
});

describe('an administrator of the installation', () => {
  for (const [where, options] of SEATS)
    it(`sees what to do first, tries the mail, checks everything and makes new keys, ${where}`, async () => {
      const isFirst = options.javaScriptEnabled !== false;
      const email = `root-${isFirst ? 'one' : 'two'}@acme.test`;
      const root = await server.addPerson({ role: 'administrator', email }, { totp: true });
      const seat = await seated(root, options);
      await seat.sees('This installation');
      if (isFirst) {
        await seat.sees('What to do first');
        await seat.sees('Connect an app');
      }
      await seat.goTo('Mail');
      await seat.follow('Send a test mail…');
      await seat.press('Yes, send');
      // What is still on its way can't be loaded again.
      await seat.heading('Mail');
      await smtp.accepted(email);
      await server.settle();
      await seat.page.reload();
      await seat.sees('The mail server has taken the test mail');

      await seat.goTo('Health');
      await seat.sees('Every process has the active key');
      await seat.follow('Check everything…');
      await seat.press('Yes, check');
      await seat.heading('Health');
      await server.settle();
      await seat.page.reload();
      await seat.sees('Nothing is damaged');

      await seat.goTo('Keys');
      if (isFirst) {
        await seat.follow('Make new keys…');
        await seat.press('Yes, make them');
        await seat.sees('There are new keys');
      } else await seat.sees('Signs from');
      await seat.goTo('Overview');
      if (isFirst) {
        // The test mail ticks it.
        await seat.sees('of 5 done');
        await seat.follow('Put the list away…');
        await seat.press('Yes, put it away');
        await seat.sees('has been put away');
      }
      assert.equal(await seat.page.getByText('What to do first').count(), 0);
      await seat.close();
    });
});
