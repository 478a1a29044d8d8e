/** Tokens after the sign-in: rotation, reuse, introspection, secrets, and clients of their own right. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { post, token, type Registration, type TokenAnswer } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signIn } from '../support/sign-in.ts';

let server: TestServer;
let webmail: Registration;
let spa: Registration;
before(async () => {
  server = await startTestServer();
  webmail = await server.addClient();
  spa = await server.addClient({ name: 'Browser app', kind: 'spa' });
});
after(() => server.stop());

const newPerson = () => server.addPerson({}, { totp: true });
const refresh = (client: Registration, refreshToken: unknown): Promise<TokenAnswer> =>
  token(client, { grant_type: 'refresh_token', refresh_token: String(refreshToken) });
const userinfo = async (accessToken: unknown): Promise<number> => {
  const headers = { authorization: `Bearer ${String(accessToken)}` };
  return (await fetch(`${server.issuer}/me`, { headers })).status;
};

describe('a refresh token of a public client', () => {
  it('is rotated; the old one shown again ends the whole family', async () => {
    const { tokens } = await signIn(spa, await newPerson());
    const second = await refresh(spa, tokens['refresh_token']);
    assert.equal(second.status, 200);
    assert.notEqual(second.body['refresh_token'], tokens['refresh_token']);
    assert.equal(await userinfo(second.body['access_token']), 200);

    const reused = await refresh(spa, tokens['refresh_token']);
    assert.equal(reused.body['error'], 'invalid_grant');
    assert.equal((await refresh(spa, second.body['refresh_token'])).body['error'], 'invalid_grant');
    assert.equal(await userinfo(second.body['access_token']), 401);
  });

  it('of 20 uses at once, at most one succeeds', async () => {
    const { tokens } = await signIn(spa, await newPerson());
    const uses = Array.from({ length: 20 }, () => refresh(spa, tokens['refresh_token']));
    const answers = await Promise.all(uses);
    assert.ok(answers.filter(({ status }) => status === 200).length <= 1);
    assert.ok(
      answers.every(({ status, body }) => status === 200 || body['error'] === 'invalid_grant'),
    );
  });
});

describe('a refresh token of a confidential client', () => {
  it('stays, so that two refreshes at once do not sign a person out', async () => {
    const { tokens } = await signIn(webmail, await newPerson());
    const answers = await Promise.all(
      [1, 2, 3].map(() => refresh(webmail, tokens['refresh_token'])),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
  });

  it('is of no use to another client, or with a wrong secret', async () => {
    const { tokens } = await signIn(webmail, await newPerson());
    const other = await server.addClient({ name: 'Other' });
    assert.equal((await refresh(other, tokens['refresh_token'])).body['error'], 'invalid_grant');
    const thief = { ...webmail, clientSecret: 'x'.repeat(43) };
    assert.equal((await refresh(thief, tokens['refresh_token'])).body['error'], 'invalid_client');
  });
});

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
