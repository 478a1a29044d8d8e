/** A television: asks, shows a code, polls; and somebody who enters the code in a browser. */
import assert from 'node:assert/strict';
import type { HtmlPage, HttpBrowser } from './http-browser.ts';
import type { Visitor } from './policy.ts';
import { post, token, type Registration, type TokenAnswer } from './relying-party.ts';
import type { TestPerson } from './server.ts';

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

export interface Asked {
  deviceCode: string;
  userCode: string;
  complete: string;
  body: Record<string, string>;
}

export async function askForDevice(
  client: Registration,
  params: Record<string, string> = {},
): Promise<Asked> {
  const { status, body } = await post(client, '/device/auth', {
    scope: 'openid email offline_access',
    ...params,
  });
  assert.equal(status, 200, JSON.stringify(body));
  const { device_code, user_code, verification_uri_complete } = body;
  assert.ok(device_code && user_code && verification_uri_complete, JSON.stringify(body));
  return {
    deviceCode: device_code,
    userCode: user_code,
    complete: verification_uri_complete,
    body,
  };
}

export const poll = (client: Registration, { deviceCode }: Asked): Promise<TokenAnswer> =>
  token(client, { grant_type: DEVICE_GRANT, device_code: deviceCode });

/** As far as the page that asks whether it was them. */
export async function enter(browser: HttpBrowser, issuer: string, code: string): Promise<HtmlPage> {
  const page = await browser.open(`${issuer}/device`);
  return browser.submit(page, { user_code: code, go: 'submit' });
}

/** Enters the code and goes on, to the first page of the sign-in, or the last one where none is needed. */
export async function goOn(visitor: Visitor, { userCode }: Asked): Promise<Visitor> {
  const page = await enter(visitor.browser, visitor.server.issuer, userCode);
  visitor.page = await visitor.browser.submit(page, { go: 'confirm' });
  return visitor;
}

/** With password and authenticator, and a consent where it is asked for. */
export async function letIn(visitor: Visitor, asked: Asked, person: TestPerson): Promise<Visitor> {
  await goOn(visitor, asked);
  if (visitor.step === 'password') await (await visitor.password(person)).totp(person);
  if (visitor.step === 'consent') await visitor.send({ decision: 'allow' });
  assert.equal(visitor.page.url.pathname, '/device/done', visitor.page.html.slice(0, 3000));
  return visitor;
}
