/** What the script adds to the pages (views/assets/latchkey.js), in a real browser. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import Koa from 'koa';
import type { Browser, Page } from 'playwright-core';
import { loadAssets, serveAssets } from '../../src/web/assets.ts';
import { securityHeaders } from '../../src/net/response-headers.ts';
import { createRenderer } from '../../src/web/render.ts';
import { newPerson, openBrowser, type Person, type PersonOptions } from '../support/browser.ts';
import type { Sample } from '../support/sample.ts';
import { samplePages } from '../support/sample-pages.ts';
import { CODES } from '../support/sample-sign-in.ts';

const VIEWS = join(import.meta.dirname, '..', '..', 'views');

let samples: Sample[];
let browser: Browser;
let server: Server;
let origin: string;
let person: Person;
let page: Page;
/** Names of the samples that `/page` shows, one after the other and the last one for ever. */
let shown: string[];
let requests: string[];

before(async () => {
  const assets = await loadAssets(join(VIEWS, 'assets'));
  const renderer = createRenderer(VIEWS, assets);
  samples = await samplePages();
  const app = new Koa();
  app.use(securityHeaders(false));
  app.use(serveAssets(assets));
  app.use((ctx) => {
    requests.push(`${ctx.method} ${ctx.path}`);
    if (ctx.path !== '/page') return;
    const name = shown.length > 1 ? shown.shift() : shown[0];
    if (name === 'elsewhere') return ctx.redirect('/elsewhere');
    const sample = samples.find((candidate) => candidate.name === name);
    assert.ok(sample, name);
    ctx.type = 'html';
    ctx.body = renderer.render(sample.page, 'en', { ...sample.context, action: '/page' });
  });
  const listener = app.callback();
  server = createServer((request, response) => void listener(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  server.close();
});

const sitDown = async (options?: PersonOptions): Promise<void> => {
  person = await newPerson(browser, options);
  ({ page } = person);
};
beforeEach(async () => {
  requests = [];
  await sitDown();
});
afterEach(async () => {
  assert.deepEqual(person.problems, []);
  await person.close();
});

const open = async (...names: string[]): Promise<void> => {
  shown = names;
  await page.goto(`${origin}/page`);
};
/** The browser gives it a moment after the page has loaded. */
const focusOn = (id: string): Promise<void> => page.locator(`#${id}:focus`).waitFor();
const button = (name: string) => page.getByRole('button', { name, exact: true });

describe('"Send again"', () => {
  it('waits for its time, counts the seconds for the eye only, and works then', async () => {
    await page.clock.install();
    await open('email-code-handed-over');
    await page.clock.runFor(10);
    const text = page.locator('[data-wait-text]');
    assert.equal(await button('Send again').isDisabled(), true);
    assert.equal((await text.textContent())?.trim(), 'You can send another one in 24 s.');
    assert.equal(await text.evaluate((node) => node.closest('[role=status], [aria-live]')), null);
    await page.clock.runFor(1000);
    assert.equal((await text.textContent())?.trim(), 'You can send another one in 23 s.');
    await page.clock.runFor(22_000);
    assert.equal(await button('Send again').isDisabled(), true);
    await page.clock.runFor(1000);
    assert.equal(await button('Send again').isDisabled(), false);
    assert.equal(await text.count(), 0);
  });

  it('can be pressed at once where there is nothing to wait for, and without the script', async () => {
    await open('email-code-alone');
    assert.equal(await button('Send again').isDisabled(), false);
    await person.close();
    await sitDown({ javaScriptEnabled: false });
    await open('email-code-queued');
    assert.equal(await button('Send again').isDisabled(), false);
    assert.equal(await page.getByRole('link', { name: 'Load this page again' }).count(), 1);
  });
});

describe('a mail on its way', () => {
  it('is told of when it was handed over: politely, and whoever types goes on typing', async () => {
    await page.clock.install();
    await open('email-code-queued', 'email-code-queued', 'email-code-handed-over');
    const status = page.getByRole('status');
    const first = await status.elementHandle();
    await focusOn('code');
    await page.keyboard.type('123');
    while ((await status.getAttribute('data-sent')) === 'queued') await page.clock.runFor(500);
    assert.equal(await status.getAttribute('data-sent'), 'handed-over');
    assert.match((await status.textContent()) ?? '', /^Sent\./u);
    assert.ok(await status.evaluate((node, before) => node === before, first));
    await page.keyboard.type('456');
    assert.equal(await page.getByLabel('Six-digit code').inputValue(), '123456');
    await page.clock.runFor(60_000);
    assert.deepEqual(requests, ['GET /page', 'GET /page', 'GET /page'], 'not asked for any more');
  });

  it('is not asked for any more when the sign-in is elsewhere by now', async () => {
    await page.clock.install();
    await open('email-code-queued', 'elsewhere');
    const answered = page.waitForResponse(`${origin}/page`);
    await page.clock.runFor(700);
    await answered;
    await page.clock.runFor(60_000);
    assert.equal(await page.locator('[data-sent="queued"]').count(), 1);
    assert.deepEqual(requests, ['GET /page', 'GET /page']);
  });
});

describe('codes', () => {
  it('are copied a line each, without those that were used, and that is told', async () => {
    await person.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
    const sample = samples.find(({ name }) => name === 'enrolled-totp');
    assert.ok(sample);
    const codes = CODES.map((one, at) => ({ ...one, used: at === 2 }));
    const name = 'enrolled-used';
    samples.push({ ...sample, name, context: { ...sample.context, codes } });
    await open(name);
    await button('Copy codes').click();
    await page.getByRole('status').getByText('The codes were copied.').waitFor();
    const left = CODES.filter((_, at) => at !== 2).map(({ code }) => code);
    assert.deepEqual((await page.evaluate(() => navigator.clipboard.readText())).split('\n'), left);
  });

  it('are selected for copying by hand where the browser does not allow it', async () => {
    await page.addInitScript(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'));
    });
    await open('enrolled-totp');
    await button('Copy codes').click();
    await page.waitForFunction(() => String(getSelection()).includes('K3QXV-7MTRA'));
    assert.equal(await page.getByText('The codes were copied.').count(), 0);
  });

  it('are printed from a page of their own, with nothing but them on paper', async () => {
    await page.addInitScript('window.printed = 0; window.print = () => (window.printed += 1);');
    await open('one-time-codes-print');
    await button('Print').click();
    assert.equal(await page.evaluate('window.printed'), 1);
    await page.emulateMedia({ media: 'print' });
    assert.equal(await button('Print').count(), 0);
    assert.equal(await page.getByText('Latchkey', { exact: true }).isVisible(), false);
    assert.equal(await page.locator('li code:visible').count(), 10);
  });

  it('can be printed without the script too, and nothing is offered that needs it', async () => {
    await person.close();
    await sitDown({ javaScriptEnabled: false });
    await open('enrolled-totp');
    assert.equal(await page.getByRole('link', { name: 'Print' }).count(), 1);
    assert.equal(await button('Copy codes').count(), 0);
  });
});

describe('a secret', () => {
  it('is copied as one word', async () => {
    await person.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
    await open('enrol-scan');
    await button('Copy secret').click();
    await page.getByRole('status').getByText('The secret was copied.').waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP');
  });
});

describe('a form', () => {
  it('is sent once, however often it is submitted, and again when it comes back', async () => {
    await open('totp');
    await page.getByLabel('Six-digit code').fill('123456');
    const sent = page.waitForResponse((answer) => answer.request().method() === 'POST');
    // Of several that go out in one turn the browser sends the last: they are counted in the page.
    const taken = await page.evaluate(() => {
      const form = document.querySelector('form');
      const sendings: boolean[] = [];
      document.addEventListener('submit', (event) => sendings.push(!event.defaultPrevented));
      form?.requestSubmit();
      form?.requestSubmit();
      // One that is sent while the page is read: some browsers tell of the page after that.
      dispatchEvent(new PageTransitionEvent('pageshow'));
      form?.requestSubmit();
      dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
      form?.requestSubmit();
      return sendings;
    });
    assert.deepEqual(taken, [true, false, false, true]);
    await sent;
    assert.equal(requests.filter((request) => request === 'POST /page').length, 1);
  });
});

describe('the keyboard', () => {
  const focused = () =>
    page.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.id);

  it('goes from the box to the main button and then to the other ways', async () => {
    await open('email-code-alone');
    await focusOn('code');
    const order: (string | undefined)[] = [];
    for (let presses = 0; presses < 5; presses += 1) {
      await page.keyboard.press('Tab');
      order.push(await focused());
    }
    const help = 'If the email doesn’t come';
    assert.deepEqual(order, ['Sign in', 'Cancel', 'Send again', help, 'Not you?']);
  });

  it('of a passkey offered beside the password comes after the password', async () => {
    await open('password-passkey');
    await focusOn('login');
    const order: (string | undefined)[] = [];
    for (let presses = 0; presses < 6; presses += 1) {
      await page.keyboard.press('Tab');
      order.push(await focused());
    }
    const ways = ['Sign in', 'Sign in with a passkey', 'Cancel'];
    assert.deepEqual(order, ['password', 'Show password', 'Forgot your password?', ...ways]);
    assert.equal(await page.getByText('or', { exact: true }).isVisible(), true);
  });
});

describe('motion', () => {
  it('stops for those who asked for less of it', async () => {
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await open('email-code-queued');
    const animation = await page
      .getByRole('status')
      .evaluate((node) => getComputedStyle(node, '::before').animationName);
    assert.equal(animation, 'none');
  });
});
