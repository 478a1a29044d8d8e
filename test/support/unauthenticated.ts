/** Every route that answers somebody who is not signed in, and what requests to it leave in the store. */
import { steps } from '../../interactions/index.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { DEVICE_GRANT } from './device.ts';
import { createHttpBrowser, type HttpBrowser } from './http-browser.ts';
import { authorize, type Registration } from './relying-party.ts';
import { startTestServer, type TestServer } from './server.ts';

export interface Route {
  /** Such as `GET /account/activity`. */
  name: string;
  /** The `nth` request, from 0. */
  ask(nth: number): Promise<{ status: number }>;
}

export interface Nobody {
  server: TestServer;
  webmail: Registration;
  spa: Registration;
  tv: Registration;
  /** Has a sign-in open, at the page of the password. */
  browser: HttpBrowser;
  uid: string;
  csrf: string;
}

/** A server on a clock of its own, and a browser that has begun a sign-in there. */
export async function startNobody(env: Record<string, string> = {}): Promise<Nobody> {
  // Nothing is mailed: the names are made up. The routes are there only with a mail server.
  const server = await startTestServer({ LATCHKEY_MAIL_SMTP_URL: 'smtp://127.0.0.1:9', ...env });
  const webmail = await server.addClient();
  const spa = await server.addClient({ name: 'SPA', kind: 'spa' });
  const tv = await server.addClient({ name: 'TV', kind: 'device', redirectUris: [] });
  // Their events are not anybody's requests.
  await server.settle();
  const browser = createHttpBrowser(server.issuer);
  const page = await browser.open(authorize(webmail).url);
  const csrf = /name="csrf" value="([^"]*)"/u.exec(page.html)?.[1] ?? '';
  return { server, webmail, spa, tv, browser, uid: page.url.pathname.split('/')[2] ?? '', csrf };
}

/** One that no device shows, another one each time. */
const userCode = (nth: number): string =>
  [...String(nth).padStart(8, '0')].map((digit) => 'BCDFGHJKLM'[Number(digit)]).join('');

/** What a hostile visitor posts: everything that some form reads, another name each time. */
const fieldsOf = (nth: number): Record<string, string> => ({
  login: `made-up-${nth}`,
  username: `made-up-${nth}`,
  password: 'not a password of anybody',
  password_repeat: 'not a password of anybody',
  code: '123456',
  user_code: userCode(nth),
  response: '{"id":"made-up"}',
  name: 'Mallory',
  organisation: 'Mallory',
  email: `mallory-${nth}@evil.test`,
  trust: 'yes',
});

/** Those of our own pages, out of their routers, and the library's. */
export function unauthenticatedRoutes(nobody: Nobody): Route[] {
  return [...ownRoutes(nobody), ...libraryRoutes(nobody)];
}

function ownRoutes({ server, browser, uid, csrf }: Nobody): Route[] {
  const found = server.routers.flatMap(({ stack }) => stack);
  const routes = found.flatMap(({ path, methods }) =>
    methods
      .filter((method) => method === 'GET' || method === 'POST')
      .flatMap((method) => placesOf(String(path)).map((place) => ({ method, place }))),
  );
  return routes.map(({ method, place }) => {
    const url = `${server.issuer}${place.replace(':uid', uid).replaceAll(/:\w+/gu, 'x')}`;
    const body = (nth: number) => new URLSearchParams({ ...fieldsOf(nth), csrf });
    return {
      name: `${method} ${place}`,
      ask: (nth) =>
        method === 'GET' ? browser.send(url) : browser.send(url, { method, body: body(nth) }),
    };
  });
}

/** Each step of the sign-in is a place of its own; an optional part is left out. */
function placesOf(path: string): string[] {
  const plain = path.replaceAll(/\{[^}]*\}/gu, '');
  return plain.includes(':step') ? steps.map(({ name }) => plain.replace(':step', name)) : [plain];
}

function libraryRoutes({ server, webmail, spa, tv }: Nobody): Route[] {
  const at = (path: string): string => `${server.issuer}${path}`;
  const get = (path: string, init?: RequestInit): Route => ({
    name: `GET ${path}`,
    ask: () => fetch(at(path), { redirect: 'manual', ...init }),
  });
  const posted = (name: string, body: (nth: number) => Record<string, string>): Route => {
    const [path = ''] = name.split(' ');
    const ask = (nth: number) =>
      fetch(at(path), { method: 'POST', redirect: 'manual', body: new URLSearchParams(body(nth)) });
    return { name: `POST ${name}`, ask };
  };
  const known = { client_id: spa.clientId };
  const wrong = { client_id: webmail.clientId, client_secret: 'wrong' };
  const grant = { grant_type: 'authorization_code', code: 'x', code_verifier: 'v'.repeat(43) };
  const begin = (client: Registration) => Object.fromEntries(authorize(client).url.searchParams);
  const fresh = (headers: Record<string, string> = {}) => ({
    headers,
    redirect: 'manual' as const,
  });
  return [
    { name: 'GET /auth', ask: () => fetch(authorize(webmail).url, fresh()) },
    {
      name: 'GET /auth (a stale cookie)',
      ask: () => fetch(authorize(webmail).url, fresh({ cookie: 'latchkey_session=made-up' })),
    },
    {
      name: 'GET /auth (prompt=none)',
      ask: () => fetch(authorize(webmail, { prompt: 'none' }).url, fresh()),
    },
    posted('/auth', () => begin(webmail)),
    get('/auth/made-up'),
    posted('/request (without a secret)', () => begin(spa)),
    posted('/request (a wrong secret)', () => ({ ...begin(webmail), ...wrong })),
    posted('/device/auth', () => ({ client_id: tv.clientId, scope: 'openid' })),
    posted('/device/auth (a wrong secret)', () => ({ ...wrong, scope: 'openid' })),
    get('/device/made-up'),
    posted('/token (a made-up device code)', (nth) => ({
      client_id: tv.clientId,
      grant_type: DEVICE_GRANT,
      device_code: `made-up-${nth}`,
    })),
    posted('/token (a made-up code)', () => ({
      ...known,
      ...grant,
      redirect_uri: spa.redirectUri,
    })),
    posted('/token (a made-up refresh token)', (nth) => ({
      ...known,
      grant_type: 'refresh_token',
      refresh_token: `made-up-${nth}`,
    })),
    posted('/token (a wrong secret)', () => ({ ...wrong, ...grant })),
    posted('/token/introspection', (nth) => ({ ...wrong, token: `made-up-${nth}` })),
    posted('/token/revocation', (nth) => ({ ...known, token: `made-up-${nth}` })),
    get('/me', { headers: { authorization: 'Bearer made-up' } }),
    get('/jwks'),
    get('/.well-known/openid-configuration'),
    get('/.well-known/oauth-authorization-server'),
    get('/session/end'),
    posted('/session/end', () => ({ client_id: webmail.clientId, state: 'x' })),
    get('/session/end/success'),
    posted('/session/end/confirm', () => ({ xsrf: 'x', logout: 'yes' })),
    get('/'),
    get('/nowhere'),
    get('/healthz'),
    get('/readyz'),
  ];
}

/** Documents of each kind, and their bytes as JSON with their ids. */
export type Census = Map<string, { rows: number; bytes: number }>;

export async function census({ store }: Pick<TestServer, 'store'>): Promise<Census> {
  const counted: Census = new Map();
  for (const kind of COLLECTIONS) {
    const sum = { rows: 0, bytes: 0 };
    let after: string | undefined;
    do {
      const page = await store.scan(kind, { limit: 1000, after });
      for (const { id, value } of page.items) {
        sum.rows += 1;
        sum.bytes += id.length + Buffer.byteLength(JSON.stringify(value));
      }
      after = page.next;
    } while (after !== undefined);
    counted.set(kind.name, sum);
  }
  return counted;
}

/** Milliseconds: windows of refusals are over after that. */
const OVER = 600_000;
const AT_ONCE = 10;

/** What `requests` of them leave, by kind, when what they told is recorded; kinds without any are left out. */
export async function costOf(
  { server }: Pick<Nobody, 'server'>,
  { ask }: Route,
  requests: number,
): Promise<Census> {
  const before = await census(server);
  for (let done = 0; done < requests; done += AT_ONCE) {
    const many = Math.min(AT_ONCE, requests - done);
    await Promise.all(Array.from({ length: many }, (_, n) => ask(done + n)));
  }
  const ahead = server.clock.ahead;
  await server.settle();
  // What is told later belongs to it; what has expired meanwhile does not.
  server.clock.ahead += OVER;
  await server.settle();
  await server.settle();
  server.clock.ahead = ahead;
  const left: Census = new Map();
  for (const [kind, { rows, bytes }] of await census(server)) {
    const known = before.get(kind) ?? { rows: 0, bytes: 0 };
    if (rows > known.rows) left.set(kind, { rows: rows - known.rows, bytes: bytes - known.bytes });
  }
  return left;
}
