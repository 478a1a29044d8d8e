/** Tokens after the sign-in: introspection, lifetimes, keys they are bound to, and clients of their own right. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { refreshTokenCollection } from '../../src/records/stored-model.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { setClient } from '../support/clients.ts';
import { newProofKey, tokenWithProof } from '../support/dpop.ts';
import { post, token } from '../support/relying-party.ts';
import { signIn, toCallback } from '../support/sign-in.ts';
import { useTokenApps, type TokenApps } from '../support/token-apps.ts';

let { server, webmail, spa }: Pick<TokenApps, 'server' | 'webmail' | 'spa'> = {} as TokenApps;
const { newPerson, refresh, userinfo } = useTokenApps((apps) => {
  ({ server, webmail, spa } = apps);
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
    // OpenID's scopes are about a person.
    const scope = 'openid profile nonsense offline_access';
    const { body } = await token(service, { grant_type: 'client_credentials', scope });
    assert.deepEqual(Object.keys(body).toSorted(), ['access_token', 'expires_in', 'token_type']);
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

describe('a client whose tokens are bound to a key', () => {
  it('gets none without a proof of it, at its code or its refresh', async () => {
    const app = await server.addClient({ name: 'Bound', kind: 'spa', requireDpop: true });
    const key = await newProofKey();
    const codeOf = async () => {
      const browser = createHttpBrowser(server.issuer);
      const { asked, callback } = await toCallback(app, await newPerson(), browser);
      const code = callback.searchParams.get('code') ?? '';
      const fields = { code, redirect_uri: app.redirectUri, code_verifier: asked.verifier };
      return { grant_type: 'authorization_code', ...fields };
    };
    const without = await tokenWithProof(app, undefined, await codeOf());
    assert.deepEqual([without.status, without.body['access_token']], [400, undefined]);
    const { body } = await tokenWithProof(app, key, await codeOf());
    assert.equal(body['token_type'], 'DPoP');
    assert.equal(await userinfo(body['access_token']), 401, 'as a bearer');
    const again = { grant_type: 'refresh_token', refresh_token: body['refresh_token'] ?? '' };
    assert.equal((await tokenWithProof(app, undefined, again)).status, 400);
    assert.equal((await tokenWithProof(app, key, again)).body['token_type'], 'DPoP');
  });
});

describe('lifetimes', () => {
  const lived = (jwt: unknown): number => {
    const { exp = 0, iat = 0 } = decodeJwt(String(jwt));
    return exp - iat;
  };
  const ofRefresh = async (refreshToken: unknown): Promise<number> => {
    const key = server.vault.hash('RefreshToken', String(refreshToken).split('.')[0] ?? '');
    const { exp = 0, iat = 0 } =
      (await server.store.get(refreshTokenCollection, key))?.payload ?? {};
    return exp - iat;
  };

  it('of one client are its own, after a refresh too, and never longer than the installation’s', async () => {
    const [access, id, refreshed] = [3600, 3600, 30 * 86_400];
    const own = { accessToken: 120, idToken: 60, refreshToken: 7200 };
    const app = await server.addClient({ name: 'Brief', kind: 'spa', lifetimes: own });
    // As if the installation's had been longer once.
    const longer = await server.addClient({ name: 'Long', kind: 'spa' });
    const years = { accessToken: 1e8, idToken: 1e8, refreshToken: 1e8 };
    await setClient(server, longer.clientId, { lifetimes: years });
    for (const [client, expected] of [
      [app, [120, 60, 7200]],
      [longer, [access, id, refreshed]],
      [spa, [access, id, refreshed]],
    ] as const) {
      let { tokens } = await signIn(client, await newPerson());
      for (let nth = 0; nth < 2; nth += 1) {
        const expiresIn = Number(tokens['expires_in']);
        const told = [lived(tokens['id_token']), await ofRefresh(tokens['refresh_token'])];
        assert.deepEqual([expiresIn, ...told], expected);
        tokens = (await refresh(client, tokens['refresh_token'])).body;
      }
    }
  });

  it('of a client’s own tokens are too', async () => {
    const service = { name: 'Brief service', kind: 'service', redirectUris: [] } as const;
    const app = await server.addClient({ ...service, lifetimes: { accessToken: 90 } });
    const { body } = await token(app, { grant_type: 'client_credentials' });
    assert.equal(Number(body['expires_in']), 90);
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
