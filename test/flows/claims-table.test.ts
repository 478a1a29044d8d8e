/** What an app is told of a person: every scope × what its client may have × every place, in one table. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ClientRecord } from '../../src/records/client.ts';
import { groupCollection, type Group } from '../../src/records/group.ts';
import { changePerson } from '../../src/records/person.ts';
import { completeProfile, profileCollection } from '../../src/records/profile.ts';
import { claimsOfScope, STANDARD_SCOPES } from '../../src/policy/claims/standard-claims.ts';
import { decodeJwt } from 'jose';
import { setClient } from '../support/clients.ts';
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import { loadConfig } from '../../src/config/load.ts';
import { previewClient } from '../../src/operations/clients/preview-client.ts';
import { changeOrganisation } from '../../src/operations/organisations/change-organisation.ts';
import { valueOf } from '../../src/result.ts';
import { byOperator, performedByOperator } from '../support/by-operator.ts';
import { refresh } from '../support/policy.ts';
import {
  authorize,
  exchange,
  post,
  verifyIdToken,
  type Registration,
} from '../support/relying-party.ts';
import { introspect } from '../support/resources.ts';
import { startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { goThrough, signIn, silently, stepOf } from '../support/sign-in.ts';

let server: TestServer;
let app: Registration;
let partner: Registration;
let person: TestPerson;
let browser: HttpBrowser;

const MARKUP = '<img src=x onerror=alert(1)>';
const GROUPS = { staff: 'it-staff', odd: MARKUP, other: 'sales' };
/** Data, all of it. */
const HOSTILE = JSON.parse('{"__proto__":"polluted","constructor":"built"}') as object;
const NEWLINES = 'IT\r\nSet-Cookie: a=b';

before(async () => {
  server = await startTestServer();
  app = await server.addClient({ alg: 'ES256' });
  partner = await server.addClient({ name: 'Partner', alg: 'ES256', firstParty: false });
  person = await server.addPerson({ language: 'en' }, { totp: true });
  for (const [id, name] of Object.entries(GROUPS)) await addGroup(id, name);
  await changePerson(server.store, person.person.id, () => ({
    set: { groups: ['staff', 'odd', 'removed'] },
    result: undefined,
  }));
  await server.store.put(profileCollection, person.person.id, {
    ...completeProfile(undefined),
    givenName: 'Alice',
    familyName: 'Archer',
    phone: '+44 20 7946 0000',
    department: NEWLINES,
    zone: 'Europe/London',
    updatedAt: 1_790_000_000_500,
    attributes: {
      floor: 3,
      remote: true,
      languages: ['en', '中文'],
      essay: 'x'.repeat(8000),
      ...HOSTILE,
    },
  });
  browser = (await signIn(app, person)).browser;
});
after(() => server.stop());

function addGroup(id: string, name: string): Promise<unknown> {
  const group: Group = { id, organisation: 'acme', name, description: '', createdAt: 1 };
  return server.store.put(groupCollection, id, group);
}

const set = ({ clientId }: Registration, change: Partial<ClientRecord>): Promise<void> =>
  setClient(server, clientId, { ...BARE, ...change });

const STANDARD = STANDARD_SCOPES.filter((scope) => scope !== 'offline_access');
const BARE: Partial<ClientRecord> = {
  scopes: STANDARD,
  groups: 'all',
  organisations: null,
  roles: [],
  rolesClaim: 'roles',
  claims: [],
  claimsInIdToken: false,
};

type Claims = Record<string, unknown>;

/** What each scope stands for, of this person. */
const ofScope = (groups: unknown): Record<string, Claims> => ({
  openid: {},
  profile: {
    name: person.person.name,
    given_name: 'Alice',
    family_name: 'Archer',
    preferred_username: person.login,
    locale: 'en',
    zoneinfo: 'Europe/London',
    updated_at: 1_790_000_000,
  },
  email: { email: person.person.email, email_verified: true },
  phone: { phone_number: '+44 20 7946 0000', phone_number_verified: false },
  groups: groups === undefined ? {} : { groups },
});

const OWN: ClientRecord['claims'] = [
  { name: 'department', attribute: 'department' },
  { name: 'https://hasura.io/floor', attribute: 'floor' },
  { name: 'remote', attribute: 'remote' },
  { name: 'languages', attribute: 'languages' },
  { name: 'absent', attribute: 'nobody_has_it' },
  { name: 'inherited', attribute: 'toString' },
  { name: 'is_staff', group: 'staff' },
  { name: 'is_sales', group: 'other' },
  { name: 'was_in', group: 'removed' },
  { name: 'tenant', constant: '"><script>' },
  { name: 'constructor', constant: 'data' },
];
const OWN_VALUES: Claims = {
  department: NEWLINES,
  'https://hasura.io/floor': 3,
  remote: true,
  languages: ['en', '中文'],
  is_staff: true,
  is_sales: false,
  was_in: false,
  tenant: '"><script>',
};
/** An object literal cannot say it. */
Object.defineProperty(OWN_VALUES, 'constructor', { value: 'data', enumerable: true });

const ADMIN = [
  { value: 'admin', group: 'staff' },
  { value: 'admin', group: 'odd' },
  { value: 'ghost', group: 'removed' },
  { value: 'seller', group: 'other' },
];
const everywhere = ['acme/it-staff', `acme/${MARKUP}`];
const here = ['it-staff', MARKUP];

/** What the client's record says → the groups and claims of its own that it gets. */
const SETTINGS: Record<string, { set: Partial<ClientRecord>; groups: unknown; own: Claims }> = {
  'every group, everywhere': { set: {}, groups: everywhere, own: {} },
  'every group, of one organisation': {
    set: { organisations: ['acme'] },
    groups: here,
    own: {},
  },
  'every group, of two organisations': {
    set: { organisations: ['acme', 'globex'] },
    groups: everywhere,
    own: {},
  },
  'named groups': {
    set: { groups: ['staff', 'other', 'removed'], organisations: ['acme'] },
    groups: ['it-staff'],
    own: {},
  },
  'a named group that they are not in': { set: { groups: ['other'] }, groups: [], own: {} },
  'no groups': { set: { groups: 'none' }, groups: undefined, own: {} },
  roles: { set: { roles: ADMIN }, groups: everywhere, own: { roles: ['admin'] } },
  'roles of another name, none held': {
    set: {
      roles: [{ value: 'seller', group: 'other' }],
      rolesClaim: 'urn:x:roles',
      groups: 'none',
    },
    groups: undefined,
    own: { 'urn:x:roles': [] },
  },
  'its own claims': { set: { claims: OWN }, groups: everywhere, own: OWN_VALUES },
  'own claims that would replace others': {
    set: {
      roles: ADMIN,
      claims: [
        { name: 'roles', constant: 'root' },
        { name: 'email', constant: 'root@other.example' },
        { name: 'sub', constant: 'somebody' },
        { name: '__proto__', constant: 'x' },
        { name: 'tenant', constant: 'one' },
        { name: 'tenant', constant: 'two' },
      ],
    },
    groups: everywhere,
    own: { roles: ['admin'], tenant: 'one' },
  },
};

/** Of the sign-in and of the answer itself. */
const NOT_OF_PEOPLE =
  'sub acr amr auth_time iss aud exp iat nonce sid at_hash c_hash s_hash azp'.split(' ');

function ofPerson(claims: Claims): Claims {
  assert.equal(claims['sub'], person.person.id);
  return Object.fromEntries(
    Object.entries(claims).filter(([name]) => !NOT_OF_PEOPLE.includes(name)),
  );
}

/** What every place answers for one sign-in. */
async function places(client: Registration, params: Record<string, string>) {
  const { asked, callback } = await silently(client, browser, params);
  const { status, body } = await exchange(client, asked, callback);
  assert.equal(status, 200, `${callback} ${JSON.stringify(body)}`);
  const idToken = await verifyIdToken(client, String(body['id_token']), asked.nonce);
  const again = await refresh(client, body);
  const refreshed = decodeJwt(String(again.body['id_token']));
  return {
    idToken: ofPerson(idToken),
    refreshed: ofPerson(refreshed),
    userinfo: ofPerson(await userinfo(client, body['access_token'])),
    userinfoLater: ofPerson(await userinfo(client, again.body['access_token'])),
  };
}

async function userinfo({ issuer }: Registration, token: unknown): Promise<Claims> {
  const headers = { authorization: `Bearer ${String(token)}` };
  return (await (await fetch(`${issuer}/me`, { headers })).json()) as Claims;
}

function everyPlace(inIdToken: Claims, atUserinfo: Claims) {
  return {
    idToken: inIdToken,
    refreshed: inIdToken,
    userinfo: atUserinfo,
    userinfoLater: atUserinfo,
  };
}

const SCOPES = [
  'openid',
  ...STANDARD.slice(1).map((scope) => `openid ${scope}`),
  STANDARD.join(' '),
];

describe('claims: scope × client × place', () => {
  for (const [setting, { set: change, groups, own }] of Object.entries(SETTINGS))
    for (const inIdToken of [false, true])
      it(`${setting}, ${inIdToken ? 'in ID tokens too' : 'at userinfo'}`, async () => {
        await set(app, { ...change, claimsInIdToken: inIdToken });
        for (const scope of SCOPES) {
          const values = ofScope(groups);
          const all = Object.assign(
            {},
            ...scope.split(' ').map((one) => values[one]),
            own,
          ) as Claims;
          assert.deepEqual(
            await places(app, { scope }),
            everyPlace(inIdToken ? all : {}, all),
            scope,
          );
        }
      });

  for (const [setting, { set: change, groups, own }] of Object.entries(SETTINGS))
    it(`${setting}, of a third party`, async () => {
      await set(partner, change);
      await consent(partner);
      const all = Object.assign({}, ...Object.values(ofScope(groups)), own) as Claims;
      const params = { scope: STANDARD.join(' ') };
      assert.deepEqual(await places(partner, params), everyPlace({}, all));
    });

  for (const [setting, { set: change, groups, own }] of Object.entries(SETTINGS))
    it(`${setting}, asked for by name`, async () => {
      await set(app, change);
      const names = [...STANDARD.flatMap(claimsOfScope), ...Object.keys(own), 'nobody_knows'];
      const wanted = Object.fromEntries(names.map((name) => [name, null]));
      const asking = { scope: 'openid', claims: JSON.stringify({ id_token: wanted }) };
      const got = await places(app, asking);
      const { constructor: _, ...askable } = own;
      const all = Object.assign({}, ...Object.values(ofScope(groups)), askable) as Claims;
      assert.deepEqual(got, everyPlace(all, own));
      const one = { scope: 'openid', claims: '{"userinfo":{"given_name":{"essential":true}}}' };
      assert.deepEqual((await places(app, one)).userinfo, { given_name: 'Alice', ...own });
    });
});

describe('scopes', () => {
  const errorFor = async (client: Registration, scope: string): Promise<string | null> => {
    const { callback } = await silently(client, browser, { scope });
    return callback.searchParams.get('error');
  };

  it('are the client’s, or refused; what nobody knows is ignored', async () => {
    await set(app, { scopes: ['openid', 'email'] });
    for (const scope of ['openid profile', 'openid email groups', 'phone openid'])
      assert.equal(await errorFor(app, scope), 'invalid_scope', scope);
    for (const scope of [
      'openid',
      'openid email quota address constructor __proto__',
      'email openid',
    ])
      assert.equal(await errorFor(app, scope), null, scope);
    const { body } = await exchangeFor(app, { scope: 'openid email quota offline_access' });
    assert.equal(body['scope'], 'openid email', 'offline_access is not the client’s');
  });

  it('are refused to a request that waited, when the client has lost one meanwhile', async () => {
    const visitor = createHttpBrowser(server.issuer);
    const asked = authorize(app, { scope: 'openid email' });
    const page = await visitor.open(asked.url);
    assert.equal(stepOf(page), 'password');
    await set(app, { scopes: ['openid'] });
    const back = await goThrough(visitor, person, page);
    assert.equal(back.url.searchParams.get('error'), 'invalid_scope', back.url.href);
  });

  it('narrow what can be asked for by name', async () => {
    await set(app, { scopes: ['openid', 'email'] });
    const claims = '{"id_token":{"given_name":null,"groups":null,"email":null}}';
    const { idToken } = await places(app, { scope: 'openid', claims });
    assert.deepEqual(idToken, { email: person.person.email });
  });
});

describe('a scope that the client may not ask for any more', () => {
  it('is answered nowhere, whatever was granted before', async () => {
    const claims = '{"id_token":{"phone_number":null},"userinfo":{"phone_number":null}}';
    await set(app, { claimsInIdToken: true });
    const { body } = await exchangeFor(app, { scope: 'openid profile email groups', claims });
    const full = ofPerson(await userinfo(app, body['access_token']));
    assert.ok('email' in full && 'groups' in full && 'phone_number' in full);
    await set(app, { claimsInIdToken: true, scopes: ['openid', 'profile'] });
    const left = new Set(['openid', 'profile'].flatMap((scope) => claimsOfScope(scope)));
    const again = await refresh(app, body);
    assert.equal(again.status, 200);
    assert.equal(again.body['scope'], 'openid profile');
    for (const token of [body['access_token'], body['refresh_token'], again.body['access_token']])
      assert.equal((await introspect(app, token))['scope'], 'openid profile');
    for (const [place, told] of Object.entries({
      userinfo: await userinfo(app, body['access_token']),
      refreshed: decodeJwt(String(again.body['id_token'])),
      userinfoLater: await userinfo(app, again.body['access_token']),
    })) {
      assert.equal(told['name'], person.person.name, place);
      assert.deepEqual(
        Object.keys(ofPerson(told)).filter((name) => !left.has(name)),
        [],
        place,
      );
    }
  });
});

describe('a claim of its own, of a third party', () => {
  it('is told when the person has allowed it, and not before', async () => {
    await set(partner, {});
    await consent(partner);
    const { body } = await exchangeFor(partner, { scope: 'openid' });
    await set(partner, { claims: [{ name: 'floor', attribute: 'floor' }] });
    const before = ofPerson(await userinfo(partner, body['access_token']));
    assert.ok(!('floor' in before), 'nobody was asked yet');
    const silent = await silently(partner, browser, { scope: 'openid' });
    assert.equal(silent.callback.searchParams.get('error'), 'consent_required');
    const page = await browser.open(authorize(partner, { scope: 'openid' }).url);
    assert.match(page.html, /see what your organisation has on record for it: floor</u);
    await browser.submit(page, { decision: 'allow' });
    assert.deepEqual((await places(partner, { scope: 'openid' })).userinfo, { floor: 3 });
  });
});

describe('an app that is ours no more', () => {
  it('is told nothing by what it was granted without a question, until the person allows it', async () => {
    const former = await server.addClient({ name: 'Former', alg: 'ES256', offlineAccess: true });
    await set(former, { offlineAccess: true });
    const scope = 'openid email offline_access';
    const { body } = await exchangeFor(former, { scope });
    assert.ok('email' in (await userinfo(former, body['access_token'])));
    await byOperator(server).changeClient(former.clientId, { firstParty: false });
    server.clock.ahead += 1000;
    const me = await fetch(`${server.issuer}/me`, {
      headers: { authorization: `Bearer ${String(body['access_token'])}` },
    });
    assert.deepEqual([me.status, (await refresh(former, body)).status], [401, 400]);
    await consent(former);
    assert.equal(
      (await places(former, { scope: 'openid email' })).userinfo['email_verified'],
      true,
    );
  });
});

describe('the preview of a client', () => {
  const config = () => loadConfig({ cwd: server.folder, env: server.env });
  const preview = async (client: string, scope?: string, by?: string) => {
    const parts = { store: server.store, config: config() };
    const operator = performedByOperator(server.now());
    const performed = by
      ? { ...operator, actor: { kind: 'administrator' as const, id: by }, fresh: true }
      : operator;
    const input = { client, scope, acrValues: undefined };
    return valueOf(await previewClient(parts, performed, person.person.id, input));
  };
  /** Of one sign-in and one token. */
  const OF_ONE = 'exp iat auth_time nonce sid at_hash jti acr amr'.split(' ');
  const lasting = (claims: object): Claims =>
    Object.fromEntries(Object.entries(claims).filter(([name]) => !OF_ONE.includes(name)));

  for (const [setting, { set: change }] of Object.entries(SETTINGS))
    it(`says what is answered: ${setting}`, async () => {
      for (const claimsInIdToken of [false, true]) {
        await set(app, { ...change, claimsInIdToken });
        const { body } = await exchangeFor(app, { scope: STANDARD.join(' ') });
        const token = body['access_token'] ?? '';
        const { answers, client: previewed } = await preview(app.clientId);
        assert.ok(answers);
        assert.deepEqual(Object.keys(previewed).toSorted(), ['firstParty', 'id', 'name']);
        assert.deepEqual(lasting(answers.idToken), lasting(decodeJwt(String(body['id_token']))));
        assert.deepEqual(answers.userinfo, await userinfo(app, token));
        const introspected = await post(app, '/token/introspection', { token });
        assert.deepEqual(lasting(answers.introspection ?? {}), lasting(introspected.body));
        const [acr, amr] = ['urn:latchkey:acr:mfa', ['pwd', 'otp', 'mfa']];
        assert.deepEqual([answers.idToken['acr'], answers.idToken['amr']], [acr, amr]);
      }
    });

  it('names no group of another organisation to whoever administers one', async () => {
    const theirs: Group = {
      id: 'theirs',
      organisation: 'globex',
      name: 'secret',
      description: '',
      createdAt: 1,
    };
    await server.store.put(groupCollection, theirs.id, theirs);
    await set(app, {
      claims: [
        { name: 'ours', group: 'staff' },
        { name: 'not_ours', group: 'theirs' },
      ],
    });
    const role = 'organisation-administrator';
    const { person: admin } = await server.addPerson({ role }, { totp: true });
    const from = async (by?: string) =>
      (await preview(app.clientId, undefined, by)).answers?.claims
        .filter(({ claim }) => claim.endsWith('ours'))
        .map((one) => one.from);
    const ours = 'membership of the group acme/it-staff';
    assert.deepEqual(await from(admin.id), [
      ours,
      'membership of the group of another organisation',
    ]);
    assert.deepEqual(await from(), [ours, 'membership of the group globex/secret']);
    await set(app, {});
  });

  it('says why something is not there, and that nobody is let in who is not', async () => {
    await set(app, { groups: 'none', claims: [{ name: 'absent', attribute: 'nobody_has_it' }] });
    const { answers, otherScopes } = await preview(app.clientId, 'openid groups email quota');
    const why = Object.fromEntries((answers?.claims ?? []).map((one) => [one.claim, one.why]));
    assert.deepEqual(otherScopes, ['quota']);
    assert.match(String(why['email']), /only where it is asked for by name/u);
    for (const claim of ['groups', 'absent']) assert.match(String(why[claim]), /nothing to say/u);
    await set(app, { organisations: ['globex'] });
    const shut = await preview(app.clientId);
    assert.equal(shut.answers, null);
    assert.equal(shut.steps.at(-1)?.step, 'not-open');
    await set(app, {});
  });
});

describe('email_verified', () => {
  const verified = async (): Promise<unknown> => {
    server.clock.ahead += 1000;
    return (await places(app, { scope: 'openid email' })).userinfo['email_verified'];
  };

  it('is true in a domain of the organisation, and as before where nobody has said any', async () => {
    await set(app, {});
    for (const [domains, expected] of [
      [['acme.test'], true],
      [['other.test', 'acme.test'], true],
      [[], false],
      [['test', 'sub.acme.test', 'other.test'], false],
      [null, true],
    ] as const) {
      await server.setOrganisation({ domains: domains && [...domains] });
      assert.equal(await verified(), expected, String(domains));
    }
  });

  it('is false in a domain of another organisation, though nobody has said any of theirs', async () => {
    await server.setOrganisation({ domains: null });
    const { id } = await byOperator(server).addOrganisation({ name: 'Rightful', mfa: 'off' });
    const say = async (domains: string[]): Promise<unknown> => {
      valueOf(await changeOrganisation(server, performedByOperator(server.now()), id, { domains }));
      return verified();
    };
    assert.equal(await say(['acme.test']), false);
    assert.equal(await say([]), true);
    await server.setOrganisation({ domains: ['acme.test'] });
  });

  it('is true of an address whose mail its owner has read, as long as it is theirs', async () => {
    await server.setOrganisation({ domains: [] });
    const email = person.person.email;
    const as = (fields: object) =>
      changePerson(server.store, person.person.id, () => ({ set: fields, result: undefined }));
    await as({ provenEmail: email });
    assert.equal(await verified(), true);
    await as({ email: `Other-${email}` });
    assert.equal(await verified(), false);
    await as({ email: email.toUpperCase() });
    assert.equal(await verified(), true, 'compared as addresses are');
    await as({ email });
    await server.setOrganisation({ domains: ['acme.test'] });
  });
});

describe('an ID token', () => {
  const many = Array.from({ length: 200 }, (_, at) => `group-${at}`);
  const lines = (): string[] =>
    server.output.filter((line) => line.includes('left out of an ID token'));

  it('stays under 4 KiB: groups, then own claims are at userinfo only, and the log says so once', async () => {
    for (const id of many) await addGroup(id, `Group ${id}`);
    await changePerson(server.store, person.person.id, () => ({
      set: { groups: ['staff', ...many] },
      result: undefined,
    }));
    const big = (name: string) => ({ name, constant: 'ä'.repeat(900) });
    const change = { roles: ADMIN, claimsInIdToken: true, organisations: ['acme'] };
    for (const [claims, kept] of [
      [[], ['roles']],
      [[big('one')], ['roles', 'one']],
      [
        [big('one'), big('two')],
        ['roles', 'one'],
      ],
    ] as const) {
      await set(app, { ...change, claims: [...claims] });
      const { body } = await exchangeFor(app, { scope: 'openid groups' });
      const token = String(body['id_token']);
      assert.ok(token.length < 4096, String(token.length));
      assert.deepEqual(Object.keys(ofPerson(decodeJwt(token))), kept);
      const me = await userinfo(app, body['access_token']);
      assert.equal((me['groups'] as string[]).length, 201);
      for (const { name } of claims) assert.ok(String(me[name]).length >= 900);
    }
    assert.equal(lines().length, 1, lines().join());
    assert.match(lines()[0] ?? '', /"claims":\["groups"\]/u);
    server.clock.ahead += 86_400_000;
    browser = (await signIn(app, person, { params: { scope: 'openid groups' } })).browser;
    assert.equal(lines().length, 2);
  });

  it('is as large as it is estimated to be, or smaller by little', async () => {
    for (const alg of ['ES256', 'RS256'] as const) {
      const client = await server.addClient({ alg });
      await set(client, { groups: 'all', claimsInIdToken: true, organisations: ['acme'] });
      let most = 0;
      for (const length of [20, 60, 100, 140]) {
        await changePerson(server.store, person.person.id, () => ({
          set: { groups: many.slice(0, length) },
          result: undefined,
        }));
        server.clock.ahead += 1000;
        const { body } = await exchangeFor(client, { scope: 'openid groups' });
        const token = String(body['id_token']);
        if ('groups' in decodeJwt(token)) most = Math.max(most, token.length);
      }
      assert.ok(most > 2500 && most < 4096, `${alg} ${most}`);
    }
  });
});

async function exchangeFor(client: Registration, params: Record<string, string>) {
  const { asked, callback } = await silently(client, browser, params);
  const answer = await exchange(client, asked, callback);
  assert.equal(answer.status, 200, `${callback} ${JSON.stringify(answer.body)}`);
  return answer;
}

async function consent(client: Registration): Promise<void> {
  const page = await browser.open(authorize(client, { scope: STANDARD.join(' ') }).url);
  if (stepOf(page) !== 'consent') return;
  const back = await browser.submit(page, { decision: 'allow' });
  assert.ok(back.url.searchParams.has('code'), back.url.href);
}
