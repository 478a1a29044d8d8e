/** A provider for the webmail's tests: oidc-provider in memory; whoever comes is signed in at once. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import Provider, {
  type Adapter,
  type AdapterPayload,
  type Configuration,
  type KoaContextWithOIDC,
} from 'oidc-provider';

const accounts: Record<string, { name?: string; email: string }> = {
  ada: { name: 'Ada <b>Lovelace</b>', email: 'ada@acme.example' },
};

/** How the next person signs in; `error` ends the request with that OAuth error instead. */
export interface NextSignIn {
  amr: string[];
  acr: string;
  /** Seconds since the epoch; when the person has proven it. */
  ts?: number;
  error?: { error: string; error_description: string };
  /** Waits for this before it goes on. */
  until?: Promise<unknown>;
}

export interface SmallProvider {
  issuer: string;
  provider: Provider;
  clientId: string;
  clientSecret: string;
  next: NextSignIn;
  /** Answers `/jwks` with keys that have signed nothing. */
  foreignKeys: boolean;
  privateKeys: JWK[];
  /** The authorization requests that came, newest last. */
  requests: URLSearchParams[];
  close(): Promise<void>;
}

export async function signingKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'of-the-test' };
}

/** `webmail` is what `webmailRedirectUris` gives. */
export async function startSmallProvider(webmail: object): Promise<SmallProvider> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const keys = [await signingKey()];
  const client = { client_id: 'webmail', client_secret: 'a-secret-of-the-test' };
  const provider = new Provider(issuer, configuration({ ...client, ...webmail }, keys));
  provider.on('server_error', (_ctx, error) => console.error(error));
  const small: SmallProvider = {
    issuer,
    provider,
    clientId: client.client_id,
    clientSecret: client.client_secret,
    next: { amr: ['pwd', 'otp', 'mfa'], acr: 'urn:latchkey:acr:mfa' },
    foreignKeys: false,
    privateKeys: keys,
    requests: [],
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  const { d: _private, ...foreign } = await signingKey();
  const library = provider.callback();
  server.on('request', (request, response) => {
    const url = new URL(request.url ?? '/', issuer);
    if (url.pathname === '/auth') small.requests.push(url.searchParams);
    if (url.pathname.startsWith('/interaction/')) return interact(small, request, response);
    if (url.pathname === '/jwks' && small.foreignKeys) return json(response, { keys: [foreign] });
    void library(request, response);
  });
  return small;
}

async function interact(small: SmallProvider, request: IncomingMessage, response: ServerResponse) {
  const { until, error, ...proof } = small.next;
  await until;
  const result = error ?? { login: { accountId: 'ada', ...proof } };
  await small.provider.interactionFinished(request, response, result);
}

function json(response: ServerResponse, body: object): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
}

function configuration(client: object, keys: JWK[]): Configuration {
  return {
    clients: [
      {
        client_id: '',
        ...client,
        id_token_signed_response_alg: 'ES256',
        backchannel_logout_session_required: true,
      },
    ],
    adapter: memory(),
    jwks: { keys },
    cookies: { keys: ['a-cookie-key-of-the-test'] },
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time'],
      profile: ['name'],
      email: ['email'],
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: askToSignOut,
        postLogoutSuccessSource: (ctx) => void (ctx.body = 'signed out'),
      },
    },
    // The library refuses loopback addresses by a dispatcher of its own; here they are all there is.
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined } as RequestInit),
    ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600 },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
    loadExistingGrant,
  };
}

async function loadExistingGrant(ctx: KoaContextWithOIDC) {
  const { provider, client, session } = ctx.oidc;
  const grant = new provider.Grant({ clientId: client!.clientId, accountId: session!.accountId! });
  grant.addOIDCScope('openid profile email');
  await grant.save();
  return grant;
}

function askToSignOut(ctx: KoaContextWithOIDC, form: string): void {
  const button = '<button name="logout" value="yes" form="op.logoutForm">Sign me out</button>';
  ctx.body = `<!doctype html><title>Sign out?</title>${form}${button}`;
}

/** Keeps everything; a test ends long before anything would expire. */
function memory(): (model: string) => Adapter {
  const documents = new Map<string, AdapterPayload>();
  const find = (is: (key: string, payload: AdapterPayload) => boolean) =>
    documents.entries().find(([key, payload]) => is(key, payload));
  return (model) => ({
    upsert: async (id, payload) => void documents.set(`${model}:${id}`, structuredClone(payload)),
    find: async (id) => structuredClone(documents.get(`${model}:${id}`)),
    findByUid: async (uid) =>
      structuredClone(find((key, payload) => key.startsWith(model) && payload.uid === uid)?.[1]),
    findByUserCode: async () => undefined,
    consume: async (id) =>
      void Object.assign(documents.get(`${model}:${id}`) ?? {}, { consumed: 1 }),
    destroy: async (id) => void documents.delete(`${model}:${id}`),
    revokeByGrantId: async (grantId) => {
      for (const [key, payload] of documents)
        if (payload.grantId === grantId) documents.delete(key);
    },
  });
}
