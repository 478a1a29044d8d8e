/** Going through the pages of a sign-in over HTTP, whatever they are. */
import assert from 'node:assert/strict';
import type { JWTPayload } from 'jose';
import { createHttpBrowser, type HtmlPage, type HttpBrowser } from './http-browser.ts';
import {
  authorize,
  exchange,
  verifyIdToken,
  type Authorization,
  type Registration,
} from './relying-party.ts';
import { PASSWORD, type TestPerson } from './server.ts';

/** The step and page that a sign-in is at: `password`, `totp-enrol/scan`. */
export const stepOf = (page: HtmlPage): string => page.url.pathname.split('/').slice(3).join('/');

/** Signs in with password and code, and answers the redirect back to the app. */
export async function goThrough(
  browser: HttpBrowser,
  person: TestPerson,
  page: HtmlPage,
): Promise<HtmlPage> {
  if (stepOf(page) === 'password') {
    return goThrough(
      browser,
      person,
      await browser.submit(page, { login: person.login, password: PASSWORD }),
    );
  }
  if (stepOf(page) !== 'totp') return page;
  const next = await browser.submit(page, { code: person.code() });
  assert.notEqual(stepOf(next), 'totp', next.html);
  return next;
}

export interface SignedIn {
  browser: HttpBrowser;
  asked: Authorization;
  callback: URL;
  claims: JWTPayload;
  tokens: Record<string, string>;
}

/** A whole sign-in to `client`, its code redeemed and its ID token verified. */
export async function signIn(
  client: Registration,
  person: TestPerson,
  options: { browser?: HttpBrowser; params?: Record<string, string> } = {},
): Promise<SignedIn> {
  const browser = options.browser ?? createHttpBrowser(client.issuer);
  const { asked, callback } = await toCallback(client, person, browser, options.params);
  const answer = await exchange(client, asked, callback);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const claims = await verifyIdToken(client, String(answer.body['id_token']), asked.nonce);
  return { browser, asked, callback, claims, tokens: answer.body };
}

/** As far as the redirect back with a code. */
export async function toCallback(
  client: Registration,
  person: TestPerson,
  browser: HttpBrowser,
  params: Record<string, string> = {},
): Promise<{ asked: Authorization; callback: URL }> {
  const asked = authorize(client, params);
  const back = await goThrough(browser, person, await browser.open(asked.url));
  assert.ok(back.url.href.startsWith(client.redirectUri), `${back.url} ${back.html.slice(0, 800)}`);
  assert.equal(back.url.searchParams.get('state'), asked.state);
  assert.ok(back.url.searchParams.has('code'), back.url.href);
  return { asked, callback: back.url };
}

/** Without any page (`prompt=none`); the answer is in the callback's parameters. */
export async function silently(
  client: Registration,
  browser: HttpBrowser,
  params: Record<string, string> = {},
): Promise<{ asked: Authorization; callback: URL }> {
  const asked = authorize(client, { prompt: 'none', ...params });
  return { asked, callback: (await browser.open(asked.url)).url };
}
