/** What was begun, or handed over, before the encryption key is another one goes on afterwards. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, it } from 'node:test';
import { giveTemporaryCode } from '../../src/operations/people/security/give-temporary-code.ts';
import {
  countEndsWithKey,
  removeEndsWithKey,
} from '../../src/operations/keys/encryption/ends-with-key.ts';
import { personCollection } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import { vaultKey } from '../../src/secrets/vault.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { memberOf } from '../support/account.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { createHttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import { assertion, newClientKey, signWithKeys } from '../support/key-client.ts';
import { NO_MAIL_SERVER } from '../support/outbox.ts';
import { endingParts } from '../support/sessions.ts';
import { PASSWORD, startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { goThrough, stepOf } from '../support/sign-in.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer(NO_MAIL_SERVER);
});
after(() => server.stop());

/** Another key is the active one from now on; answers the one that was. */
function rotate(): string {
  const { vault } = server;
  const { ring } = vault;
  const fresh = vaultKey(randomBytes(32));
  vault.use({ ...ring, keys: [fresh, ...ring.keys], active: fresh.kid });
  return ring.active;
}

const isIn = ({ url }: HtmlPage): boolean => url.pathname === '/account';

async function signInWith(whose: TestPerson, code: string): Promise<HtmlPage> {
  const browser = createHttpBrowser(server.issuer);
  const first = await browser.open(`${server.issuer}/account`);
  const second = await browser.submit(first, { login: whose.login, password: PASSWORD });
  return browser.submit(second, { code });
}

it('a code for today is good still, is counted, and goes with its key', async () => {
  const them = await server.addPerson({}, { totp: true });
  const performed = performedByOperator(server.now());
  const given = giveTemporaryCode(endingParts(server), performed, them.person.id);
  const { code } = valueOf(await given);
  const kid = rotate();
  assert.ok(isIn(await signInWith(them, code)), 'it was handed over before');
  const parts = { ...server, collections: COLLECTIONS };
  const key = { kid, from: 0, until: 0 };
  assert.equal((await countEndsWithKey(parts, key))['temporary_codes'], 1);
  await removeEndsWithKey(parts, key);
  assert.equal((await server.store.get(personCollection, them.person.id))?.temporaryCode, null);
  assert.ok(!isIn(await signInWith(them, code)));
});

it('what was filled in before a fresh proof comes back', async () => {
  const member = memberOf(server, await server.addPerson({}, { totp: true }));
  const list = await member.open('/account/two-step');
  const [path = ''] = /\/account\/two-step\/authenticators\/[\w-]+/u.exec(list.html) ?? [];
  const form = await member.open(path);
  server.clock.ahead += 301_000;
  const asked = await member.browser.submit(form, { name: 'My phone' });
  assert.equal(stepOf(asked), 'password');
  rotate();
  server.clock.ahead += 30_000;
  const back = await goThrough(member.browser, member.person, asked);
  assert.equal(back.status, 200, back.html.slice(0, 2000));
  assert.match(back.html, /value="My phone"/u);
});

it('what was used once is used, under a key that is retired too', async () => {
  const key = await newClientKey();
  const client = await server.addClient();
  await signWithKeys(server.store, client.clientId, { jwks: { keys: [key.jwk] } });
  const said = await assertion(key, client);
  const ask = async (): Promise<unknown> => {
    const fields = { token: 'x', ...said };
    const answer = await fetch(new URL('/token/introspection', server.issuer), {
      method: 'POST',
      body: new URLSearchParams(fields),
    });
    return answer.status;
  };
  assert.equal(await ask(), 200);
  const kid = rotate();
  assert.equal(await ask(), 401, 'under an older key');
  const { vault } = server;
  vault.use({ ...vault.ring, retired: vault.ring.keys.slice(1).map((one) => one.kid) });
  await removeEndsWithKey({ ...server, collections: COLLECTIONS }, { kid, from: 0, until: 0 });
  assert.equal(await ask(), 401, 'under a retired one');
});
