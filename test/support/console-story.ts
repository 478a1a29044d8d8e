/** What stories of the console in a real browser are told with: a server that mails, and the mail server beside it. */
import { after, before } from 'node:test';
import type { Browser } from 'playwright-core';
import { openBrowser } from './browser.ts';
import { startMailServer, type MailServer } from './mail-server.ts';
import { startTestServer, type TestServer } from './server.ts';

export interface ConsoleStory {
  server: TestServer;
  browser: Browser;
  smtp: MailServer;
}

/** For the top of a test file: there before its first test, when `ready` is told of it, gone after its last. */
export function useConsoleStory(ready: (story: ConsoleStory) => void | Promise<void>): void {
  let story: ConsoleStory;
  before(async () => {
    const smtp = await startMailServer();
    const server = await startTestServer({ LATCHKEY_MAIL_SMTP_URL: smtp.url });
    story = { server, smtp, browser: await openBrowser() };
    await ready(story);
  });
  after(async () => {
    await story.browser.close();
    await story.server.stop();
    await story.smtp.close();
  });
}
