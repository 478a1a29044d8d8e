/** Sign-ins whose every request goes to the next process: none of them needs to remember anything. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ACR } from '../../src/policy/factors.ts';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { Visitor, givePasskey, refresh } from '../support/policy.ts';
import { post, verifyIdToken, type Registration } from '../support/relying-party.ts';
import { REDIRECT, codeOf, type PersonOptions, type TestPerson } from '../support/server.ts';

const GOODBYE = 'http://127.0.0.1:9/goodbye';

interface Way {
  what: string;
  has: PersonOptions;
  prove(visitor: Visitor, person: TestPerson, cluster: TestCluster): Promise<unknown>;
  acr: string;
}

const WAYS: readonly Way[] = [
  {
    what: 'a code of the authenticator app',
    has: { totp: true },
    prove: (visitor, person) => visitor.totp(person),
    acr: ACR.mfa,
  },
  {
    what: 'a code by mail',
    has: { email: true },
    prove: (visitor, person) => visitor.emailCode(person),
    acr: ACR.email,
  },
  {
    what: 'a one-time code',
    has: { totp: true, oneTimeCodes: true },
    prove: (visitor, person) => visitor.oneTimeCode(person, 4),
    acr: ACR.mfa,
  },
  {
    what: 'a passkey',
    has: { totp: true },
    prove: async (visitor, person, cluster) => visitor.passkey(await givePasskey(cluster, person)),
    acr: ACR.phr,
  },
  {
    what: 'the computer that is trusted',
    has: { totp: true },
    async prove(visitor, person) {
      await visitor.totp(person, { trust: 'yes' });
      await visitor.again(person);
    },
    acr: ACR.trusted,
  },
];

for (const processes of [2, 3])
  describe(`${processes} processes, each request at the next one`, () => {
    let cluster: TestCluster;
    let webmail: Registration;
    before(async () => {
      cluster = await startCluster({ processes });
      const uris = { redirectUris: [REDIRECT], postLogoutRedirectUris: [GOODBYE] };
      webmail = await cluster.addClient(uris);
    });
    after(() => cluster.stop());

    it('have the same keys, though the store was empty when all of them started', async () => {
      const keys = await cluster.everywhere(async () =>
        (await fetch(new URL('/jwks', cluster.issuer))).text(),
      );
      assert.equal(new Set(keys).size, 1);
      assert.match(keys[0] ?? '', /"kid"/u);
    });

    for (const { what, has, prove, acr } of WAYS)
      it(`password and ${what}, and what follows the sign-in`, async () => {
        const person = await cluster.addPerson({}, has);
        const visitor = await (await new Visitor(cluster, webmail).start()).password(person);
        await prove(visitor, person, cluster);
        const tokens = await visitor.tokens();
        const { id_token: idToken = '' } = tokens;
        const claims = await verifyIdToken(webmail, idToken, visitor.asked.nonce);
        assert.deepEqual([claims.sub, claims['acr']], [person.person.id, acr]);
        await useTokens(webmail, person, tokens);
        assert.equal((await (await visitor.silently()).claims()).sub, person.person.id);
        await signOut(visitor, idToken);
        await assertEnded(visitor, tokens);
      });

    it('an authenticator is set up in the middle of a sign-in', async () => {
      const person = await cluster.addPerson();
      const visitor = await (await new Visitor(cluster, webmail).start()).password(person);
      assert.equal(visitor.step, 'totp-enrol');
      const secret = await visitor.enrolTotp();
      assert.equal((await visitor.send({ go: 'finish' })).step, 'password');
      assert.equal((await visitor.password(person)).step, 'totp');
      cluster.clock.ahead += 30_000;
      await visitor.send({ code: codeOf(secret, cluster.now()) });
      const claims = await visitor.claims();
      assert.deepEqual([claims.sub, claims['acr']], [person.person.id, ACR.mfa]);
    });

    it('more than one has answered each kind of request, and none has written a set-up link', async () => {
      const codes = await cluster.stopProcesses();
      assert.deepEqual(
        codes,
        cluster.machines.map(() => 0),
      );
      const said = cluster.machines.map(({ child }) => child.output()).join('\n');
      assert.doesNotMatch(said, /token=/u);
      assert.match(said, /setup-link.*no administrator yet/u);
      const answers = cluster.answers();
      const by = (path: RegExp): Set<string> =>
        new Set(answers.filter((one) => path.test(one.path)).map((one) => one.process));
      assert.equal(by(/^/u).size, processes);
      const kinds = [
        '/auth$',
        '/auth/:uid',
        'password',
        'totp',
        'email-code',
        'totp-enrol',
        '/token$',
        '/token/introspection',
        '/me',
        '/session/end',
      ];
      for (const kind of kinds)
        assert.ok(by(new RegExp(kind, 'u')).size > 1, `${kind}: ${JSON.stringify(answers)}`);
      const faults = answers.filter(({ status }) => status >= 500);
      assert.deepEqual(faults, []);
    });
  });

async function useTokens(
  client: Registration,
  { person }: TestPerson,
  tokens: Record<string, string>,
): Promise<void> {
  const { access_token: accessToken = '' } = tokens;
  const headers = { authorization: `Bearer ${accessToken}` };
  const userinfo = await fetch(new URL('/me', client.issuer), { headers });
  assert.equal(((await userinfo.json()) as { sub: string }).sub, person.id);
  const looked = await post(client, '/token/introspection', { token: accessToken });
  assert.equal(looked.body['active'], true);
  const refreshed = await refresh(client, tokens);
  assert.equal(refreshed.status, 200, JSON.stringify(refreshed.body));
  const { access_token: another = '' } = refreshed.body;
  const again = await post(client, '/token/introspection', { token: another });
  assert.equal(again.body['active'], true);
}

async function signOut({ browser, client }: Visitor, idToken: string): Promise<void> {
  const url = new URL('/session/end', client.issuer);
  const params = { id_token_hint: idToken, post_logout_redirect_uri: GOODBYE };
  url.search = new URLSearchParams(params).toString();
  const bye = await browser.submit(await browser.open(url), { logout: 'yes' });
  assert.equal(bye.url.href, GOODBYE);
}

async function assertEnded(visitor: Visitor, tokens: Record<string, string>): Promise<void> {
  assert.equal((await visitor.silently()).back?.error, 'login_required');
  assert.equal((await refresh(visitor.client, tokens)).body['error'], 'invalid_grant');
  const { access_token: token = '' } = tokens;
  const looked = await post(visitor.client, '/token/introspection', { token });
  assert.equal(looked.body['active'], false);
}
