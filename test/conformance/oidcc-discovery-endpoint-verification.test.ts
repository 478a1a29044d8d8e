/** Discovery says what the server does: each value that it lists works, each that it could list and doesn't is refused. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BUILT_IN } from '../../src/records/resource.ts';
import { DEVICE_GRANT } from '../support/device.ts';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { STANDARD_SCOPES } from '../../src/policy/claims/standard-claims.ts';
import { completeProfile, profileCollection } from '../../src/records/profile.ts';
import { setClient } from '../support/clients.ts';
import { assertion, newClientKey, signWithKeys } from '../support/key-client.ts';
import { hiddenFields, type HtmlPage } from '../support/http-browser.ts';
import { startPolicyServer, Visitor, type PolicyServer } from '../support/policy.ts';
import { authorize, exchange, post, token, type Registration } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';

let server: PolicyServer;
let web: Registration;
let spa: Registration;
let service: Registration;
let person: TestPerson;
/** Somebody who is signed in. */
let visitor: Visitor;
let metadata: Record<string, unknown>;
before(async () => {
  server = await startPolicyServer();
  web = await server.addClient();
  spa = await server.addClient({ kind: 'spa' });
  service = await server.addClient({ clientCredentials: true, redirectUris: [] });
  person = await server.addPerson({ language: 'zh-Hant' }, { totp: true });
  visitor = await (await new Visitor(server, web).start()).password(person);
  await visitor.totp(person);
  metadata = (await json('/.well-known/openid-configuration')) as Record<string, unknown>;
});
after(() => server.stop());

const json = async (path: string): Promise<unknown> => (await fetch(server.issuer + path)).json();

/** What the test has compared; the last test asks for all. */
const compared = new Set<string>();
function listed(name: string): string[] {
  compared.add(name);
  const values = metadata[name];
  assert.ok(Array.isArray(values) && values.length > 0, `${name}: ${String(values)}`);
  assert.equal(new Set(values).size, values.length, `${name} has nothing twice`);
  return values as string[];
}
function said(name: string): unknown {
  compared.add(name);
  return metadata[name];
}

const ALL = STANDARD_SCOPES.filter((scope) => scope !== 'offline_access');

/** Values that are known beside those that are listed: each is tried, and works if and only if it is listed. */
function bothWays(
  name: string,
  known: readonly string[],
  works: (value: string) => Promise<boolean>,
): void {
  it(`lists the ${name} that work`, async () => {
    const values = listed(name);
    for (const value of new Set([...values, ...known]))
      assert.equal(await works(value), values.includes(value), `${name}: ${value}`);
  });
}

const ask = (params: Record<string, string>, client = web): Promise<HtmlPage> =>
  visitor.browser.open(authorize(client, params).url);
const errorOf = ({ url }: HtmlPage): string | null =>
  new URLSearchParams(url.search || url.hash.slice(1)).get('error');

describe('oidcc-discovery-endpoint-verification', () => {
  it('is the issuer’s, at both addresses', async () => {
    assert.equal(said('issuer'), server.issuer);
    assert.deepEqual(await json('/.well-known/oauth-authorization-server'), metadata);
    const places = Object.keys(metadata).filter((name) => /_endpoint$|_uri$/u.test(name));
    assert.equal(places.length, 9, places.join());
    for (const name of places) {
      const url = String(said(name));
      assert.equal(new URL(url).origin, server.issuer);
      const { status, headers } = await fetch(url, { method: 'OPTIONS' });
      assert.ok(status === 204 && headers.get('allow'), `${name} is there`);
    }
  });

  bothWays(
    'response_types_supported',
    ['id_token', 'token', 'code id_token', 'code token', 'code id_token token', 'none'],
    async (type) => {
      const page = await ask({ response_type: type, prompt: 'none' });
      if (errorOf(page)) assert.equal(errorOf(page), 'unsupported_response_type');
      return page.url.searchParams.has('code');
    },
  );

  bothWays(
    'response_modes_supported',
    ['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt', 'web_message', 'other'],
    async (mode) => {
      const page = await ask({ response_mode: mode, prompt: 'none' });
      const where: Record<string, string> = {
        query: page.url.search.slice(1),
        fragment: page.url.hash.slice(1),
        form_post: new URLSearchParams(hiddenFields(page.html)).toString(),
      };
      if (!where[mode]) assert.equal(errorOf(page), 'unsupported_response_mode', mode);
      return new URLSearchParams(where[mode]).has('code');
    },
  );

  bothWays(
    'grant_types_supported',
    [
      'password',
      'implicit',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'urn:openid:params:grant-type:ciba',
    ],
    async (grant) => {
      if (grant === 'client_credentials') {
        // Who may have it is registered so.
        assert.equal((await token(web, { grant_type: grant })).body['error'], 'invalid_request');
        return (await token(service, { grant_type: grant })).status === 200;
      }
      if (grant === DEVICE_GRANT) {
        const device = await server.addClient({ kind: 'device', redirectUris: [] });
        assert.equal((await token(web, { grant_type: grant })).body['error'], 'invalid_request');
        const answer = await token(device, { grant_type: grant, device_code: 'x' });
        return answer.body['error'] === 'invalid_grant';
      }
      const params = { grant_type: grant, refresh_token: 'x', code: 'x', redirect_uri: 'x' };
      const answers = [web, spa].map((client) => token(client, params));
      const errors = (await Promise.all(answers)).map(({ body }) => body['error']);
      assert.equal(errors[0], errors[1], 'whether or not the client has a secret');
      // It would have looked at what it was given.
      return errors[0] === 'invalid_grant';
    },
  );

  for (const [name, path] of [
    ['token_endpoint_auth_methods_supported', '/token'],
    ['revocation_endpoint_auth_methods_supported', '/token/revocation'],
    ['introspection_endpoint_auth_methods_supported', '/token/introspection'],
  ] as const)
    bothWays(
      name,
      ['client_secret_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
      async (method) => {
        const { status, body } = await authenticated(path, method);
        if (status === 200) return true;
        if (body['error'] === 'invalid_grant') return true;
        assert.match(String(body['error']), /^invalid_(?:client|request)$/u);
        return false;
      },
    );

  async function authenticated(path: string, method: string) {
    const nothing = { grant_type: 'refresh_token', refresh_token: 'x', token: 'x' };
    const { clientId: client_id, clientSecret: client_secret } = web;
    const assertion = {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await new SignJWT({ jti: 'x' })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer(client_id)
        .setSubject(client_id)
        .setAudience(server.issuer)
        .setIssuedAt()
        .setExpirationTime('1m')
        .sign(Buffer.from(client_secret)),
    };
    const without = { ...web, clientSecret: '' };
    if (method === 'client_secret_basic') return post(web, path, nothing);
    if (method === 'none') return post(spa, path, nothing);
    if (method === 'private_key_jwt') return signed(path, nothing);
    const fields = method === 'client_secret_post' ? { client_secret } : {};
    return post(without, path, { ...nothing, ...(method.endsWith('_jwt') ? assertion : fields) });
  }

  async function signed(path: string, fields: Record<string, string>, alg = 'ES256') {
    const key = await newClientKey(alg);
    const client = await server.addClient();
    await signWithKeys(server.store, client.clientId, { jwks: { keys: [key.jwk] } });
    const shown = await assertion(key, client);
    return post({ ...spa, clientId: client.clientId }, path, { ...fields, ...shown });
  }

  for (const [name, path] of [
    ['token_endpoint_auth_signing_alg_values_supported', '/token'],
    ['revocation_endpoint_auth_signing_alg_values_supported', '/token/revocation'],
    ['introspection_endpoint_auth_signing_alg_values_supported', '/token/introspection'],
  ] as const)
    bothWays(name, ['RS384', 'ES384', 'PS512', 'Ed25519'], async (alg) => {
      const { body } = await signed(path, { grant_type: 'refresh_token', token: 'x' }, alg);
      return body['error'] !== 'invalid_client';
    });

  bothWays('code_challenge_methods_supported', ['plain', 'S512'], async (method) => {
    const page = await ask({ code_challenge_method: method, prompt: 'none' });
    return page.url.searchParams.has('code');
  });

  bothWays('subject_types_supported', ['pairwise'], async (type) => {
    const subjects = await Promise.all(
      [web, spa].map(async (client) => {
        const asked = authorize(client, { prompt: 'none' });
        const { url } = await visitor.browser.open(asked.url);
        const { body } = await exchange(client, asked, url);
        return decodeJwt(String(body['id_token'])).sub;
      }),
    );
    return (subjects[0] === subjects[1]) === (type === 'public');
  });

  bothWays('prompt_values_supported', ['select_account', 'create', 'other'], async (prompt) => {
    const page = await ask({ prompt });
    if (errorOf(page)) assert.equal(errorOf(page), 'invalid_request');
    return errorOf(page) === null;
  });

  bothWays('ui_locales_supported', ['de', 'fr', 'ja', 'zh-Hans', 'ar'], async (tag) => {
    const page = await new Visitor(server, web).start({ ui_locales: tag });
    return page.page.html.includes(`<html lang="${tag}"`);
  });

  bothWays('scopes_supported', ['phone', 'address', 'groups', 'quota'], async (scope) => {
    // The kind that is issued refresh tokens that outlive the session.
    const native = await server.addClient({ kind: 'native' });
    const ofResources = [...BUILT_IN.values()].flatMap(({ scopes }) =>
      scopes.map(({ name }) => name),
    );
    await setClient(server, native.clientId, { scopes: [...ALL, ...ofResources] });
    const asked = await visitorAt(native, { scope: `openid ${scope}`, prompt: 'consent' });
    if (asked.step === 'consent') await asked.send({ decision: 'allow' });
    return String((await asked.tokens())['scope'])
      .split(' ')
      .includes(scope);
  });

  async function visitorAt(client: Registration, params: Record<string, string>): Promise<Visitor> {
    return new Visitor(server, client, visitor.browser).start(params);
  }

  bothWays('id_token_signing_alg_values_supported', ['PS256', 'EdDSA', 'none'], async (alg) => {
    const client = await server.addClient({ alg: alg as 'ES256' });
    const asked = await visitorAt(client, { prompt: 'none' });
    if (!asked.back?.code) return false;
    return decodeProtectedHeader(String((await asked.tokens())['id_token'])).alg === alg;
  });

  bothWays('dpop_signing_alg_values_supported', ['RS256', 'ES384', 'PS256'], async (alg) => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const proof = await new SignJWT({
      htm: 'POST',
      htu: `${server.issuer}/token`,
      jti: crypto.randomUUID(),
    })
      .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
      .setIssuedAt()
      .sign(privateKey);
    const basic = Buffer.from(`${service.clientId}:${service.clientSecret}`).toString('base64');
    const answer = await fetch(`${server.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}`, dpop: proof },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const body = (await answer.json()) as Record<string, string>;
    return body['token_type'] === 'DPoP';
  });

  it('says which parameters work', async () => {
    const essential = { id_token: { auth_time: { essential: true } } };
    const asked = await visitorAt(web, { claims: JSON.stringify(essential), prompt: 'none' });
    assert.equal(said('claims_parameter_supported'), true);
    assert.ok((await asked.claims())['auth_time']);
    assert.equal(said('authorization_response_iss_parameter_supported'), true);
    assert.equal(asked.page.url.searchParams.get('iss'), server.issuer);
    assert.equal(said('request_parameter_supported'), false);
    assert.equal(errorOf(await ask({ request: 'e30.e30.' })), 'request_not_supported');
    assert.equal(said('request_uri_parameter_supported'), false);
    const byReference = { request_uri: 'https://app.test/request' };
    assert.equal(errorOf(await ask(byReference)), 'request_uri_not_supported');
    assert.deepEqual(listed('claim_types_supported'), ['normal']);
  });

  it('lists the claims that are told', async () => {
    const client = await server.addClient({ backchannelLogoutUri: 'https://app.test/logout' });
    await setClient(server, client.clientId, { scopes: ALL });
    await server.store.put(profileCollection, person.person.id, {
      ...completeProfile(undefined),
      givenName: 'Ada',
      familyName: 'Archer',
      phone: '+44',
      zone: 'Europe/London',
    });
    const asked = await visitorAt(client, { scope: ALL.join(' '), prompt: 'none' });
    const tokens = await asked.tokens();
    const headers = { authorization: `Bearer ${tokens['access_token']}` };
    const me = (await (await fetch(`${server.issuer}/me`, { headers })).json()) as object;
    const told = new Set(Object.keys({ ...decodeJwt(String(tokens['id_token'])), ...me }));
    // Of the token itself (OpenID Connect Core §2), and of no person or sign-in.
    for (const name of ['aud', 'exp', 'iat', 'nonce', 'at_hash']) told.delete(name);
    assert.deepEqual(listed('claims_supported').toSorted(), [...told].toSorted());
    // How an end is told is a matter of test/flows/back-channel-logout.test.ts.
    assert.equal(said('backchannel_logout_supported'), true);
    assert.equal(said('backchannel_logout_session_supported'), told.has('sid'));
  });

  it('says nothing that is not compared here or with the acr values', () => {
    compared.add('acr_values_supported');
    assert.deepEqual(
      Object.keys(metadata).filter((name) => !compared.has(name)),
      [],
    );
  });
});
