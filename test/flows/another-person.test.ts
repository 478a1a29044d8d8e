/** Two people at one browser: the second sign-in ends the first, and mixes nothing up. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { hiddenFields, unescapeHtml } from '../support/http-browser.ts';
import { startLogoutReceiver, type LogoutReceiver } from '../support/logout-receiver.ts';
import { startPolicyServer, type PolicyServer } from '../support/policy.ts';
import {
  authorize,
  exchange,
  token,
  verifyIdToken,
  type Authorization,
  type Registration,
} from '../support/relying-party.ts';
import { PASSWORD, type TestPerson } from '../support/server.ts';
import { goThrough, signIn, silently, type SignedIn } from '../support/sign-in.ts';

let server: PolicyServer;
let app: LogoutReceiver;
let webmail: Registration;
before(async () => {
  app = await startLogoutReceiver();
  server = await startPolicyServer({ LATCHKEY_OUTGOING_PRIVATE_ORIGINS: app.origin });
  webmail = await server.addClient({ backchannelLogoutUri: app.uri });
});
after(async () => {
  await server.stop();
  app.close();
});

const newPerson = () => server.addPerson({}, { totp: true });

const refresh = ({ tokens }: SignedIn) =>
  token(webmail, { grant_type: 'refresh_token', refresh_token: tokens['refresh_token'] ?? '' });

async function assertIs(person: TestPerson, asked: Authorization, callback: URL): Promise<void> {
  const { body } = await exchange(webmail, asked, callback);
  const claims = await verifyIdToken(webmail, String(body['id_token']), asked.nonce);
  assert.equal(claims.sub, person.person.id);
}

it('somebody else signing in at the same browser gets their own session and ends the other', async () => {
  const [alice, bob] = [await newPerson(), await newPerson()];
  const begun = await signIn(webmail, alice);
  const { browser, claims } = begun;
  const asked = authorize(webmail, { prompt: 'login' });
  const back = await goThrough(browser, bob, await browser.open(asked.url));
  // Alice is signed out on the way, without a page.
  assert.ok(back.url.href.startsWith(webmail.redirectUri), back.html);
  assert.equal(back.headers.get('clear-site-data'), '"cache", "storage"');
  const answer = await exchange(webmail, asked, back.url);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const bobs = await verifyIdToken(webmail, String(answer.body['id_token']), asked.nonce);
  assert.equal(bobs.sub, bob.person.id);
  assert.deepEqual(bobs['amr'], ['pwd', 'otp', 'mfa']);
  assert.notEqual(bobs['sid'], claims['sid']);

  assert.equal((await refresh(begun)).body['error'], 'invalid_grant', 'alice is signed out');
  const out = await server.eventsOf(alice, 'sign-out');
  assert.deepEqual(
    out.map(({ client, outcome }) => [client, outcome]),
    [[webmail.clientId, 'success']],
  );
  const told = await app.verified(webmail, alice.person.id);
  assert.deepEqual(
    told.map(({ sid }) => sid),
    [claims['sid']],
  );
  const { asked: again, callback } = await silently(webmail, browser);
  await assertIs(bob, again, callback);
});

it('is asked for by an app that means somebody else', async () => {
  const [alice, bob] = [await newPerson(), await newPerson()];
  const { tokens } = await signIn(webmail, bob);
  const begun = await signIn(webmail, alice);
  const asked = authorize(webmail, { id_token_hint: String(tokens['id_token']) });
  server.clock.ahead += 30_000;
  const page = await begun.browser.open(asked.url);
  assert.equal(/name="login"[^>]* value="([^"]*)"/u.exec(page.html)?.[1], bob.login);
  await assertIs(bob, asked, (await goThrough(begun.browser, bob, page)).url);
  assert.equal((await refresh(begun)).body['error'], 'invalid_grant');
});

it('leaves offline access to whoever has it, as a sign-out does', async () => {
  const [alice, bob] = [await newPerson(), await newPerson()];
  const calendar = await server.addClient({
    name: 'Calendar',
    firstParty: false,
    offlineAccess: true,
  });
  const { browser } = await signIn(webmail, alice);
  const scope = 'openid offline_access';
  const asked = authorize(calendar, { scope, prompt: 'consent' });
  const allowed = await browser.submit(await browser.open(asked.url), { decision: 'allow' });
  const { body } = await exchange(calendar, asked, allowed.url);
  const page = await browser.open(authorize(webmail, { prompt: 'login' }).url);
  assert.ok((await goThrough(browser, bob, page)).url.searchParams.has('code'));
  const again = { grant_type: 'refresh_token', refresh_token: body['refresh_token'] ?? '' };
  assert.equal((await token(calendar, again)).status, 200);
});

it('ends the first session once, of two answers that are fetched at the same time', async () => {
  const [alice, bob] = [await newPerson(), await newPerson()];
  const { browser } = await signIn(webmail, alice);
  const asked = authorize(webmail, { prompt: 'login' });
  const page = await browser.open(asked.url);
  const second = await browser.submit(page, { login: bob.login, password: PASSWORD });
  const action = /<form method="post" action="([^"]*)"/u.exec(second.html)?.[1] ?? '';
  const body = new URLSearchParams({ ...hiddenFields(second.html), code: bob.code() });
  const { headers } = await browser.send(new URL(unescapeHtml(action), page.url), {
    method: 'POST',
    body,
  });
  const resume = new URL(headers.get('location') ?? '', server.issuer);
  const answers = await Promise.all([browser.send(resume), browser.send(resume)]);
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [303, 400]);
  const won = answers.find(({ status }) => status === 303);
  await assertIs(bob, asked, new URL(won?.headers.get('location') ?? ''));
  assert.equal((await server.eventsOf(alice, 'sign-out')).length, 1);
  assert.equal((await app.verified(webmail, alice.person.id)).length, 1);
});

it('ends nothing when the sign-in is worth nothing any more', async () => {
  const [alice, bob] = [await newPerson(), await newPerson()];
  const begun = await signIn(webmail, alice);
  const { browser } = begun;
  const page = await browser.open(authorize(webmail, { prompt: 'login' }).url);
  const back = await browser.submit(page, { go: 'cancel' });
  assert.equal(back.url.searchParams.get('error'), 'access_denied');
  const other = await browser.open(authorize(webmail, { prompt: 'login' }).url);
  await browser.submit(other, { login: bob.login, password: PASSWORD });
  assert.equal((await refresh(begun)).status, 200, 'half a sign-in ends nobody’s');
});
