/** What is answered directly is, to the byte, what the library answers to the same request in an unusual form. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { changePerson } from '../../src/records/person.ts';
import { answerOf as answered, basic, libraryIsAsked } from '../support/direct.ts';
import { sendRaw } from '../support/raw-http.ts';
import { dpopProof } from '../support/resources.ts';
import { silently, signIn, type SignedIn } from '../support/sign-in.ts';
import { exchange, token, type Registration } from '../support/relying-party.ts';
import { startPolicyServer, type PolicyServer } from '../support/policy.ts';

const SCOPES = ['openid', 'profile', 'email', 'mail', 'admin:read'];
const MAIL = { scope: 'openid email mail' };

let server: PolicyServer;
let app: Registration;
let mail: Registration;
let signedIn: SignedIn;
const tokens: Record<string, string> = {};
before(async () => {
  server = await startPolicyServer();
  app = await server.addClient({ name: 'App', scopes: SCOPES, clientCredentials: true });
  mail = await server.addClient({ name: 'Dovecot', kind: 'mail', redirectUris: [] });
  signedIn = await signIn(app, await server.addPerson({}, { totp: true }));
  const { asked, callback } = await silently(app, signedIn.browser, MAIL);
  tokens['own'] = String(signedIn.tokens['access_token']);
  tokens['refresh'] = String(signedIn.tokens['refresh_token']);
  tokens['mail'] = String((await exchange(app, asked, callback)).body['access_token']);
  tokens['service'] = await ofItself({});
  tokens['admin'] = await ofItself({ scope: 'admin:read' });
});
after(() => server.stop());

async function ofItself(more: Record<string, string>): Promise<string> {
  const { body } = await token(app, { grant_type: 'client_credentials', ...more });
  return String(body['access_token']);
}

const answerOf = (path: string, init: RequestInit) => answered(server.issuer, path, init);

function introspected(
  authorization: string,
  fields: Record<string, string> | string[][],
  headers: Record<string, string> = {},
) {
  const body = new URLSearchParams(fields);
  return answerOf('/token/introspection', {
    method: 'POST',
    headers: { authorization, ...headers },
    body,
  });
}

const userinfo = (authorization: string, path = '/me', headers: Record<string, string> = {}) =>
  answerOf(path, { headers: { authorization, ...headers } });

describe('introspection', () => {
  const ASKED: readonly [name: string, by: () => Registration, active: boolean, direct: boolean][] =
    [
      ['own', () => app, true, true],
      ['mail', () => app, true, true],
      ['mail', () => mail, true, true],
      ['service', () => app, true, true],
      ['admin', () => app, true, true],
      ['refresh', () => app, true, false],
      ['own', () => mail, false, false],
      ['service', () => mail, false, false],
    ];

  for (const [name, by, active, direct] of ASKED)
    it(`of the token ${name}, ${active ? 'active' : 'not active'}, ${direct ? 'directly' : 'by the library'}`, async () => {
      const value = tokens[name] ?? '';
      const asked = await libraryIsAsked(async () => {
        const answer = await introspected(basic(by()), { token: value });
        const same = await introspected(basic(by()), { token: value, unknown: 'x' });
        assert.deepEqual(answer, same);
        assert.equal((JSON.parse(answer.body) as { active: boolean }).active, active);
      });
      assert.ok(asked, 'the second one is the library’s');
      const isLibrarys = await libraryIsAsked(() => introspected(basic(by()), { token: value }));
      assert.equal(isLibrarys, !direct);
    });

  it('takes a hint, whatever it is', async () => {
    for (const hint of ['access_token', 'refresh_token', 'nonsense']) {
      const fields = { token: tokens['own'] ?? '', token_type_hint: hint };
      const answer = await introspected(basic(app), fields);
      assert.deepEqual(answer, await introspected(basic(app), { ...fields, unknown: 'x' }));
    }
  });

  it('leaves what is unusual to the library', async () => {
    const value = tokens['own'] ?? '';
    const padded = `${basic(app)}==`;
    const unusual: [string, Parameters<typeof introspected>][] = [
      [
        'twice',
        [
          basic(app),
          [
            ['token', value],
            ['token', value],
          ],
        ],
      ],
      ['no token', [basic(app), {}]],
      ['a secret in both places', [basic(app), { token: value, client_secret: app.clientSecret }]],
      ['another id in the form', [basic(app), { token: value, client_id: mail.clientId }]],
      ['a wrong secret', [basic(app, 'x'.repeat(43)), { token: value }]],
      ['nobody', [basic({ ...app, clientId: 'nobody' }), { token: value }]],
      ['a scheme that is none', [basic(app).replace('Basic', 'Bearer'), { token: value }]],
      ['another spelling', [padded, { token: value }]],
      ['from a page', [basic(app), { token: value }, { origin: 'https://elsewhere.test' }]],
      ['an attestation', [basic(app), { token: value }, { 'oauth-client-attestation': 'x' }]],
      ['its proof', [basic(app), { token: value }, { 'oauth-client-attestation-pop': 'x' }]],
      ['a long form', [basic(app), { token: 'x'.repeat(5000) }]],
    ];
    for (const [name, args] of unusual)
      assert.ok(await libraryIsAsked(() => introspected(...args)), name);
  });

  it('counts a wrong secret once', async () => {
    const other = await server.addClient({ name: 'Other' });
    for (let nth = 0; nth < 10; nth += 1)
      assert.equal(
        (await introspected(basic(other, WRONG), { token: 'x'.repeat(44) })).status,
        401,
      );
    assert.equal((await introspected(basic(other, WRONG), { token: 'x'.repeat(44) })).status, 429);
  });

  it('says yes no longer once the person has another epoch', async () => {
    const person = await server.addPerson({}, { totp: true });
    const { tokens: mine } = await signIn(app, person);
    const fields = { token: String(mine['access_token']) };
    assert.match((await introspected(basic(app), fields)).body, /"active":true/u);
    await changePerson(server.store, person.person.id, ({ epoch }) => ({
      set: { epoch: epoch + 1 },
      result: undefined,
    }));
    assert.equal((await introspected(basic(app), fields)).body, '{"active":false}');
  });
});

const WRONG = 'y'.repeat(43);

describe('userinfo', () => {
  it('is answered directly, as the library does', async () => {
    const bearer = `Bearer ${tokens['own']}`;
    const answer = await userinfo(bearer);
    assert.equal(answer.status, 200);
    assert.deepEqual(answer, await userinfo(bearer, '/me?'));
    assert.equal(await libraryIsAsked(() => userinfo(bearer)), false);
    assert.equal(await libraryIsAsked(() => userinfo(bearer, '/me?')), true);
  });

  it('is left to what reads the keys first, where the process was asleep', async () => {
    const bearer = `Bearer ${tokens['own']}`;
    const usual = await userinfo(bearer);
    server.clock.ahead += 5000;
    let answer: object = {};
    const ask = async () => void (answer = await userinfo(bearer));
    assert.equal(await libraryIsAsked(ask), true);
    assert.deepEqual(answer, usual);
    assert.equal(await libraryIsAsked(ask), false);
    assert.deepEqual(answer, usual);
  });

  it('is for whoever asks the issuer alone', async () => {
    const { port } = new URL(server.issuer);
    const answer = await sendRaw(port, [
      'GET /me HTTP/1.1',
      'Host: elsewhere.test',
      `Authorization: Bearer ${tokens['own']}`,
    ]);
    assert.equal(answer.status, 421);
    assert.doesNotMatch(answer.body, /"sub"/u);
  });

  it('leaves what is unusual to the library', async () => {
    const bearer = `Bearer ${tokens['own']}`;
    const proof = { dpop: await dpopProof(`${server.issuer}/me`) };
    const unusual: [string, Parameters<typeof userinfo>, number][] = [
      ['a token for a resource', [`Bearer ${tokens['mail']}`], 403],
      ['a token of a client', [`Bearer ${tokens['service']}`], 401],
      ['a refresh token', [`Bearer ${tokens['refresh']}`], 401],
      ['no token', ['Bearer'], 400],
      ['made up', [`Bearer ${'x'.repeat(44)}`], 401],
      ['from a page', [bearer, '/me', { origin: 'https://elsewhere.test' }], 400],
      ['with a proof', [bearer, '/me', proof], 400],
      ['in the query too', [bearer, `/me?access_token=${tokens['own']}`], 400],
    ];
    for (const [name, args, status] of unusual)
      assert.ok(
        await libraryIsAsked(async () =>
          assert.equal((await userinfo(...args)).status, status, name),
        ),
        name,
      );
  });
});
