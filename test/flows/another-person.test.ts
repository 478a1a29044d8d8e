/** Two people at one browser: the second sign-in ends the first, and mixes nothing up. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import {
  authorize,
  exchange,
  token,
  verifyIdToken,
  type Registration,
} from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { goThrough, signIn, silently } from '../support/sign-in.ts';

let server: TestServer;
let webmail: Registration;
before(async () => {
  server = await startTestServer();
  webmail = await server.addClient();
});
after(() => server.stop());

it('somebody else signing in at the same browser gets their own session and ends the other', async () => {
  const [alice, bob] = [
    await server.addPerson({}, { totp: true }),
    await server.addPerson({}, { totp: true }),
  ];
  const { browser, tokens } = await signIn(webmail, alice);
  const asked = authorize(webmail, { prompt: 'login' });
  const page = await goThrough(browser, bob, await browser.open(asked.url));
  // Alice is signed out first: a page that posts itself, or by its button.
  assert.match(page.headers.get('content-security-policy') ?? '', /script-src 'self' 'sha256-/u);
  const back = await browser.submit(page, {});
  const answer = await exchange(webmail, asked, back.url);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const claims = await verifyIdToken(webmail, String(answer.body['id_token']), asked.nonce);
  assert.equal(claims.sub, bob.person.id);
  assert.deepEqual(claims['amr'], ['pwd', 'otp', 'mfa']);

  const refreshed = await token(webmail, {
    grant_type: 'refresh_token',
    refresh_token: String(tokens['refresh_token']),
  });
  assert.equal(refreshed.body['error'], 'invalid_grant', 'alice is signed out');
  const { asked: again, callback } = await silently(webmail, browser);
  const silent = await exchange(webmail, again, callback);
  const { sub } = await verifyIdToken(webmail, String(silent.body['id_token']));
  assert.equal(sub, bob.person.id);
});
