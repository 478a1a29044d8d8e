/** Clients that sign their authentication, at every endpoint that asks for it; and where their keys come from. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { SignJWT, UnsecuredJWT, type JWK } from 'jose';
import {
  ANEW_AFTER,
  CLIENT_AUTH_ALGS,
  FAILED_FOR,
  KEYS_KEPT,
  LARGEST_KEY_SET,
} from '../../src/oidc/clients/key-sets.ts';
import { assertion, newClientKey, signWithKeys, type ClientKey } from '../support/key-client.ts';
import { freePort } from '../support/free-port.ts';
import { authorize, exchange, type Registration } from '../support/relying-party.ts';
import { byOperator } from '../support/by-operator.ts';
import type { ClientChange } from '../../src/operations/clients/change-client.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { toCallback } from '../support/sign-in.ts';
import { createHttpBrowser } from '../support/http-browser.ts';

let server: TestServer;
let keyServer: Server;
let origin: string;
/** How it answers, and how often it was asked. */
const served = { status: 200, body: '', asked: 0 };
let client: Registration;
let key: ClientKey;
before(async () => {
  origin = `http://127.0.0.1:${await freePort()}`;
  keyServer = createServer((_request, response) => {
    served.asked += 1;
    response.writeHead(served.status, { 'content-type': 'application/json' }).end(served.body);
  }).listen(Number(new URL(origin).port), '127.0.0.1');
  await once(keyServer, 'listening');
  server = await startTestServer({ LATCHKEY_OUTGOING_PRIVATE_ORIGINS: origin });
  key = await newClientKey();
  client = await keyClient([key.jwk]);
});
after(async () => {
  await server.stop();
  keyServer.close();
});

const serve = (keys: readonly JWK[]): void => {
  Object.assign(served, { status: 200, body: JSON.stringify({ keys }) });
};

async function keyClient(keys: JWK[] | string): Promise<Registration> {
  const added = await server.addClient({ clientCredentials: true });
  const where = typeof keys === 'string' ? { jwksUri: keys } : { jwks: { keys } };
  await signWithKeys(server.store, added.clientId, where);
  return added;
}

type Fields = Record<string, string>;

async function send(path: string, fields: Fields, headers: Fields = {}) {
  const body = new URLSearchParams(fields);
  const answer = await fetch(server.issuer + path, { method: 'POST', headers, body });
  const text = await answer.text();
  return { status: answer.status, body: (text ? JSON.parse(text) : {}) as Fields };
}
const own = { grant_type: 'client_credentials' };
const errorOf = async (fields: Fields, path = '/token'): Promise<string> => {
  const { status, body } = await send(path, { ...own, ...fields });
  return status === 200 ? 'none' : `${status} ${body['error']}`;
};
const REFUSED = '401 invalid_client';

describe('private_key_jwt', () => {
  for (const alg of CLIENT_AUTH_ALGS)
    it(`is taken with ${alg}, once`, async () => {
      const signing = await newClientKey(alg);
      const app = await keyClient([(await newClientKey()).jwk, signing.jwk]);
      const signed = await assertion(signing, app);
      assert.equal(await errorOf(signed), 'none');
      assert.equal(await errorOf(signed), REFUSED);
      assert.equal(await errorOf(await assertion(signing, app)), 'none');
    });

  it('is taken of twenty at once, once', async () => {
    const signed = await assertion(key, client);
    const answers = await Promise.all(Array.from({ length: 20 }, () => errorOf(signed)));
    assert.equal(answers.filter((error) => error === 'none').length, 1, answers.join());
  });

  it('is taken at every endpoint, for the issuer, the token endpoint and the endpoint itself', async () => {
    const redirect = { redirect_uri: client.redirectUri, response_type: 'code', scope: 'openid' };
    const pushed = { ...redirect, ...challenge(), client_id: client.clientId };
    for (const [path, fields, status] of [
      ['/token', own, 200],
      ['/token/introspection', { token: 'x' }, 200],
      ['/token/revocation', { token: 'x' }, 200],
      ['/request', pushed, 201],
    ] as const) {
      for (const aud of ['', '/token', path]) {
        const signed = await assertion(key, client, { aud: server.issuer + aud });
        assert.equal((await send(path, { ...fields, ...signed })).status, status, `${path} ${aud}`);
      }
      const others = await assertion(key, client, { aud: 'https://elsewhere.test' });
      assert.equal((await send(path, { ...fields, ...others })).status, 401, path);
    }
  });

  it('signs people in, by a pushed request and a code', async () => {
    const person = await server.addPerson({}, { totp: true });
    const browser = createHttpBrowser(server.issuer);
    const { asked, callback } = await toCallback(client, person, browser);
    const code = {
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: client.redirectUri,
      code_verifier: asked.verifier,
    };
    const answer = await send('/token', { ...code, ...(await assertion(key, client)) });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const refresh = {
      grant_type: 'refresh_token',
      refresh_token: answer.body['refresh_token'] ?? '',
    };
    const next = await send('/token', { ...refresh, ...(await assertion(key, client)) });
    assert.deepEqual([next.status, next.body['refresh_token']], [200, refresh.refresh_token]);
    assert.equal((await exchange(client, asked, callback)).status, 401);
  });

  it('is refused of another key, another client, for too long, expired or unsigned', async () => {
    const other = await keyClient([(await newClientKey()).jwk]);
    const stranger = { ...(await newClientKey()), jwk: key.jwk };
    const { clientId } = client;
    const claims = { iss: clientId, sub: clientId, aud: server.issuer, jti: 'x' };
    const type = (await assertion(key, client))['client_assertion_type'] ?? '';
    const exp = Math.floor(Date.now() / 1000) + 60;
    const unsigned = new UnsecuredJWT({ ...claims, exp }).encode();
    const withSecret = await new SignJWT({ ...claims, exp })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(client.clientSecret));
    const bad: [what: string, fields: Fields][] = [
      ['another key', await assertion(stranger, client)],
      ['the key of another client', await assertion(key, other)],
      ['another issuer', await assertion(key, client, { iss: other.clientId })],
      ['a day', await assertion(key, client, { lives: 86_400 })],
      ['expired', await assertion(key, client, { lives: -60 })],
      ['unsigned', { client_assertion_type: type, client_assertion: unsigned }],
      ['HS256', { client_assertion_type: type, client_assertion: withSecret }],
      ['nobody', await assertion(key, { issuer: server.issuer, clientId: 'nobody' })],
    ];
    for (const [what, fields] of bad) assert.equal(await errorOf(fields), REFUSED, what);
  });

  it('is all that its client can do: no secret, and never nothing', async () => {
    const { clientId: client_id, clientSecret: client_secret } = client;
    const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
    for (const path of ['/token', '/token/introspection', '/token/revocation', '/request']) {
      const fields = { ...own, token: 'x' };
      assert.equal((await send(path, fields, { authorization })).status, 401, path);
      assert.equal((await send(path, { ...fields, client_id, client_secret })).status, 401, path);
      assert.equal((await send(path, { ...fields, client_id })).status, 401, path);
    }
  });

  it('is no way in to a client that was registered for a secret, or for nothing', async () => {
    const web = await server.addClient({ clientCredentials: true });
    const spa = await server.addClient({ kind: 'spa' });
    for (const app of [web, spa]) assert.equal(await errorOf(await assertion(key, app)), REFUSED);
  });
});

describe('a key that has leaked', () => {
  const isActive = async (by: Fields, token: string): Promise<unknown> =>
    (await send('/token/introspection', { ...by, token })).body['active'];
  const tokenOf = async (signing: ClientKey, app: Registration): Promise<string> => {
    const { body } = await send('/token', { ...own, ...(await assertion(signing, app)) });
    return body['access_token'] ?? assert.fail(JSON.stringify(body));
  };
  const change = (app: Registration, input: ClientChange) =>
    byOperator(server).changeClient(app.clientId, input);

  it('is replaced, and what was got with it ends where that is said', async () => {
    const [lost, next, last] = [await newClientKey(), await newClientKey(), await newClientKey()];
    const app = await keyClient([lost.jwk]);
    const token = await tokenOf(lost, app);
    await change(app, { jwks: { keys: [next.jwk] } });
    server.clock.ahead += 1000;
    assert.equal(await isActive(await assertion(next, app), token), true);
    await change(app, { jwks: { keys: [last.jwk] }, leaked: true });
    server.clock.ahead += 1000;
    assert.equal(await errorOf(await assertion(next, app)), REFUSED);
    assert.equal(await isActive(await assertion(last, app), token), false);
  });

  it('of those that are fetched is read anew at once', async () => {
    const [lost, next] = [await newClientKey(), await newClientKey()];
    serve([lost.jwk]);
    const app = await keyClient(`${origin}/leaked`);
    const token = await tokenOf(lost, app);
    serve([next.jwk]);
    await change(app, { leaked: true });
    server.clock.ahead += 1000;
    assert.equal(await errorOf(await assertion(lost, app)), REFUSED);
    assert.equal(await isActive(await assertion(next, app), token), false);
  });

  it('is none where there is no key, or where it would go on', async () => {
    const refused = (app: Registration, input: ClientChange) =>
      assert.rejects(change(app, { ...input, leaked: true }), { code: 'client-option' });
    await refused(await server.addClient(), { alg: 'RS256' });
    await refused(client, {});
    await refused(client, { jwks: { keys: [key.jwk, (await newClientKey()).jwk] } });
    assert.equal(await errorOf(await assertion(key, client)), 'none');
  });
});

describe('keys that are fetched', () => {
  const at = (path: string): string => `${origin}/${path}`;
  const asked = async (act: () => Promise<unknown>): Promise<number> => {
    const before_ = served.asked;
    await act();
    return served.asked - before_;
  };

  it('are fetched once, and used', async () => {
    serve([key.jwk]);
    const app = await keyClient(at('keys'));
    const uses = async () => {
      for (let nth = 0; nth < 3; nth += 1)
        assert.equal(await errorOf(await assertion(key, app)), 'none');
    };
    assert.equal(await asked(uses), 1);
  });

  it('are good for five minutes after they were taken away, and no longer', async () => {
    const [lost, next] = [await newClientKey(), await newClientKey()];
    serve([lost.jwk]);
    const app = await keyClient(at('rotated'));
    assert.equal(await errorOf(await assertion(lost, app)), 'none');
    serve([next.jwk]);
    server.clock.ahead += KEYS_KEPT - 1000;
    assert.equal(await errorOf(await assertion(lost, app)), 'none');
    server.clock.ahead += 1000;
    assert.equal(await errorOf(await assertion(lost, app)), REFUSED);
    assert.equal(await errorOf(await assertion(next, app)), 'none');
  });

  it('are refused, once they are as old, while they can’t be fetched', async () => {
    serve([key.jwk]);
    const app = await keyClient(at('away'));
    assert.equal(await errorOf(await assertion(key, app)), 'none');
    served.status = 500;
    server.clock.ahead += KEYS_KEPT;
    assert.equal(await errorOf(await assertion(key, app)), REFUSED);
    serve([key.jwk]);
    assert.equal(await errorOf(await assertion(key, app)), REFUSED, 'not tried again at once');
    server.clock.ahead += FAILED_FOR;
    assert.equal(await errorOf(await assertion(key, app)), 'none');
  });

  it('are fetched for one that is not among them, once a minute however many are made up', async () => {
    serve([key.jwk]);
    const app = await keyClient(at('new-kid'));
    assert.equal(await errorOf(await assertion(key, app)), 'none');
    const next = await newClientKey();
    serve([key.jwk, next.jwk]);
    assert.equal(await errorOf(await assertion(next, app)), REFUSED);
    server.clock.ahead += ANEW_AFTER;
    assert.equal(await errorOf(await assertion(next, app)), 'none');
    server.clock.ahead += ANEW_AFTER;
    const guesses = async () => {
      for (let nth = 0; nth < 5; nth += 1)
        assert.equal(await errorOf(await assertion(await newClientKey(), app)), REFUSED);
    };
    assert.equal(await asked(guesses), 1);
  });

  it('that can’t be fetched are not tried again for a minute, then they are', async () => {
    for (const [status, body] of [
      [500, ''],
      [404, '{"keys":[]}'],
      [200, 'no JSON'],
      [200, '{"key":[]}'],
      [200, JSON.stringify({ keys: [key.jwk], more: 'x'.repeat(LARGEST_KEY_SET) })],
    ] as const) {
      const app = await keyClient(at(`failing-${status}-${body.length}`));
      Object.assign(served, { status, body });
      const tries = async () => {
        for (let nth = 0; nth < 3; nth += 1)
          assert.notEqual(await errorOf(await assertion(key, app)), 'none');
      };
      assert.equal(await asked(tries), 1, `${status} ${body.slice(0, 20)}`);
      serve([key.jwk]);
      server.clock.ahead += FAILED_FOR + 1000;
      assert.equal(await errorOf(await assertion(key, app)), 'none');
    }
  });

  it('are public addresses only, unless the operator has listed them', async () => {
    const app = await keyClient('http://127.0.0.1:9/keys');
    assert.notEqual(await errorOf(await assertion(key, app)), 'none');
  });
});

function challenge(): Fields {
  const { searchParams } = authorize(client).url;
  const { code_challenge = '', code_challenge_method = '' } = Object.fromEntries(searchParams);
  return { code_challenge, code_challenge_method };
}
