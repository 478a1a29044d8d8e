/** What most stories need: the server, the mail server that it hands mails to, and an app to sign in to. */
import { after, before } from 'node:test';
import { startMailServer, type MailServer } from './mail-server.ts';
import type { Registration } from './relying-party.ts';
import { startTestServer, type TestServer } from './server.ts';

export interface Setting {
  server: TestServer;
  mail: MailServer;
  webmail: Registration;
}

/** For the top of a test file: there before its first test, gone after its last. */
export function useSetting(): Setting {
  const setting = {} as Setting;
  before(async () => {
    setting.mail = await startMailServer();
    setting.server = await startTestServer({ LATCHKEY_MAIL_SMTP_URL: setting.mail.url });
    setting.webmail = await setting.server.addClient();
  });
  after(async () => {
    await setting.server.stop();
    await setting.mail.close();
  });
  return setting;
}
