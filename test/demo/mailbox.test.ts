import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { createTransport } from 'nodemailer';
import type { Browser } from 'playwright-core';
import type { LiveCode } from '../../demo/live-codes.ts';
import type { ReceivedMail } from '../../demo/received-mail.ts';
import { startMailbox, type Mailbox } from '../../demo/mailbox.ts';
import { accessibilityProblems } from '../support/accessibility.ts';
import { newPerson, openBrowser } from '../support/browser.ts';

const sender = '"Acme sign-in" <no-reply@acme.example>';

suite('the mailbox', () => {
  let browser: Browser;
  let mailbox: Mailbox;
  let now = Date.parse('2026-05-03T10:00:00Z');
  let codes: LiveCode[] = [];

  before(async () => {
    browser = await openBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    mailbox = await startMailbox({ port: 0, now: () => now, codes: async () => codes });
  });
  afterEach(() => mailbox.close());

  const send = (mail: object) =>
    createTransport(mailbox.smtpUrl).sendMail({ from: sender, ...mail });

  async function messages(): Promise<ReceivedMail[]> {
    const response = await fetch(`${mailbox.url}/messages`);
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
    return (await response.json()) as ReceivedMail[];
  }

  test('has no mail at first', async () => {
    assert.deepEqual(await messages(), []);
    const { page, problems, close } = await newPerson(browser);
    await page.goto(mailbox.url);
    await page.getByRole('heading', { name: 'No mail yet' }).waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    assert.deepEqual(problems, []);
    await close();
  });

  test('tells what was sent, newest first', async () => {
    await send({
      to: 'Ada <ada@acme.example>',
      subject: 'Your code',
      text: '123456\n\nWörter 安全\n',
    });
    now += 60_000;
    await send({ to: ['a@acme.example', 'b@acme.example'], subject: 'Zwölf', text: 'x' });
    assert.deepEqual(await messages(), [
      {
        to: 'a@acme.example, b@acme.example',
        from: 'no-reply@acme.example',
        subject: 'Zwölf',
        text: 'x\n',
        at: '2026-05-03T10:01:00.000Z',
      },
      {
        to: 'ada@acme.example',
        from: 'no-reply@acme.example',
        subject: 'Your code',
        text: '123456\n\nWörter 安全\n',
        at: '2026-05-03T10:00:00.000Z',
      },
    ]);
  });

  test('shows each mail’s text, and only as text', async () => {
    const text = 'Dear Ada,\n\n  your code is <b>123456</b>.\n';
    await send({ to: 'ada@acme.example', subject: '<i>Code</i>', text });
    await send({ to: 'ada@acme.example', subject: '', html: '<p>Only <em>HTML</em></p>' });
    const { page, problems, close } = await newPerson(browser);
    await page.goto(mailbox.url);
    const mails = page.getByRole('article');
    assert.match(await mails.nth(0).innerText(), /\(no subject\)[^]*Only HTML/);
    assert.equal(await mails.nth(1).locator('.text').textContent(), text.trim());
    await page.getByRole('heading', { name: '<i>Code</i>' }).waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
    assert.deepEqual(problems, []);
    await close();
  });

  test('shows what authenticator apps show, and keeps it and the mails current', async () => {
    const { page, problems, close } = await newPerson(browser, {
      viewport: { width: 390, height: 844 },
    });
    await page.goto(mailbox.url);
    await page.getByText('Nobody has set one up yet.').waitFor();
    const ada = { login: 'ada', name: 'Ada <b>Lovelace</b>', pending: true };
    codes = [{ ...ada, code: '012345' }];
    const shown = page.locator('[data-login=ada]');
    assert.match(await shown.innerText(), /Ada <b>Lovelace<\/b>\s+being set up\s+012345/u);
    await page.getByText('Next codes in 30 s').waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);

    codes = [{ ...ada, code: '678901', pending: false }];
    now += 10_000;
    await send({ to: 'ada@acme.example', subject: 'A code', text: 'x' });
    await page.getByText('678901').waitFor();
    await page.getByText('Next codes in 20 s').waitFor();
    await page.getByRole('heading', { name: 'A code' }).waitFor();
    assert.deepEqual(problems, []);
    await close();
  });

  test('keeps the newest 500', async () => {
    const transport = createTransport({ url: mailbox.smtpUrl, pool: true, maxConnections: 1 });
    for (let number = 1; number <= 502; number += 1) {
      await transport.sendMail({
        from: sender,
        to: 'a@b.example',
        subject: `${number}`,
        text: 'x',
      });
    }
    transport.close();
    const subjects = (await messages()).map(({ subject }) => subject);
    assert.equal(subjects.length, 500);
    assert.equal(subjects[0], '502');
    assert.equal(subjects.at(-1), '3');
  });

  test('refuses what is larger than 1 MB', async () => {
    const text = 'a line of text\n'.repeat(80_000);
    await assert.rejects(send({ to: 'a@b.example', subject: 'big', text }), /larger|size/i);
    assert.deepEqual(await messages(), []);
  });

  test('tells a port in use by the system’s code', async () => {
    const port = Number(new URL(mailbox.url).port);
    await assert.rejects(startMailbox({ port, now: () => now, codes: async () => codes }), {
      code: 'EADDRINUSE',
    });
  });
});
