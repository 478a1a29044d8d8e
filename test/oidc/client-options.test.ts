/** What a kind of client cannot have: refused when it is registered or changed, not believed when it is stored. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ClientChange } from '../../src/operations/clients/change-client.ts';
import { CLIENT_KINDS, clientCollection, type ClientRecord } from '../../src/records/client.ts';
import { groupCollection } from '../../src/records/group.ts';
import type { NewClient } from '../../src/oidc/clients/new-client.ts';
import { getClient, listClients } from '../../src/oidc/clients/clients.ts';
import { CLIENT_OPTIONS, type ClientOption } from '../../src/oidc/clients/client-options.ts';
import { Problem } from '../../src/problem.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { authorize, token, type Registration } from '../support/relying-party.ts';
import { REDIRECT, startTestServer, type TestServer } from '../support/server.ts';
import { silently, signIn } from '../support/sign-in.ts';
import { byOperator } from '../support/by-operator.ts';

const USES = CLIENT_KINDS;
type Use = (typeof USES)[number];
const NAMES = Object.keys(CLIENT_OPTIONS) as ClientOption[];

const KEY = {
  kty: 'OKP',
  crv: 'Ed25519',
  kid: 'one',
  x: Buffer.alloc(32, 7).toString('base64url'),
};

/** What asks for an option, and does so truly. */
const ASKING: { readonly [Name in ClientOption]: NonNullable<NewClient[Name]> } = {
  redirectUris: ['https://app.example/cb'],
  postLogoutRedirectUris: ['https://app.example/bye'],
  backchannelLogoutUri: 'https://app.example/logout',
  clientUri: 'https://app.example/',
  logoUri: 'https://app.example/logo.svg',
  policyUri: 'https://app.example/policy',
  tosUri: 'https://app.example/terms',
  initiateLoginUri: 'https://app.example/login',
  tokenEndpointAuthMethod: 'client_secret_post',
  jwks: { keys: [KEY] },
  jwksUri: 'https://app.example/jwks.json',
  lifetimes: { accessToken: 300 },
  alg: 'RS256',
  firstParty: false,
  requirePkce: false,
  requirePar: true,
  requireDpop: true,
  clientCredentials: true,
  offlineAccess: true,
  scopes: ['openid', 'email'],
  groups: ['staff'],
  roles: [{ value: 'admin', group: 'staff' }],
  rolesClaim: 'app_roles',
  claims: [{ name: 'department', attribute: 'department' }],
  claimsInIdToken: true,
  errors: 'page',
  resource: 'https://api.example',
  protocols: ['imap'],
  requireAcr: 'urn:latchkey:acr:mfa',
  acceptTrust: false,
  organisations: ['acme'],
};

/** What else makes sense of it. */
const BESIDE: { readonly [Name in ClientOption]?: Partial<NewClient> } = {
  jwks: { tokenEndpointAuthMethod: 'private_key_jwt' },
  jwksUri: { tokenEndpointAuthMethod: 'private_key_jwt' },
};

const OF_SERVERS: readonly ClientOption[] = ['tokenEndpointAuthMethod', 'jwks', 'jwksUri'];
const OF_RESOURCES: readonly ClientOption[] = ['resource', 'protocols'];
const SERVERS_ALONE: readonly ClientOption[] = [
  ...OF_SERVERS,
  'backchannelLogoutUri',
  'requirePkce',
  'clientCredentials',
];
const PUBLIC = NAMES.filter((name) => ![...SERVERS_ALONE, ...OF_RESOURCES].includes(name));

/** Of what people come back to in a browser. */
const IN_BROWSERS: readonly ClientOption[] = [
  'redirectUris',
  'postLogoutRedirectUris',
  'initiateLoginUri',
  'requirePar',
  'errors',
];

/** The combinations that make sense, written out: the table must not change by accident. */
const SENSE: Readonly<Record<Use, readonly ClientOption[]>> = {
  web: NAMES.filter((name) => !OF_RESOURCES.includes(name)),
  spa: PUBLIC,
  native: PUBLIC,
  device: [...PUBLIC.filter((name) => !IN_BROWSERS.includes(name)), ...OF_SERVERS],
  mail: ['organisations', 'tokenEndpointAuthMethod', ...OF_RESOURCES],
  resource: [...OF_SERVERS, 'resource'],
  // With a redirect URI it would be a web client.
  service: [
    ...OF_SERVERS,
    'clientCredentials',
    'redirectUris',
    'lifetimes',
    'requireDpop',
    'scopes',
  ],
};
const KEPT: readonly ClientOption[] = ['clientCredentials', 'redirectUris'];

function plain(use: Use): NewClient {
  const kind = use === 'service' ? 'web' : use;
  const nobody = ['service', 'resource', 'mail'].includes(use);
  const redirectUris = nobody || use === 'device' ? [] : [REDIRECT];
  return {
    name: 'App',
    kind,
    redirectUris,
    ...(use === 'service' ? { clientCredentials: true } : {}),
    ...(use === 'native' || use === 'device' ? { offlineAccess: false } : {}),
    ...(use === 'web' ? { requirePkce: true } : {}),
    ...(use === 'resource' ? { resource: 'urn:example:api' } : {}),
    ...(nobody ? {} : { alg: 'ES256' }),
  };
}

describe('options of a kind of client', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    const staff = {
      id: 'staff',
      organisation: 'acme',
      name: 'Staff',
      description: '',
      createdAt: 1,
    };
    await server.store.insert(groupCollection, 'staff', staff);
  });
  after(() => server.stop());

  const add = (input: NewClient) => byOperator(server).addClient(input);
  /** With a reason, and the kind as one can register it. */
  const isRefused = (error: unknown): boolean =>
    error instanceof Problem &&
    error.code === 'client-option' &&
    error.values['reason'] !== '' &&
    CLIENT_KINDS.some((kind) => kind === error.values['use']);

  for (const use of USES)
    for (const name of NAMES) {
      const makesSense = SENSE[use].includes(name);
      it(`${use}: ${name} is ${makesSense ? 'taken' : 'refused'} at registration`, async () => {
        const adding = add({ ...plain(use), ...BESIDE[name], [name]: ASKING[name] });
        if (!makesSense) return assert.rejects(adding, isRefused);
        const { client } = await adding;
        assert.deepEqual(client[name], name === 'requireAcr' ? 'mfa' : ASKING[name]);
      });

      if (use !== 'service' || !KEPT.includes(name))
        it(`${use}: ${name} is ${makesSense ? 'taken' : 'refused'} when it is changed`, async () => {
          const { client } = await add(plain(use));
          const change = { ...BESIDE[name], [name]: ASKING[name] } as ClientChange;
          const changing = byOperator(server).changeClient(client.id, change);
          if (!makesSense) return assert.rejects(changing, isRefused);
          assert.notDeepEqual((await changing)[name], client[name]);
        });

      if (!makesSense)
        it(`${use}: ${name} that is stored is not believed`, async () => {
          const { client } = await add(plain(use));
          await put({ ...client, [name]: ASKING[name] });
          const found = await getClient(server.store, client.id);
          const listed = (await Array.fromAsync(listClients(server.store))).find(
            ({ id }) => id === client.id,
          );
          const kept = await byOperator(server).changeClient(client.id, {});
          for (const known of [found, listed, kept])
            assert.deepEqual(known?.[name], CLIENT_OPTIONS[name].without);
        });
    }

  it('says nothing that is asked for by default', async () => {
    const flags = {
      firstParty: true,
      requirePkce: true,
      acceptTrust: true,
      clientCredentials: false,
    };
    const { client } = await add({
      ...plain('mail'),
      ...flags,
      organisations: null,
      groups: 'none',
    });
    assert.equal(client.kind, 'mail');
  });

  it('a client of the version before gets nothing that it was not registered with', async () => {
    const { client } = await add({ ...plain('native'), offlineAccess: true });
    const { offlineAccess, clientUri, ...older } = client;
    assert.deepEqual([offlineAccess, clientUri], [true, null]);
    await put(older as ClientRecord);
    const found = await getClient(server.store, client.id);
    assert.deepEqual([found?.offlineAccess, found?.clientUri], [false, null]);
  });

  const put = (client: ClientRecord) => server.store.put(clientCollection, client.id, client);

  for (const kind of ['spa', 'native'] as const)
    it(`no code of a ${kind} client is bare, whatever is stored of it`, async () => {
      const app = await server.addClient({ kind });
      const stored = await server.store.get(clientCollection, app.clientId);
      assert.ok(stored);
      await put({ ...stored, requirePkce: false });
      server.clock.ahead += 1000;
      const person = await server.addPerson({}, { totp: true });
      const { browser } = await signIn(await server.addClient(), person);
      const bare = { code_challenge: '', code_challenge_method: '' };
      const { callback } = await silently(app, browser, bare);
      assert.equal(callback.searchParams.get('error'), 'invalid_request');
      assert.match(callback.searchParams.get('error_description') ?? '', /PKCE/u);
      assert.equal(callback.searchParams.get('code'), null);
    });

  it('a stored back-channel logout of an app without a server is not called', async () => {
    const app = await server.addClient({ kind: 'spa' });
    const stored = await server.store.get(clientCollection, app.clientId);
    assert.ok(stored);
    await put({ ...stored, backchannelLogoutUri: 'https://app.example/logout' });
    const found = await getClient(server.store, app.clientId);
    assert.equal(found?.backchannelLogoutUri, null);
  });

  it('a stored mail server gets no tokens and signs nobody in', async () => {
    const { client, secret } = await add(plain('mail'));
    await put({ ...client, redirectUris: [REDIRECT], clientCredentials: true });
    const { issuer } = server;
    const app: Registration = {
      issuer,
      clientId: client.id,
      clientSecret: secret ?? '',
      redirectUri: REDIRECT,
    };
    const answer = await token(app, { grant_type: 'client_credentials' });
    assert.match(String(answer.body['error_description']), /grant type is not allowed/u);
    const page = await createHttpBrowser(issuer).open(authorize(app).url);
    assert.equal(page.status, 400);
  });
});
