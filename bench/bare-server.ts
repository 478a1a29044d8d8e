/**
 * The measure that the product is compared with: oidc-provider by itself, with everything in memory
 * and ES256, configured for the same clients, claims, features and rules as the product.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type Configuration, type JWKS, type KoaContextWithOIDC } from 'oidc-provider';
import { CLAIMS } from '../src/policy/claims/standard-claims.ts';
import { answerBench, benchFolder } from './answer-bench.ts';
import { barePages, barePasscodes } from './bare-pages.ts';
import { createMapAdapters } from './map-adapter.ts';
import type { Person, Ready } from './messages.ts';

const redirect_uri = 'http://localhost:9/callback';
const secret = (): string => randomBytes(32).toString('base64url');
const clients = {
  web: { client_id: 'bench-web', client_secret: secret(), redirect_uri },
  spa: { client_id: 'bench-spa', redirect_uri },
  service: { client_id: 'bench-service', client_secret: secret() },
  mail: { client_id: 'bench-mail', client_secret: secret() },
};

async function main(): Promise<void> {
  benchFolder();
  const people = Array.from({ length: Number(process.argv[3]) }, (_, at) => makePerson(at));
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;

  const provider = new Provider(issuer, configuration(people));
  const byLogin = new Map(people.map((one) => [one.login, one]));
  provider.use(barePasscodes(clients.mail, byLogin));
  provider.use(barePages(provider, byLogin));
  server.on('request', provider.callback());
  // As the product's: a connection outlives the turns of the others.
  server.keepAliveTimeout = 75_000;

  const ready: Ready = { issuer, clients, people };
  answerBench(ready, async () => {
    server.close();
    server.closeAllConnections();
  });
}

function makePerson(at: number): Person {
  // The secret is for a driver that treats every server alike; it is not looked at here.
  return {
    login: `person${at}`,
    password: secret(),
    totpSecret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    passcode: secret(),
  };
}

function configuration(people: readonly Person[]): Configuration {
  const known = new Map(people.map(({ login }) => [login, claimsOf(login)]));
  return {
    adapter: createMapAdapters(),
    clients: clientMetadata(),
    jwks: signingKey(),
    cookies: { keys: [secret()] },
    claims: { ...CLAIMS },
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    responseTypes: ['code'],
    pkce: { required: () => true },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    async findAccount(_ctx, sub) {
      const claims = known.get(sub);
      return claims && { accountId: sub, claims: async () => claims };
    },
    loadExistingGrant,
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
  };
}

function clientMetadata(): NonNullable<Configuration['clients']> {
  const signsIn = {
    redirect_uris: [redirect_uri],
    response_types: ['code' as const],
    grant_types: ['authorization_code', 'refresh_token'],
    id_token_signed_response_alg: 'ES256' as const,
  };
  const { web, spa, service } = clients;
  return [
    { client_id: web.client_id, client_secret: web.client_secret, ...signsIn },
    { client_id: spa.client_id, token_endpoint_auth_method: 'none', ...signsIn },
    {
      ...service,
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
      id_token_signed_response_alg: 'ES256',
    },
  ];
}

function signingKey(): JWKS {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] };
}

/** The same number of claims as the product has of a person. */
function claimsOf(login: string): { sub: string } & Record<string, string | boolean> {
  return {
    sub: login,
    name: `Person ${login}`,
    preferred_username: login,
    email: `${login}@bench.example`,
    email_verified: true,
  };
}

/** Both clients are first party: they are granted what they ask for, once. */
async function loadExistingGrant(ctx: KoaContextWithOIDC) {
  const { client, session, account, provider, requestParamOIDCScopes } = ctx.oidc;
  if (!client || !session || !account) return undefined;
  const grantId = session.grantIdFor(client.clientId);
  if (grantId) return provider.Grant.find(grantId);
  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  grant.addOIDCScope([...requestParamOIDCScopes].join(' '));
  await grant.save();
  return grant;
}

await main();
