/** Going through the account pages over HTTP. */
import assert from 'node:assert/strict';
import { createHttpBrowser, type HtmlPage, type HttpBrowser } from './http-browser.ts';
import type { TestPerson, TestServer } from './server.ts';
import { goThrough } from './sign-in.ts';

/** Milliseconds after which a code of the authenticator is another one. */
const STEP = 30_000;

export interface Member {
  browser: HttpBrowser;
  person: TestPerson;
  /** Opens an account page, signing in and stepping up where that is asked for. */
  open(path: string): Promise<HtmlPage>;
  /** Posts the page's form, stepping up where that is asked for. */
  submit(page: HtmlPage, fields?: Record<string, string | File>): Promise<HtmlPage>;
}

/** A person at the account pages, in a browser of their own unless one is given. */
export function memberOf(
  server: TestServer,
  person: TestPerson,
  browser = createHttpBrowser(server.issuer),
): Member {
  const arrive = async (page: HtmlPage): Promise<HtmlPage> => {
    if (!page.url.pathname.startsWith('/interaction/')) return page;
    // The code that was used before is spent.
    server.clock.ahead += STEP;
    return goThrough(browser, person, page);
  };
  return {
    browser,
    person,
    open: async (path) => arrive(await browser.open(`${server.issuer}${path}`)),
    submit: async (page, fields = {}) => arrive(await browser.submit(page, fields)),
  };
}

/** What the page says about what was done before it. */
export function saidOn({ html }: HtmlPage): string {
  return /id="said"[^>]*>\s*<p>([^<]*)</u.exec(html)?.[1]?.replaceAll('&#39;', "'") ?? '';
}

export function assertAt(page: HtmlPage, path: string): void {
  assert.equal(`${page.status} ${page.url.pathname}`, `200 ${path}`, page.html.slice(0, 3000));
}
