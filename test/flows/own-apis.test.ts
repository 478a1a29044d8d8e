/** Resource servers of one's own: scopes that people allow, floors, JWTs, services, and sender-constrained tokens. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { consentsOf } from '../../src/oidc/authorization/consents.ts';
import type { NewClient } from '../../src/oidc/clients/new-client.ts';
import { addResource, type NewResource } from '../../src/operations/resources/add-resource.ts';
import { changeResource } from '../../src/operations/resources/change-resource.ts';
import { removeResource } from '../../src/operations/resources/remove-resource.ts';
import { valueOf } from '../../src/result.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { setClient } from '../support/clients.ts';
import { askForDevice, letIn, poll } from '../support/device.ts';
import { refresh, startPolicyServer, Visitor, type PolicyServer } from '../support/policy.ts';
import { authorize, exchange, post, token, type Registration } from '../support/relying-party.ts';
import { introspect, resourceClient } from '../support/resources.ts';
import { signIn, silently, stepOf } from '../support/sign-in.ts';

const API = 'https://api.acme.test';
const MFA = 'urn:latchkey:acr:mfa';
const CALENDAR = { scope: 'openid calendar.read' };

let server: PolicyServer;
let webmail: Registration;
let api: Registration;
before(async () => {
  server = await startPolicyServer();
  webmail = await server.addClient();
  await add({ id: API, scopes: ['calendar.read', 'calendar.write'].map(described) });
  api = await resourceClient(server, API);
});
after(() => server.stop());

const scopesAt = async (document: string): Promise<string[]> => {
  const answer = await fetch(`${server.issuer}/.well-known/${document}`);
  return ((await answer.json()) as { scopes_supported: string[] }).scopes_supported;
};

it('is found in discovery by its scopes', async () => {
  for (const at of ['openid-configuration', 'oauth-authorization-server']) {
    const scopes = await scopesAt(at);
    for (const scope of ['openid', 'calendar.read', 'calendar.write', 'mail'])
      assert.equal(scopes.filter((one) => one === scope).length, 1, scope);
  }
});

it('is found there within half a second', async () => {
  const input = { id: 'https://new.api.test', scopes: [described('new.read')] };
  assert.ok(!(await scopesAt('openid-configuration')).includes('new.read'));
  valueOf(await addResource(server, performed(), input));
  server.clock.ahead += 500;
  for (const at of ['openid-configuration', 'oauth-authorization-server'])
    assert.ok((await scopesAt(at)).includes('new.read'), at);
});

const described = (name: string) => ({ name, description: `use <${name}>` });
const performed = () => performedByOperator(server.now());
const add = async (input: NewResource) => {
  valueOf(await addResource(server, performed(), input));
  // Every process has seen it.
  server.clock.ahead += 1000;
};
const change = async (id: string, input: Parameters<typeof changeResource>[3]) => {
  valueOf(await changeResource(server, performed(), id, input));
  server.clock.ahead += 1000;
};

const appWith = (scopes: string[], fields: Partial<NewClient> = {}) =>
  server.addClient({ name: 'App', scopes, ...fields });

const newPerson = () => server.addPerson({}, { totp: true });
const errorOf = (url: URL) => url.searchParams.get('error');

describe('a client of somebody else', () => {
  const app = () => appWith(['openid', 'calendar.read', 'calendar.write'], { firstParty: false });

  it('gets a scope that the person has allowed, by its description, and is not asked for it again', async () => {
    const client = await app();
    const person = await newPerson();
    const { browser } = await signIn(webmail, person);
    const { callback } = await silently(client, browser, CALENDAR);
    assert.equal(errorOf(callback), 'consent_required');
    const asked = authorize(client, CALENDAR);
    const page = await browser.open(asked.url);
    assert.equal(stepOf(page), 'consent');
    assert.match(page.html, /<li>use &lt;calendar\.read&gt;<\/li>/u);
    assert.doesNotMatch(page.html, /calendar\.write/u);
    const back = await browser.submit(page, { decision: 'allow' });
    const { body } = await exchange(client, asked, back.url);
    assert.equal((await introspect(api, body['access_token']))['scope'], 'calendar.read');
    assert.equal(errorOf((await silently(client, browser, CALENDAR)).callback), null);
    const more = await browser.open(
      authorize(client, { scope: 'openid calendar.read calendar.write' }).url,
    );
    assert.match(more.html, /more than before[\s\S]*calendar\.write[\s\S]*calendar\.read/u);
    const [consent] = await consentsOf(server.store, person.person);
    assert.deepEqual(consent?.value.scopes, [`${API}#calendar.read`, 'openid']);
  });

  it('is asked again when another resource has a scope of the name', async () => {
    await add({ id: 'urn:acme:old', scopes: [described('notes')] });
    const client = await appWith(['openid', 'notes'], { firstParty: false });
    const { browser } = await signIn(webmail, await newPerson());
    const page = await browser.open(authorize(client, { scope: 'openid notes' }).url);
    await browser.submit(page, { decision: 'allow' });
    assert.equal(
      errorOf((await silently(client, browser, { scope: 'openid notes' })).callback),
      null,
    );
    await setClient(server, client.clientId, { scopes: ['openid'] });
    valueOf(await removeResource(server, performed(), 'urn:acme:old'));
    await add({ id: 'urn:acme:new', scopes: [described('notes')] });
    await setClient(server, client.clientId, { scopes: ['openid', 'notes'] });
    const { callback } = await silently(client, browser, { scope: 'openid notes' });
    assert.equal(errorOf(callback), 'consent_required');
  });
});

describe('a device', () => {
  it('gets tokens for a resource too, by its code and later, which say how somebody signed in', async () => {
    const fields = {
      kind: 'device',
      redirectUris: [],
      scopes: ['openid', 'calendar.read'],
    } as const;
    const tv = await server.addClient({ name: 'TV', ...fields });
    const person = await newPerson();
    const asked = await askForDevice(tv, { scope: 'openid calendar.read offline_access' });
    await letIn(new Visitor(server, tv), asked, person);
    const { body } = await poll(tv, asked);
    for (const { access_token: given = '' } of [body, (await refresh(tv, body)).body]) {
      const told = await introspect(api, given);
      assert.deepEqual([told['active'], told['acr'], told['aud']], [true, MFA, API]);
    }
  });
});

describe('what a scope requires of a sign-in', () => {
  it('is asked for with it: a step up, login_required silently, and nothing is left out', async () => {
    await server.setOrganisationMfa('optional');
    await change(API, { requireAcr: { 'calendar.write': MFA } });
    const client = await appWith(['openid', 'profile', 'email', 'calendar.read', 'calendar.write']);
    const WRITE = { scope: 'openid calendar.read calendar.write' };
    const person = await newPerson();
    const trusting = await new Visitor(server, client).trust(person);
    assert.ok((await trusting.again(person, CALENDAR)).back?.code, 'a trusted computer is enough');
    assert.equal((await trusting.again(person, WRITE)).step, 'totp', 'and is not for that');
    assert.ok((await trusting.totp(person)).back?.code);
    const plain = await server.addPerson();
    const browser = (await signIn(webmail, plain)).browser;
    const read = await silently(client, browser, CALENDAR);
    assert.equal(errorOf(read.callback), null);
    const { body } = await exchange(client, read.asked, read.callback);
    assert.equal((await introspect(api, body['access_token']))['active'], true);
    assert.equal(errorOf((await silently(client, browser, WRITE)).callback), 'login_required');
    const page = await browser.open(authorize(client, WRITE).url);
    assert.match(stepOf(page), /enrol/u);

    server.clock.ahead += 30_000;
    const strong = (await signIn(client, person, { params: WRITE })).tokens;
    assert.equal(strong['scope'], 'calendar.read calendar.write');
    await server.setOrganisationMfa('required');
  });

  it('is asked of what was issued before, at introspection and refresh', async () => {
    await server.setOrganisationMfa('off');
    await add({ id: 'urn:acme:later', scopes: [described('later')] });
    const later = await resourceClient(server, 'urn:acme:later');
    const client = await appWith(['openid', 'email', 'later']);
    const params = { scope: 'openid email later' };
    const { tokens } = await signIn(client, await server.addPerson(), { params });
    const refresh = (scope?: string) =>
      token(client, {
        grant_type: 'refresh_token',
        refresh_token: tokens['refresh_token'] ?? '',
        ...(scope === undefined ? {} : { scope }),
      });
    assert.equal((await introspect(later, tokens['access_token']))['active'], true);
    await change('urn:acme:later', { requireAcr: { later: MFA } });
    assert.deepEqual(await introspect(later, tokens['access_token']), { active: false });
    assert.equal((await refresh()).body['error'], 'invalid_grant');
    assert.equal((await refresh('later openid')).body['error'], 'invalid_grant');
    assert.equal((await refresh('openid email')).status, 200, 'what it does not ask for');
    await server.setOrganisationMfa('required');
  });
});

describe('a resource that is handed JWTs', () => {
  it('checks them by itself (RFC 9068); nobody introspects or revokes them', async () => {
    for (const alg of ['RS256', 'ES256'] as const) {
      const id = `https://jwt.acme.test/${alg}`;
      const name = `jwt.${alg}`;
      await add({ id, scopes: [described(name)], format: 'jwt', alg, lifetime: 300 });
      const client = await appWith(['openid', name]);
      const person = await newPerson();
      const { tokens, claims } = await signIn(client, person, {
        params: { scope: `openid ${name}` },
      });
      const jwks = createRemoteJWKSet(new URL('/jwks', server.issuer));
      const currentDate = new Date(server.now());
      const { payload, protectedHeader } = await jwtVerify(tokens['access_token'] ?? '', jwks, {
        issuer: server.issuer,
        audience: id,
        typ: 'at+jwt',
        currentDate,
      });
      assert.equal(protectedHeader.alg, alg);
      const { iat = 0, exp, jti, ...told } = payload;
      assert.deepEqual([exp, typeof jti], [iat + 300, 'string']);
      assert.deepEqual(told, {
        iss: server.issuer,
        aud: id,
        sub: person.person.id,
        client_id: client.clientId,
        scope: name,
        acr: claims['acr'],
        amr: claims['amr'],
        auth_time: claims['auth_time'],
      });
      const ask = { token: tokens['access_token'] ?? '' };
      const own = await resourceClient(server, id);
      for (const [by, path] of [
        [own, 'introspection'],
        [client, 'introspection'],
        [client, 'revocation'],
      ] as const) {
        const { status, body } = await post(by, `/token/${path}`, ask);
        assert.deepEqual([status, body['error']], [400, 'unsupported_token_type']);
      }
    }
  });
});

describe('a service', () => {
  const service = (scopes: string[]) =>
    appWith(scopes, { name: 'Job', kind: 'service', redirectUris: [] });
  const ask = (client: Registration, params: Record<string, string>) =>
    token(client, { grant_type: 'client_credentials', ...params });

  it('gets tokens of a resource for itself, for the scopes of its record', async () => {
    const job = await service(['calendar.read']);
    for (const params of [{}, { resource: API }] as const) {
      const { body } = await ask(job, { scope: 'calendar.read', ...params });
      assert.equal(Number(body['expires_in']), 600);
      const {
        active,
        aud,
        scope,
        client_id: id,
        sub,
        username,
      } = await introspect(api, body['access_token']);
      assert.deepEqual(
        [active, aud, scope, id, sub, username],
        [true, API, 'calendar.read', job.clientId, undefined, undefined],
      );
      const own = await introspect(job, body['access_token']);
      assert.equal(own['active'], true);
    }
    const refusals = [
      [{ scope: 'calendar.write' }, 'invalid_scope'],
      [{ scope: 'calendar.read calendar.write' }, 'invalid_scope'],
      [{ scope: 'calendar.read admin:read' }, 'invalid_target'],
      [{ scope: 'calendar.read', resource: 'urn:acme:none' }, 'invalid_target'],
      [{ scope: 'calendar.read', resource: 'urn:latchkey:mail' }, 'invalid_target'],
      [{ resource: API }, 'invalid_scope'],
    ] as const;
    for (const [params, error] of refusals)
      assert.equal((await ask(job, params)).body['error'], error, JSON.stringify(params));
  });

  it('has no mailbox', async () => {
    const { body } = await ask(await service(['mail']), { scope: 'mail' });
    assert.equal(body['error'], 'invalid_target');
  });

  it('is told of no more by a resource that was taken away', async () => {
    await add({ id: 'urn:acme:short', scopes: [described('short')] });
    const job = await service(['short']);
    const { body } = await ask(job, { scope: 'short' });
    assert.equal((await introspect(job, body['access_token']))['active'], true);
    await setClient(server, job.clientId, { scopes: [] });
    assert.deepEqual(await introspect(job, body['access_token']), { active: false });
  });
});

describe('a parameter of the token request', () => {
  it('names the resource of the code, or is refused', async () => {
    const client = await appWith(['openid', 'calendar.read']);
    const person = await newPerson();
    const { browser } = await signIn(webmail, person);
    const redeem = async (resource: string) => {
      const { asked, callback } = await silently(client, browser, CALENDAR);
      return token(client, {
        grant_type: 'authorization_code',
        code: callback.searchParams.get('code') ?? '',
        redirect_uri: client.redirectUri,
        code_verifier: asked.verifier,
        resource,
      });
    };
    const { body } = await redeem(API);
    assert.equal(decodeJwt(body['id_token'] ?? '').sub, person.person.id);
    assert.equal((await introspect(api, body['access_token']))['active'], true);
    assert.equal((await redeem('urn:latchkey:mail')).body['error'], 'invalid_target');
    assert.equal((await redeem('urn:acme:none')).body['error'], 'invalid_target');
  });
});
