/** Access tokens for a resource (RFC 8707), as the webmail and the mail server have them, and who may introspect them. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { changePerson } from '../../src/records/person.ts';
import { byOperator } from '../support/by-operator.ts';
import { setRecord } from '../support/client-record.ts';
import { startPolicyServer, type PolicyServer } from '../support/policy.ts';
import {
  exchange,
  post,
  token,
  type Registration,
  type TokenAnswer,
} from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { signIn, silently, toCallback } from '../support/sign-in.ts';

const SCOPE = { scope: 'openid email mail' };

let server: PolicyServer;
let webmail: Registration;
let dovecot: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient({
    name: 'Roundcube',
    scopes: ['openid', 'profile', 'email', 'mail'],
  });
  dovecot = await server.addClient({ name: 'Dovecot', kind: 'mail', redirectUris: [] });
});
after(() => server.stop());

const newPerson = (fields = {}) => server.addPerson(fields, { totp: true });

const introspect = async (by: Registration, accessToken: unknown) =>
  (await post(by, '/token/introspection', { token: String(accessToken) })).body as Record<
    string,
    unknown
  >;

const refresh = (client: Registration, refreshToken: unknown, more = {}): Promise<TokenAnswer> =>
  token(client, {
    grant_type: 'refresh_token',
    refresh_token: String(refreshToken),
    ...more,
  });

const userinfo = async (accessToken: unknown): Promise<number> => {
  const headers = { authorization: `Bearer ${String(accessToken)}` };
  return (await fetch(`${server.issuer}/me`, { headers })).status;
};

async function dpopProof(htu: string): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return new SignJWT({ htm: 'POST', htu, jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
    .setIssuedAt()
    .sign(privateKey);
}

describe('a webmail that asks for openid email mail', () => {
  it('gets a token for the mail server, and the address in the ID token', async () => {
    const person = await newPerson({ login: 'Anna', email: 'Anna.Berg@acme.test' });
    const { tokens, claims } = await signIn(webmail, person, { params: SCOPE });
    assert.equal(claims['email'], 'Anna.Berg@acme.test');
    assert.equal(Number(tokens['expires_in']), 600);
    assert.equal(tokens['scope'], 'mail');
    assert.equal(await userinfo(tokens['access_token']), 403, 'it is of no use elsewhere');

    const answer = await introspect(dovecot, tokens['access_token']);
    const { exp, iat, jti: _, sid: __, ...told } = answer;
    assert.equal(Number(exp) - Number(iat), 600);
    assert.deepEqual(told, {
      active: true,
      sub: person.person.id,
      username: 'Anna',
      email: 'anna.berg@acme.test',
      scope: 'mail',
      aud: 'urn:latchkey:mail',
      client_id: webmail.clientId,
      iss: server.issuer,
      token_type: 'Bearer',
      acr: claims['acr'],
      amr: claims['amr'],
      auth_time: claims['auth_time'],
    });
    const kept = (await server.stored()).toString('latin1');
    assert.ok(kept.includes('urn:latchkey:mail') && !/"username"/u.test(kept), 'read, not kept');
  });

  it('keeps it over a refresh, and gets one for userinfo that asks for that', async () => {
    const { tokens, claims } = await signIn(webmail, await newPerson(), { params: SCOPE });
    const again = await refresh(webmail, tokens['refresh_token']);
    assert.equal((await introspect(dovecot, again.body['access_token']))['active'], true);
    assert.equal(decodeJwt(String(again.body['id_token']))['email'], claims['email']);

    const named = await refresh(webmail, tokens['refresh_token'], { scope: 'openid mail' });
    assert.equal((await introspect(dovecot, named.body['access_token']))['scope'], 'mail');

    const other = await refresh(webmail, tokens['refresh_token'], { scope: 'openid email' });
    assert.equal(await userinfo(other.body['access_token']), 200);
    assert.deepEqual(await introspect(dovecot, other.body['access_token']), { active: false });
  });

  it('signs in silently with it', async () => {
    const { browser } = await signIn(webmail, await newPerson());
    const { asked, callback } = await silently(webmail, browser, SCOPE);
    const answer = await exchange(webmail, asked, callback);
    assert.equal((await introspect(dovecot, answer.body['access_token']))['active'], true);
  });
});

describe('introspection by a mail server', () => {
  const INACTIVE = { active: false };
  const mailToken = async (person: TestPerson, client = webmail) =>
    (await signIn(client, person, { params: SCOPE })).tokens;

  it('says nothing of any other token', async () => {
    const other = await server.addClient({ name: 'Wiki' });
    const plain = (await signIn(other, await newPerson())).tokens;
    assert.deepEqual(await introspect(dovecot, plain['access_token']), INACTIVE);
    const tokens = await mailToken(await newPerson());
    assert.deepEqual(await introspect(dovecot, tokens['refresh_token']), INACTIVE);
    assert.deepEqual(await introspect(other, tokens['access_token']), INACTIVE);
    const api = await server.addClient({
      name: 'API',
      kind: 'resource',
      redirectUris: [],
      resource: 'urn:latchkey:admin',
    });
    assert.deepEqual(await introspect(api, tokens['access_token']), INACTIVE);
    await setRecord(server, api, { resource: 'urn:latchkey:mail' });
    assert.equal((await introspect(api, tokens['access_token']))['active'], true);
    const own = await introspect(webmail, tokens['access_token']);
    assert.deepEqual([own['active'], own['username'], own['email']], [true, undefined, undefined]);
  });

  const ends: [string, (person: TestPerson, tokens: Record<string, string>) => Promise<unknown>][] =
    [
      ['expired', async () => (server.clock.ahead += 620_000)],
      [
        'revoked',
        (_, { access_token: given = '' }) => post(webmail, '/token/revocation', { token: given }),
      ],
      [
        'of a disabled person',
        ({ person }) =>
          changePerson(server.store, person.id, () => ({
            set: { active: false },
            result: undefined,
          })),
      ],
      [
        'of an older epoch',
        ({ person }) =>
          changePerson(server.store, person.id, ({ epoch }) => ({
            set: { epoch: epoch + 1 },
            result: undefined,
          })),
      ],
    ];
  for (const [name, end] of ends)
    it(`says no more of one that is ${name}`, async () => {
      const person = await newPerson();
      const tokens = await mailToken(person);
      assert.equal((await introspect(dovecot, tokens['access_token']))['active'], true);
      await end(person, tokens);
      assert.deepEqual(await introspect(dovecot, tokens['access_token']), INACTIVE);
    });

  it('says no more of one whose app the person may not use, or that may not have the scope', async () => {
    const app = await server.addClient({ name: 'App', scopes: ['openid', 'email', 'mail'] });
    const { access_token: given } = await mailToken(await newPerson(), app);
    assert.equal((await introspect(dovecot, given))['active'], true);
    const changeScopes = (scopes: string[]) => setRecord(server, app, { scopes });
    await changeScopes(['openid', 'email']);
    assert.deepEqual(await introspect(dovecot, given), INACTIVE);
    await changeScopes(['openid', 'email', 'mail']);
    assert.equal((await introspect(dovecot, given))['active'], true);
    await byOperator(server).addOrganisation({ id: 'other', name: 'Other', mfa: 'off' });
    await byOperator(server).changeClient(app.clientId, { organisations: ['other'] });
    server.clock.ahead += 1000;
    assert.deepEqual(await introspect(dovecot, given), INACTIVE);
  });

  it('says nothing of one that is bound to a key (RFC 9449)', async () => {
    const { asked, callback } = await toCallback(
      webmail,
      await newPerson(),
      createHttpBrowser(server.issuer),
      SCOPE,
    );
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: webmail.clientId,
      client_secret: webmail.clientSecret,
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: webmail.redirectUri,
      code_verifier: asked.verifier,
    });
    const at = `${server.issuer}/token`;
    const headers = { DPoP: await dpopProof(at) };
    const answer = (await (await fetch(at, { method: 'POST', body, headers })).json()) as Record<
      string,
      string
    >;
    assert.equal(answer['token_type'], 'DPoP');
    assert.equal((await introspect(webmail, answer['access_token']))['active'], false);
    assert.deepEqual(await introspect(dovecot, answer['access_token']), INACTIVE);
  });

  it('says no more of one whose sign-in is not enough by now', async () => {
    await server.setOrganisationMfa('off');
    const person = await server.addPerson();
    const { access_token: given } = await mailToken(person);
    assert.equal((await introspect(dovecot, given))['active'], true);
    await server.setOrganisationMfa('required');
    assert.deepEqual(await introspect(dovecot, given), INACTIVE);
  });
});

describe('a client whose record has no such scope', () => {
  it('is refused, and so is a resource that there is not, and two at once', async () => {
    const { browser } = await signIn(webmail, await newPerson());
    const wiki = await server.addClient({ name: 'Wiki' });
    const errorOf = async (client: Registration, params: Record<string, string>) =>
      (await silently(client, browser, params)).callback.searchParams.get('error');
    assert.equal(await errorOf(wiki, SCOPE), 'invalid_scope');
    assert.equal(await errorOf(wiki, { resource: 'urn:latchkey:mail' }), 'invalid_scope');
    const both = await server.addClient({
      name: 'Both',
      scopes: ['openid', 'email', 'mail', 'admin:read'],
    });
    const two = { scope: 'openid mail admin:read' };
    assert.equal(await errorOf(both, two), 'invalid_target');
    assert.equal(await errorOf(both, { ...two, resource: 'urn:latchkey:mail' }), 'invalid_target');
    assert.equal(await errorOf(both, { ...SCOPE, resource: 'urn:other' }), 'invalid_target');
    assert.equal(await errorOf(both, { ...SCOPE, resource: 'urn:latchkey:mail' }), null);
  });
});
