import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { accessibilityProblems, bringAxe } from './accessibility.ts';
import { newPerson, openBrowser } from './browser.ts';

const page = (body: string) => `<!doctype html><title>A page</title><h1>Hello</h1>${body}`;
const bodies: Record<string, string> = {
  '/good': page('<p>fine</p>'),
  '/bad': page('<img src="http://example.com/logo.png"><script>nothing.there()</script>'),
};

suite('a person with a browser', () => {
  let browser: Browser;
  let server: Server;
  let url: string;

  before(async () => {
    browser = await openBrowser();
    server = createServer((request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(bodies[request.url ?? ''] ?? page(request.headers['accept-language'] ?? ''));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://localhost:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  });

  test('has no problems with a good page', async () => {
    const person = await newPerson(browser);
    await person.page.goto(`${url}/good`);
    assert.equal(await person.page.title(), 'A page');
    assert.deepEqual(person.problems, []);
    await person.close();
  });

  test('notices other hosts and exceptions', async () => {
    const person = await newPerson(browser);
    await person.page.goto(`${url}/bad`);
    const seen = person.problems.join('\n');
    assert.match(seen, /request: http:\/\/example\.com\/logo\.png net::ERR_NAME_NOT_RESOLVED/);
    assert.match(seen, /exception: nothing is not defined/);
    await person.close();
  });

  test('is told by axe what is wrong with a page, whether it was brought before or after', async () => {
    const person = await newPerson(browser);
    for (const bring of [() => undefined, () => bringAxe(person.context)]) {
      await bring();
      await person.page.goto(`${url}/bad`);
      assert.match((await accessibilityProblems(person.page)).join(), /image-alt: <img src=/u);
    }
    await person.close();
  });

  test('has a language, a colour scheme and a screen of their own', async () => {
    const person = await newPerson(browser, {
      locale: 'zh-Hant',
      colorScheme: 'dark',
      viewport: { width: 390, height: 844 },
    });
    await person.page.goto(`${url}/language`);
    assert.match((await person.page.textContent('body')) ?? '', /zh-Hant/);
    assert.ok(await person.page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches));
    assert.equal(await person.page.evaluate(() => innerWidth), 390);
    await person.close();
  });
});
