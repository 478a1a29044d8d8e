/** A model that is made of what was stored is the one that the library makes, and so is what is saved of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Provider from 'oidc-provider';
import { copyPlainly } from '../../src/oidc/plain-models.ts';

type Made = Record<string, unknown>;
type Model = { instantiate(payload?: object): Made; prototype: object };
/** What the library saves of it. */
const saved = (model: Made): unknown => {
  const { getValueAndPayload } = model as { getValueAndPayload(): Promise<unknown> };
  return getValueAndPayload.call(model);
};
const modelsOf = (provider: Provider) => provider as unknown as Readonly<Record<string, Model>>;

const usual = new Provider('https://id.example');
const plain = new Provider('https://id.example');
copyPlainly(plain);

const PAYLOADS: Readonly<Record<string, object>> = {
  AccessToken: {
    iat: 1,
    exp: 2,
    accountId: 'alice',
    claims: { userinfo: { email: null } },
    clientId: 'app',
    expiresWithSession: true,
    extra: { acr: 'x' },
    grantId: 'grant',
    gty: 'authorization_code',
    scope: 'openid email',
    sessionUid: 'session',
    jkt: 'thumbprint',
    aud: 'urn:api',
  },
  AuthorizationCode: { iat: 1, exp: 2, codeChallenge: 'x', redirectUri: 'https://app.example/' },
  ClientCredentials: { iat: 1, exp: 2, clientId: 'app', extra: {}, scope: 'read' },
  Grant: { iat: 1, exp: 2, accountId: 'alice', clientId: 'app', openid: { scope: 'openid' } },
  Session: {
    iat: 1,
    exp: 2,
    uid: 'uid',
    accountId: 'alice',
    loginTs: 1,
    amr: ['pwd'],
    authorizations: { app: { sid: 'sid', grantId: 'grant' } },
  },
  RefreshToken: { iat: 1, exp: 2, consumed: 3, grantId: 'grant', rotations: 2, iiat: 1 },
};

for (const [kind, fields] of Object.entries(PAYLOADS))
  describe(kind, () => {
    const made = (provider: Provider, payload?: object) =>
      modelsOf(provider)[kind]?.instantiate(payload) ?? {};

    it('has the same fields, and what the library gives it', () => {
      const payload = { ...fields, kind, jti: 'id', unknown: 'x' };
      const [own, librarys] = [made(plain, payload), made(usual, payload)];
      assert.deepEqual({ ...own }, { ...librarys });
      assert.ok(!('unknown' in own));
      assert.equal(own['jti'], 'id');
      assert.equal(Object.getPrototypeOf(own), modelsOf(plain)[kind]?.prototype);
      for (const name of ['isValid', 'isExpired', 'remainingTTL'])
        assert.equal(own[name], librarys[name], name);
      assert.deepEqual(own['scopes'], librarys['scopes']);
    });

    // Of access tokens that is the library's still: their resource says how.
    if (!kind.startsWith('Access') && !kind.startsWith('Client'))
      it('is saved as the library would save it', async () => {
        const payload = { ...fields, kind, jti: 'id' };
        const [own, librarys] = [made(plain, payload), made(usual, payload)];
        for (const model of [own, librarys])
          Object.assign(model, { unknown: 'x', scope: undefined });
        assert.deepEqual(await saved(own), await saved(librarys));
      });

    it('has what JSON calls "__proto__" as little', () => {
      const payload = JSON.parse(
        `{"kind":"${kind}","jti":"id","__proto__":{"accountId":"eve"}}`,
      ) as object;
      assert.equal(made(plain, payload)['accountId'], undefined);
    });

    it('is not made of what another model has stored', () => {
      assert.throws(() => made(plain, { ...fields, kind: 'Interaction' }), /kind mismatch/u);
    });

    it('is new where nothing was stored', () => {
      for (const payload of [{}, undefined]) {
        const [own, librarys] = [made(plain, payload), made(usual, payload)];
        assert.equal(own['kind'], kind);
        assert.equal(own['new'], librarys['new']);
      }
    });
  });
