/** Boxes for passwords in a real browser: shown or not, how strong a new one is (views/assets/password.js), Enter. */
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
import { accessibilityProblems } from '../support/accessibility.ts';
import { newPerson, openBrowser, type Person, type PersonOptions } from '../support/browser.ts';
import { samplePages } from '../support/sample-pages.ts';

const VIEWS = join(import.meta.dirname, '..', '..', 'views');

let browser: Browser;
let server: Server;
let person: Person;
let page: Page;

before(async () => {
  const assets = await loadAssets(join(VIEWS, 'assets'));
  const renderer = createRenderer(VIEWS, assets);
  const samples = await samplePages();
  const app = new Koa();
  app.use(securityHeaders(false));
  app.use(serveAssets(assets));
  app.use((ctx) => {
    const sample = samples.find(({ name }) => `/${name}` === ctx.path);
    assert.ok(sample, ctx.path);
    ctx.type = 'html';
    ctx.body = renderer.render(sample.page, 'en', sample.context);
  });
  const listener = app.callback();
  server = createServer((request, response) => void listener(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  server.close();
});

async function sitDown(name: string, options?: PersonOptions): Promise<void> {
  person = await newPerson(browser, options);
  ({ page } = person);
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`);
}
beforeEach(() => sitDown('set-password'));
afterEach(async () => {
  assert.deepEqual(person.problems, []);
  await person.close();
});

const box = () => page.getByLabel('New password', { exact: true });
const said = async (): Promise<string | null> => page.locator('.strength p').textContent();
/** How many bars have another colour than those of a page where nothing was typed. */
async function filled(): Promise<number> {
  const bars = page.locator('.meter span');
  const colours = await bars.evaluateAll((spans) =>
    spans.map((span) => getComputedStyle(span).backgroundColor),
  );
  const empty = await page.locator('body').evaluate((body) => {
    body.style.color = 'var(--line)';
    const { color } = getComputedStyle(body);
    body.style.removeProperty('color');
    return color;
  });
  return colours.filter((colour) => colour !== empty).length;
}

describe('the strength of a new password', () => {
  const cases: [string, string, number][] = [
    ['gravel sonnet', 'Too short', 0],
    ['aaaaaaaaaaaaaaaaaaaa', 'Easy to guess', 1],
    ['qwertyuiop1234567890', 'Easy to guess', 1],
    ['alicealicealicealice', 'Easy to guess', 1],
    ['password password', 'Easy to guess', 1],
    ['umbrellasonnets', 'Fair', 2],
    ['granite-otter-balloon', 'Good', 3],
    ['granite otter with a red balloon', 'Strong', 4],
    ['xK9#mQ2$vL7p!wR4', 'Good', 3],
    ['貓咪喜歡在屋頂上曬太陽睡午覺喝牛奶', 'Strong', 4],
  ];
  it('is told of each, whatever was typed before', async () => {
    for (const [password, words, bars] of [...cases, ...cases.toReversed()]) {
      await box().fill(password);
      assert.equal(await said(), words, password);
      assert.equal(await filled(), bars, password);
    }
  });

  it('is told politely, only when it changes, and goes with the last character', async () => {
    const strength = page.locator('.strength');
    assert.equal(await strength.isVisible(), false);
    await page.evaluate(() => {
      const status = document.querySelector('.strength [role=status]');
      const seen: string[] = [];
      Object.assign(globalThis, { seen });
      const note = () => seen.push(status?.textContent ?? '');
      new MutationObserver(note).observe(status as Element, { childList: true });
    });
    await box().pressSequentially('granite otter w');
    assert.equal(await strength.isVisible(), true);
    assert.deepEqual(await page.evaluate('globalThis.seen'), ['Too short', 'Fair']);
    await box().fill('');
    assert.equal(await strength.isVisible(), false);
  });

  it('has no fault that axe finds, in light and dark, and its rules are the box’s description', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const password of [
        'x',
        'aaaaaaaaaaaaaaaaaaaa',
        'umbrellasonnets',
        'granite-otter-ball',
      ]) {
        await box().fill(password);
        assert.deepEqual(await accessibilityProblems(page), [], `${colorScheme} ${password}`);
      }
    }
    const description = await box().evaluate((input) => {
      const ids = (input.getAttribute('aria-describedby') ?? '').split(' ');
      return ids.map((id) => document.getElementById(id)?.textContent).join(' ');
    });
    assert.match(description, /At least 15 characters\./u);
  });

  it('is no word of it without the script: the rules stand there', async () => {
    await person.close();
    await sitDown('set-password', { javaScriptEnabled: false });
    assert.equal(await page.locator('.strength').isVisible(), false);
    assert.equal(await page.getByText('At least 15 characters.').isVisible(), true);
    assert.equal(await page.getByText('No password that many people use').isVisible(), true);
  });

  it('is told where the first administrator is made too', async () => {
    await person.close();
    await sitDown('setup');
    await page.getByLabel('Password', { exact: true }).fill('q7-zebra');
    assert.notEqual(await said(), '');
  });
});

describe('"Show password"', () => {
  const show = () => page.getByRole('button', { name: 'Show password' });
  const types = () =>
    page
      .locator('#password, #password_repeat')
      .evaluateAll((boxes) => boxes.map((input) => (input as HTMLInputElement).type));

  it('shows both boxes of a new one, and hides them again', async () => {
    await box().fill('granite otter');
    await show().click();
    assert.deepEqual(await types(), ['text', 'text']);
    assert.deepEqual(await accessibilityProblems(page), []);
    await page.getByRole('button', { name: 'Hide password' }).press('Enter');
    assert.deepEqual(await types(), ['password', 'password']);
    assert.equal(await box().inputValue(), 'granite otter');
    assert.equal(new URL(page.url()).pathname, '/set-password', 'it sends nothing');
  });

  it('ends when the form is sent or the page is left: nothing is kept as text', async () => {
    for (const end of ['submit', 'pagehide']) {
      await show().click();
      await page.evaluate((event) => {
        const form = document.querySelector('form');
        form?.addEventListener('submit', (submitted) => submitted.preventDefault());
        if (event === 'submit') form?.requestSubmit();
        else dispatchEvent(new PageTransitionEvent(event, { persisted: true }));
      }, end);
      assert.deepEqual(await types(), ['password', 'password'], end);
      await show().waitFor();
    }
  });

  it('is one button for each password of another kind, and never corrected or kept in capitals', async () => {
    await person.close();
    await sitDown('account-password-wrong');
    assert.equal(await show().count(), 2);
    await show().first().click();
    assert.equal(await page.getByLabel('Present password').getAttribute('type'), 'text');
    assert.deepEqual(await types(), ['password', 'password']);
    for (const input of await page.locator('[type=password], #present').all()) {
      assert.equal(await input.getAttribute('spellcheck'), 'false');
      assert.equal(await input.getAttribute('autocapitalize'), 'none');
    }
  });

  it('fits beside or below its label on a small screen with large text', async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    for (const size of ['100%', '200%']) {
      await page.evaluate((text) => (document.documentElement.style.fontSize = text), size);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 320, `${wide} at ${size}`);
      const [label, button] = [
        await page.locator('label[for=password]').boundingBox(),
        await show().boundingBox(),
      ];
      assert.ok(label && button && button.height >= 24);
      const beside = button.x >= label.x + label.width;
      assert.ok(beside || button.y >= label.y + label.height, size);
    }
  });

  it('is not there without the script', async () => {
    await person.close();
    await sitDown('password', { javaScriptEnabled: false });
    assert.equal(await page.locator('.show').isVisible(), false);
  });
});

describe('a form with several boxes', () => {
  const focused = () => page.evaluate(() => document.activeElement?.id);

  it('that was wrong has the focus on the first that is, without a script too', async () => {
    await person.close();
    await sitDown('setup-wrong', { javaScriptEnabled: false });
    assert.equal(await focused(), 'login');
  });

  it('is sent as it is: the browser doesn’t stop at the first that is missing', async () => {
    const sent = page.waitForRequest((request) => request.method() === 'POST');
    await page.route('**/*', (route) =>
      route.request().method() === 'POST' ? route.fulfill({ body: 'sent' }) : route.continue(),
    );
    await page.getByRole('button', { name: 'Set password' }).click();
    assert.match((await sent).postData() ?? '', /password=&password_repeat=/u);
  });

  it('goes on to the next box with Enter while that is empty', async () => {
    assert.equal(await box().getAttribute('enterkeyhint'), 'next');
    await box().fill('granite otter');
    await box().press('Enter');
    assert.equal(await focused(), 'password_repeat');
    assert.equal(await page.locator('#password_repeat').getAttribute('enterkeyhint'), 'go');
    assert.equal(new URL(page.url()).pathname, '/set-password');
  });

  it('tells generators of passwords what is taken', async () => {
    const rules = await box().getAttribute('passwordrules');
    assert.equal(rules, 'minlength: 15; maxlength: 256;');
  });
});
