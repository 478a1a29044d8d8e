/** A token that is asked for in the usual way is what the library gives for the same request in an unusual form. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { changePerson } from '../../src/records/person.ts';
import { newProofKey, proofFor } from '../support/dpop.ts';
import { answerOf, basic, libraryIsAsked, type Answer } from '../support/direct.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { exchange, token, type Registration } from '../support/relying-party.ts';
import { startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { signIn, silently } from '../support/sign-in.ts';

type Fields = Record<string, string>;

let server: TestServer;
let web: Registration;
let spa: Registration;
let other: Registration;
let person: TestPerson;
let browser: HttpBrowser;
before(async () => {
  server = await startTestServer();
  const scopes = ['openid', 'profile', 'email', 'admin:read'];
  web = await server.addClient({ name: 'Web', scopes, clientCredentials: true });
  spa = await server.addClient({ name: 'Browser app', kind: 'spa' });
  other = await server.addClient({ name: 'Other' });
  person = await server.addPerson({}, { totp: true });
  ({ browser } = await signIn(web, person));
});
after(() => server.stop());

function asked(client: Registration, fields: Fields | string[][], headers: Fields = {}) {
  const form = new URLSearchParams(fields);
  if (client.clientSecret === '') form.append('client_id', client.clientId);
  const authorization: Fields = client.clientSecret ? { authorization: basic(client) } : {};
  const init = { method: 'POST', headers: { ...authorization, ...headers }, body: form };
  return answerOf(server.issuer, '/token', init);
}

interface Told {
  access_token?: string;
  refresh_token?: string;
  id_token?: string;
}

/** What chance and the second decide is only said to be there. */
function comparable({ status, headers, body }: Answer): object {
  const { access_token, refresh_token, id_token, ...told } = JSON.parse(body) as Told;
  const { 'content-length': _, ...same } = headers;
  const lengths = [access_token?.length, refresh_token?.length];
  return { status, headers: same, told, lengths, claims: id_token && claimsOf(id_token) };
}

function claimsOf(idToken: string): object {
  const { iat, exp, at_hash, nonce, ...claims } = decodeJwt(idToken);
  return { ...claims, lives: Number(exp) - Number(iat), with: [typeof at_hash, typeof nonce] };
}

async function code(client: Registration): Promise<Fields> {
  const { asked: request, callback } = await silently(client, browser);
  return {
    grant_type: 'authorization_code',
    code: callback.searchParams.get('code') ?? '',
    redirect_uri: client.redirectUri,
    code_verifier: request.verifier,
  };
}

async function refreshOf(client: Registration): Promise<Fields> {
  const { asked: request, callback } = await silently(client, browser);
  const { body } = await exchange(client, request, callback);
  return { grant_type: 'refresh_token', refresh_token: String(body['refresh_token']) };
}

const used = async (fields: Fields, client: Registration): Promise<Fields> => {
  assert.equal((await token(client, fields)).status, 200);
  return fields;
};

const own = (more: Fields = {}): Fields => ({ grant_type: 'client_credentials', ...more });

describe('a token', () => {
  const CASES: readonly [
    what: string,
    client: () => Registration,
    fields: () => Fields | Promise<Fields>,
    status: number,
  ][] = [
    ['for a code', () => web, () => code(web), 200],
    ['for a code, without a secret', () => spa, () => code(spa), 200],
    ['for a code that was used', () => web, async () => used(await code(web), web), 400],
    ['for the code of another app', () => other, () => code(web), 400],
    ['for a code that is none', () => web, async () => ({ ...(await code(web)), code: 'x' }), 400],
    [
      'for a code with another verifier',
      () => web,
      async () => ({ ...(await code(web)), code_verifier: 'y'.repeat(43) }),
      400,
    ],
    [
      'for a code to another place',
      () => web,
      async () => ({ ...(await code(web)), redirect_uri: 'https://elsewhere.test/' }),
      400,
    ],
    [
      'for a code, where there is but one place',
      () => web,
      async () => {
        const { redirect_uri: _, ...rest } = await code(web);
        return rest;
      },
      200,
    ],
    ['for a refresh token', () => web, () => refreshOf(web), 200],
    ['for a refresh token that rotates', () => spa, () => refreshOf(spa), 200],
    ['for one that has rotated', () => spa, async () => used(await refreshOf(spa), spa), 200],
    [
      'with fewer scopes',
      () => web,
      async () => ({ ...(await refreshOf(web)), scope: 'openid email' }),
      200,
    ],
    [
      'with more scopes',
      () => web,
      async () => ({ ...(await refreshOf(web)), scope: 'openid admin:read' }),
      400,
    ],
    [
      'for a resource that nobody has',
      () => web,
      async () => ({ ...(await refreshOf(web)), resource: 'urn:nothing' }),
      400,
    ],
    ['for another app’s refresh token', () => other, () => refreshOf(web), 400],
    [
      'for a refresh token that is none',
      () => web,
      () => ({ grant_type: 'refresh_token', refresh_token: 'z'.repeat(43) }),
      400,
    ],
    ['for no refresh token', () => web, () => ({ grant_type: 'refresh_token' }), 400],
    ['of its own', () => web, () => own(), 200],
    ['of its own, for a resource', () => web, () => own({ scope: 'admin:read' }), 200],
    ['of its own, with a scope of people', () => web, () => own({ scope: 'openid' }), 200],
    ['of its own, with a scope that it has not', () => web, () => own({ scope: 'mail' }), 400],
    ['of its own, for nothing known', () => web, () => own({ resource: 'urn:nothing' }), 400],
  ];

  for (const [what, client, fields, status] of CASES)
    it(`${what} is ${status === 200 ? 'given' : 'refused'} directly, as by the library`, async () => {
      const [mine, same] = [await fields(), await fields()];
      let direct: Answer | undefined;
      const isLibrarys = await libraryIsAsked(async () => {
        direct = await asked(client(), mine);
      });
      assert.equal(isLibrarys, false);
      let byLibrary: Answer | undefined;
      assert.ok(
        await libraryIsAsked(async () => {
          byLibrary = await asked(client(), { ...same, unknown: 'x' });
        }),
      );
      assert.ok(direct && byLibrary);
      assert.equal(direct.status, status, direct.body);
      assert.deepEqual(comparable(direct), comparable(byLibrary));
    });

  it('is not given for a code twice, and what it was given for first ends', async () => {
    const fields = await code(web);
    const first = await token(web, fields);
    assert.equal((await asked(web, fields)).status, 400);
    const headers = { authorization: `Bearer ${first.body['access_token']}` };
    assert.equal((await fetch(`${server.issuer}/me`, { headers })).status, 401);
  });

  it('is given for a code once, however many ask at once', async () => {
    const fields = await code(web);
    const answers = await Promise.all(Array.from({ length: 8 }, () => asked(web, fields)));
    assert.ok(answers.filter(({ status }) => status === 200).length <= 1);
    assert.ok(answers.every(({ status }) => status === 200 || status === 400));
  });

  it('is refused directly once its person is disabled', async () => {
    const leaver = await server.addPerson({}, { totp: true });
    const { tokens } = await signIn(web, leaver);
    await changePerson(server.store, leaver.person.id, () => ({
      set: { active: false },
      result: undefined,
    }));
    const fields = { grant_type: 'refresh_token', refresh_token: String(tokens['refresh_token']) };
    const isLibrarys = await libraryIsAsked(async () => {
      const answer = await asked(web, fields);
      assert.deepEqual([answer.status, JSON.parse(answer.body).error], [400, 'invalid_grant']);
    });
    assert.equal(isLibrarys, false);
  });
});

describe('what is unusual of a request for a token', () => {
  const page = { origin: 'https://elsewhere.test' };

  const UNUSUAL: readonly [
    what: string,
    ask: () => Promise<Answer>,
    status: number,
    error?: string,
  ][] = [
    ['a field that is not known', () => asked(web, own({ unknown: 'x' })), 200],
    ['an empty field', () => asked(web, own({ scope: '' })), 200],
    ['a scope that is none', () => asked(web, own({ scope: 'a\u0000b' })), 400, 'invalid_scope'],
    [
      'a field twice',
      () =>
        asked(web, [
          ['grant_type', 'client_credentials'],
          ['scope', 'admin:read'],
          ['scope', 'admin:read'],
        ]),
      400,
      'invalid_request',
    ],
    ['no kind of grant', () => asked(web, {}), 400, 'invalid_request'],
    [
      'a kind of grant that there is not',
      () => asked(web, { grant_type: 'password' }),
      400,
      'unsupported_grant_type',
    ],
    ['one that the app has not', () => asked(other, own()), 400, 'invalid_request'],
    [
      'a secret that is wrong',
      () => asked({ ...web, clientSecret: 'x'.repeat(43) }, own()),
      401,
      'invalid_client',
    ],
    ['an app that there is not', () => asked({ ...web, clientId: 'no' }, own()), 401],
    [
      'a secret in both places',
      () => asked(web, own({ client_secret: web.clientSecret })),
      400,
      'invalid_request',
    ],
    [
      'another app’s id',
      () => asked(web, own({ client_id: other.clientId })),
      400,
      'invalid_request',
    ],
    [
      'an id without its secret',
      async () =>
        asked({ ...web, clientSecret: '' }, { ...(await code(web)), client_id: web.clientId }),
      400,
    ],
    ['its secret in the form', () => inForm(own()), 200],
    ['a request of a page', () => asked(web, own(), page), 400],
    [
      'a form that is long',
      () => asked(web, own({ scope: `admin:read${' admin:read'.repeat(500)}` })),
      200,
    ],
    [
      'a proof of possession',
      async () =>
        asked(web, own(), { dpop: await proofFor(await newProofKey(), `${server.issuer}/token`) }),
      200,
    ],
  ];

  function inForm(fields: Fields): Promise<Answer> {
    const { clientId: client_id, clientSecret: client_secret } = web;
    const body = new URLSearchParams({ ...fields, client_id, client_secret });
    return answerOf(server.issuer, '/token', { method: 'POST', body });
  }

  for (const [what, ask, status, error] of UNUSUAL)
    it(`is the library’s: ${what}`, async () => {
      let answer: Answer | undefined;
      const isLibrarys = await libraryIsAsked(async () => {
        answer = await ask();
      });
      assert.ok(isLibrarys);
      assert.equal(answer?.status, status, answer?.body);
      if (error) assert.equal(JSON.parse(answer.body).error, error);
    });
});
