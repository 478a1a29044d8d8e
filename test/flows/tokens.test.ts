/** Tokens after the sign-in: introspection, secrets, and clients of their own right. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { post, token, type Registration } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signIn } from '../support/sign-in.ts';

let server: TestServer;
let webmail: Registration;
before(async () => {
  server = await startTestServer();
  webmail = await server.addClient();
});
after(() => server.stop());

const newPerson = () => server.addPerson({}, { totp: true });
const userinfo = async (accessToken: unknown): Promise<number> => {
  const headers = { authorization: `Bearer ${String(accessToken)}` };
  return (await fetch(`${server.issuer}/me`, { headers })).status;
};

describe('introspection', () => {
  it('tells a client of its own tokens only', async () => {
    const { tokens } = await signIn(webmail, await newPerson());
    const other = await server.addClient({ name: 'Curious' });
    const ask = { token: String(tokens['access_token']) };
    assert.equal((await post(webmail, '/token/introspection', ask)).body['active'], true);
    assert.equal((await post(other, '/token/introspection', ask)).body['active'], false);
    assert.equal(
      (await post(webmail, '/token/introspection', { token: 'nonsense' })).body['active'],
      false,
    );
  });

  it('says inactive after revocation', async () => {
    const { tokens } = await signIn(webmail, await newPerson());
    const ask = { token: String(tokens['access_token']) };
    assert.equal((await post(webmail, '/token/revocation', ask)).status, 200);
    assert.equal((await post(webmail, '/token/introspection', ask)).body['active'], false);
  });
});

describe('client credentials', () => {
  it('are for clients that have the grant, and give no identity', async () => {
    const service = await server.addClient({
      name: 'Service',
      redirectUris: [],
      clientCredentials: true,
    });
    const answer = await token(service, { grant_type: 'client_credentials' });
    assert.equal(answer.status, 200);
    assert.equal(answer.body['id_token'], undefined);
    assert.equal(await userinfo(answer.body['access_token']), 401);
    const refused = await token(webmail, { grant_type: 'client_credentials' });
    assert.equal(refused.status, 400);
    assert.equal(refused.body['access_token'], undefined);
  });

  it('there is no password grant', async () => {
    const refused = await token(webmail, { grant_type: 'password', username: 'x', password: 'y' });
    assert.equal(refused.body['error'], 'unsupported_grant_type');
  });
});

describe('what the store keeps', () => {
  it('is no token, code, cookie or secret in clear', async () => {
    const { tokens, callback, browser } = await signIn(webmail, await newPerson());
    const stored = await server.stored();
    assert.ok(stored.includes('AccessToken'), 'it was read');
    const secrets = [
      webmail.clientSecret,
      String(tokens['access_token']),
      String(tokens['refresh_token']),
      callback.searchParams.get('code') ?? '',
      ...browser.cookieValues(),
    ];
    for (const secret of secrets)
      assert.ok(!stored.includes(secret), `${secret.slice(0, 6)}… is in the store`);
  });
});
