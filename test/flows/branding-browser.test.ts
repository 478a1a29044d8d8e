/** An installation under its own name, logo and colour, in a real browser: nobody who comes here reads ours. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { accessibilityProblems } from '../support/accessibility.ts';
import { newPerson, openBrowser, type Person } from '../support/browser.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { authorize, type Registration } from '../support/relying-party.ts';
import { PASSWORD, startTestServer, type TestServer } from '../support/server.ts';

const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 50"><script>document.title="run"</script><rect width="200" height="50" fill="#124"/></svg>';
const YELLOW = 'rgb(255, 204, 0)';

let folder: string;
let server: TestServer;
let mail: MailServer;
let webmail: Registration;
let browser: Browser;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-brand-'));
  await writeFile(join(folder, 'logo.svg'), LOGO);
  mail = await startMailServer();
  server = await startTestServer({
    LATCHKEY_MAIL_SMTP_URL: mail.url,
    LATCHKEY_BRANDING_NAME: 'Example Sign-in',
    LATCHKEY_BRANDING_LOGO: join(folder, 'logo.svg'),
    LATCHKEY_BRANDING_COLOUR: '#ffcc00',
    LATCHKEY_BRANDING_HELP_URL: 'https://help.example.test/sign-in',
    LATCHKEY_BRANDING_CONTACT: 'IT service desk, it@example.test, extension 4000.',
  });
  webmail = await server.addClient();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await server.stop();
  await mail.close();
  await rm(folder, { recursive: true, force: true });
});

/** What is true of each page. */
async function isBranded({ page, problems }: Person): Promise<void> {
  assert.match(await page.title(), /. · Example Sign-in$/u);
  const logo = page.getByRole('img', { name: 'Example Sign-in' }).first();
  assert.ok(await logo.evaluate((image) => (image as HTMLImageElement).naturalWidth > 0));
  assert.doesNotMatch(await page.locator('body').innerText(), /latchkey/iu);
  const asked = page.locator('.help-line');
  assert.match(
    await asked.innerText(),
    /Your administrator: IT service desk, it@example\.test, ext/u,
  );
  const [mail, help] = await asked.getByRole('link').all();
  assert.equal(await mail?.getAttribute('href'), 'mailto:it@example.test');
  assert.equal(await help?.getAttribute('href'), 'https://help.example.test/sign-in');
  assert.deepEqual(await accessibilityProblems(page), []);
  assert.deepEqual(problems, []);
}

const ground = (page: Page): Promise<string> =>
  page
    .locator('.primary')
    .first()
    .evaluate((button) => getComputedStyle(button).backgroundColor);

describe('an installation with a brand', () => {
  for (const colorScheme of ['light', 'dark'] as const)
    it(`has it on every page from the sign-in to the set-up, ${colorScheme}`, async () => {
      const person = await newPerson(browser, { colorScheme });
      const { page } = person;
      const { login } = await server.addPerson();
      await page.goto(`${server.issuer}/`);
      await isBranded(person);
      await page.goto(`${server.issuer}/account`);
      await isBranded(person);
      await page.goto(authorize(webmail).url.href);
      await isBranded(person);
      assert.equal(await ground(page), YELLOW);
      await page.getByLabel('Login name').fill(login);
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Begin setup' }).click();
      await page.getByRole('button', { name: 'Next' }).click();
      await isBranded(person);
      // The name above the page is what people look for in their app.
      assert.match(await page.locator('main').innerText(), /Example Sign-in/u);
      await page.goto(`${server.issuer}/nowhere`);
      person.problems.length = 0;
      await isBranded(person);
      await person.close();
    });

  it('has it also where somebody came under another address', async () => {
    const person = await newPerson(browser);
    const answer = await person.page.goto(server.issuer.replace('localhost', '127.0.0.1'));
    assert.equal(answer?.status(), 421);
    person.problems.length = 0;
    await isBranded(person);
    const card = person.page.locator('.card');
    assert.equal(await card.evaluate((main) => getComputedStyle(main).borderRadius), '16px');
    await person.close();
  });

  it('serves its logo from its own origin, where a drawing can do nothing', async () => {
    const { page, problems, close } = await newPerson(browser);
    await page.goto(`${server.issuer}/`);
    const source = await page.locator('img.logo').getAttribute('src');
    const answer = await page.goto(`${server.issuer}${source}`);
    assert.equal(answer?.headers()['content-type'], 'image/svg+xml');
    assert.match(
      answer?.headers()['content-security-policy'] ?? '',
      /^default-src 'none';.* sandbox$/u,
    );
    assert.match(problems.join(), /Blocked script execution/u);
    assert.notEqual(await page.title(), 'run');
    await close();
  });

  it('whose logo can’t be used does not start, and says what to do', async () => {
    const env = { LATCHKEY_BRANDING_LOGO: join(folder, 'none.svg') };
    await assert.rejects(startTestServer(env), (error) => {
      assert.match(
        String(error),
        /branding\.logo\n.*none\.svg cannot be read[^]*Allowed: an SVG, PNG/u,
      );
      return true;
    });
  });
});

/** What was mailed there, oldest first. */
async function mailsTo(address: string) {
  await server.settle();
  return mail.mails.filter(({ to }) => to === address).map(({ parsed }) => parsed);
}

describe('a mail', () => {
  it('with a code is of the organisation, greets whom it is for, and says which browser asks', async () => {
    const { login, person } = await server.addPerson({}, { email: true });
    const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    const other = createHttpBrowser(server.issuer, { 'user-agent': userAgent });
    const asked = await other.open(authorize(webmail).url);
    const page = await other.submit(asked, { login, password: PASSWORD });
    await other.submit(page, { go: 'send' });
    const [{ subject, from, text = '', html } = assert.fail()] = await mailsTo(
      `${login}@home.test`,
    );
    assert.match(subject ?? '', /^Your Acme sign-in code \(reference \w{4}\)$/u);
    assert.deepEqual(from?.value, [{ name: 'Acme', address: 'latchkey@localhost' }]);
    assert.ok(text.includes(`Hello ${person.name},`));
    assert.match(text, /Browser: Firefox on Linux\nIP address: (?:127\.0\.0\.1|::1)/u);
    assert.match(text, /Your administrator: IT service desk, it@example\.test, extension 4000\./u);
    assert.doesNotMatch(text + String(html), /https?:/u);
  });

  it('that tells of something leads to the account, in the colour of the brand', async () => {
    const { login } = await server.addPerson({}, { email: true });
    const somebody = createHttpBrowser(server.issuer);
    const page = await somebody.open(`${server.issuer}/forgot-password`);
    await somebody.submit(page, { login });
    const [{ text = '' } = assert.fail()] = await mailsTo(`${login}@acme.test`);
    const link = /^https?:\S+token=\S+$/mu.exec(text)?.[0] ?? assert.fail(text);
    const box = await somebody.open(link);
    const chosen = {
      password: 'gravel sonnet umbrella',
      password_repeat: 'gravel sonnet umbrella',
    };
    await somebody.submit(box, chosen);
    const told = (await mailsTo(`${login}@acme.test`)).at(-1);
    assert.equal(told?.subject, 'The password of your Acme account was set');
    const button = new RegExp(
      `<a href="${server.issuer}/account" style="[^"]*#ffcc00[^"]*">Open`,
      'u',
    );
    assert.match(String(told?.html), button);
    assert.ok(told?.text?.includes(`\n${server.issuer}/account\n`));
    assert.match(told?.text ?? '', /https:\/\/help\.example\.test\/sign-in/u);
  });
});

describe('what browsers look for by themselves', () => {
  it('is there: an icon for the tab, one for bookmarks, one for the home screen', async () => {
    for (const [path, type] of [
      ['/favicon.ico', /^image\/(?:x-icon|vnd\.microsoft\.icon)/u],
      ['/apple-touch-icon.png', /^image\/png/u],
    ] as const) {
      const answer = await fetch(`${server.issuer}${path}`);
      assert.equal(answer.status, 200);
      assert.match(answer.headers.get('content-type') ?? '', type);
      assert.equal(answer.headers.get('cache-control'), 'public, max-age=86400');
      assert.equal(answer.headers.get('set-cookie'), null);
      assert.ok(Number(answer.headers.get('content-length')) > 100);
    }
  });
});
