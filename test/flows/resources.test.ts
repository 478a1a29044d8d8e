/** Access tokens for a resource (RFC 8707), as the webmail and the mail server have them, and who may introspect them. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { groupCollection } from '../../src/records/group.ts';
import { changePerson } from '../../src/records/person.ts';
import { byOperator } from '../support/by-operator.ts';
import { setClient } from '../support/clients.ts';
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
import { dpopProof, introspect, resourceClient } from '../support/resources.ts';
import { signIn, silently, toCallback, type SignedIn } from '../support/sign-in.ts';

const SCOPE = { scope: 'openid email mail' };

let server: PolicyServer;
let webmail: Registration;
let dovecot: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient({ name: 'App', scopes: ['openid', 'profile', 'email', 'mail'] });
  dovecot = await server.addClient({ name: 'Dovecot', kind: 'mail', redirectUris: [] });
});
after(() => server.stop());

const newPerson = (fields = {}) => server.addPerson(fields, { totp: true });

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

describe('who is told of what', () => {
  const READ = { scope: 'openid admin:read' };
  const ASKERS = [
    'the app',
    'another app',
    'mail',
    'resource of mail',
    'resource of admin',
  ] as const;
  type Asker = (typeof ASKERS)[number];
  /** In the order of ASKERS: `+` is told, `-` is answered that it is not active. */
  const ROWS: Record<string, string> = {
    'access token for userinfo': '+----',
    'access token for mail': '+-++-',
    'access token for admin': '+---+',
    'refresh token': '+----',
    'client credentials for nothing': '+----',
    'client credentials for admin': '+---+',
    nonsense: '-----',
  };

  it('is this table', async () => {
    const scopes = ['openid', 'profile', 'email', 'mail', 'admin:read'];
    const app = await server.addClient({ name: 'App', scopes, clientCredentials: true });
    const askers: Record<Asker, Registration> = {
      'the app': app,
      'another app': await server.addClient({ name: 'Other', scopes }),
      mail: dovecot,
      'resource of mail': await resourceClient(server, 'urn:latchkey:mail'),
      'resource of admin': await resourceClient(server, 'urn:latchkey:admin'),
    };
    const person = await newPerson();
    const { tokens: plain, browser } = await signIn(app, person);
    const silentToken = async (params: Record<string, string>) => {
      const { asked, callback } = await silently(app, browser, params);
      return (await exchange(app, asked, callback)).body['access_token'];
    };
    const own = async (scope: object) =>
      (await token(app, { grant_type: 'client_credentials', ...scope })).body['access_token'];
    const tokens: Record<string, string | undefined> = {
      'access token for userinfo': plain['access_token'],
      'access token for mail': await silentToken({ scope: 'openid mail' }),
      'access token for admin': await silentToken(READ),
      'refresh token': plain['refresh_token'],
      'client credentials for nothing': await own({}),
      'client credentials for admin': await own({ scope: 'admin:read' }),
      nonsense: 'nonsense',
    };
    const told: Record<string, string> = {};
    for (const name of Object.keys(ROWS)) {
      const answers = ASKERS.map((asker) => introspect(askers[asker], tokens[name]));
      const cells = (await Promise.all(answers)).map((answer) => {
        if (answer['active'] !== true) assert.deepEqual(answer, { active: false });
        return answer['active'] === true ? '+' : '-';
      });
      told[name] = cells.join('');
    }
    assert.deepEqual(told, ROWS);
    const itself = await introspect(app, tokens['access token for mail']);
    assert.deepEqual([itself['username'], itself['email']], [undefined, undefined]);
  });
});

describe('introspection by a mail server', () => {
  const INACTIVE = { active: false };
  const mailToken = async (person: TestPerson, client = webmail) =>
    (await signIn(client, person, { params: SCOPE })).tokens;

  type End = (person: TestPerson, tokens: Record<string, string>, at: SignedIn) => Promise<unknown>;
  const ends: [string, End][] = [
    ['expired', async () => (server.clock.ahead += 620_000)],
    [
      'revoked',
      (_, { access_token: given = '' }) => post(webmail, '/token/revocation', { token: given }),
    ],
    [
      'of a session that was signed out',
      async (_, __, { browser }) =>
        browser.submit(await browser.open(`${server.issuer}/session/end`), { logout: 'yes' }),
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
      const signedIn = await signIn(webmail, person, { params: SCOPE });
      const { tokens } = signedIn;
      assert.equal((await introspect(dovecot, tokens['access_token']))['active'], true);
      await end(person, tokens, signedIn);
      assert.deepEqual(await introspect(dovecot, tokens['access_token']), INACTIVE);
    });

  it('says no more of one whose app the person may not use, or that may not have the scope', async () => {
    const app = await server.addClient({
      name: 'App',
      scopes: ['openid', 'profile', 'email', 'mail'],
    });
    const { access_token: given } = await mailToken(await newPerson(), app);
    assert.equal((await introspect(dovecot, given))['active'], true);
    const changeScopes = (scopes: string[]) => setClient(server, app.clientId, { scopes });
    await changeScopes(['openid', 'profile', 'email']);
    assert.deepEqual(await introspect(dovecot, given), INACTIVE);
    await changeScopes(['openid', 'profile', 'email', 'mail']);
    assert.equal((await introspect(dovecot, given))['active'], true);
    await byOperator(server).addOrganisation({ id: 'other', name: 'Other', mfa: 'off' });
    await byOperator(server).changeClient(app.clientId, { organisations: ['other'] });
    server.clock.ahead += 1000;
    assert.deepEqual(await introspect(dovecot, given), INACTIVE);
    const gone = await server.addClient({
      name: 'App',
      scopes: ['openid', 'profile', 'email', 'mail'],
    });
    const { access_token: last } = await mailToken(await newPerson(), gone);
    assert.equal((await introspect(dovecot, last))['active'], true);
    await byOperator(server).removeClient(gone.clientId);
    server.clock.ahead += 1000;
    assert.deepEqual(await introspect(dovecot, last), INACTIVE);
  });

  it('says nothing of people whom the mail server is not open to, by organisation or by group', async () => {
    const person = await newPerson();
    const { access_token: given } = await mailToken(person);
    const mail = { name: 'Mail', kind: 'mail', redirectUris: [] } as const;
    const theirs = await server.addClient({ ...mail, organisations: ['globex'] });
    const ours = await server.addClient({ ...mail, organisations: ['globex', 'acme'] });
    assert.deepEqual(await introspect(theirs, given), INACTIVE);
    assert.equal((await introspect(ours, given))['username'], person.login);
    const team = { id: 'team', organisation: 'acme', name: 'Team', description: '', createdAt: 1 };
    await server.store.insert(groupCollection, team.id, team);
    await server.setOrganisation({ apps: { [ours.clientId]: [team.id] } });
    server.clock.ahead += 1000;
    assert.deepEqual(await introspect(ours, given), INACTIVE);
    await server.setOrganisation({ apps: {} });
    server.clock.ahead += 1000;
    assert.equal((await introspect(ours, given))['username'], person.login);
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
