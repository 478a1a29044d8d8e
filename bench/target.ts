/** A server that is measured, with everything that the operations need of it. */
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { Pool } from 'undici';
import {
  ANSWER_WITHIN,
  CONNECTIONS,
  send,
  unexpected,
  type Connection,
  type Cookies,
} from './browser.ts';
import type { Person, Ready } from './messages.ts';
import type { Program } from './program.ts';
import { authorizationRequest, codeIn, redeem, type Endpoints } from './relying-party.ts';
import { signIn } from './sign-in.ts';

/** A person with a live session in one browser. */
export interface User {
  person: Person;
  sub: string;
  cookies: Cookies;
  /** Of the client `web`. */
  accessToken: string;
  /** Of the client `spa`; another one after each use. */
  refreshToken: string;
}

/** A server that runs. */
export interface Server {
  program: Program;
  ready: Ready;
}

export interface Target extends Connection {
  /** As it is shown. */
  name: string;
  ready: Ready;
  endpoints: Endpoints;
  /** Those with a live session. */
  users: User[];
  /** Everybody, with a new browser. */
  people: readonly User[];
  /** The server's time, milliseconds since the epoch. */
  now(): number;
  /** Sets the server's clock forward; milliseconds. */
  advanceClock(ms: number): Promise<void>;
  /** Of all the server's processes so far, milliseconds. */
  cpuMs(): Promise<number>;
  /** Closes the connections to it. */
  stop(): Promise<void>;
}

/** Its users have to be signed in before an operation needs them. */
export async function targetOf(
  name: string,
  { program, ready }: Server,
  connections: number = CONNECTIONS,
): Promise<Target> {
  const pool = new Pool(new URL(ready.issuer).origin, {
    connections,
    pipelining: 1,
    headersTimeout: ANSWER_WITHIN,
    bodyTimeout: ANSWER_WITHIN,
  });
  let ahead = 0;
  const target: Target = {
    name,
    ready,
    pool,
    requests: 0,
    endpoints: { authorization: '', token: '', userinfo: '', introspection: '', jwks: '' },
    users: [],
    people: ready.people.map(userOf),
    now: () => Date.now() + ahead,
    async advanceClock(ms) {
      ahead += ms;
      await program.shiftClock(ahead);
    },
    cpuMs: () => program.cpuMs(),
    stop: () => pool.destroy(),
  };
  try {
    target.endpoints = await discover(target);
    return target;
  } catch (error) {
    await target.stop();
    throw error;
  }
}

async function discover(target: Target): Promise<Endpoints> {
  const answer = await send(target, { path: '/.well-known/openid-configuration' });
  if (answer.status !== 200) throw unexpected('Discovery', answer);
  const document = JSON.parse(answer.body) as Record<string, string>;
  const path = (name: string): string => new URL(document[name] ?? '').pathname;
  return {
    authorization: path('authorization_endpoint'),
    token: path('token_endpoint'),
    userinfo: path('userinfo_endpoint'),
    introspection: path('introspection_endpoint'),
    jwks: path('jwks_uri'),
  };
}

/** Nothing is known of them yet. */
export function userOf(person: Person): User {
  return { person, sub: '', cookies: new Map(), accessToken: '', refreshToken: '' };
}

/** Signs people in, with password and code, to both clients; one session each. */
export async function signInUsers(target: Target, people = target.ready.people): Promise<void> {
  const users: User[] = [];
  const lane = async (first: number): Promise<void> => {
    for (let at = first; at < people.length; at += CONNECTIONS) {
      const person = people[at];
      if (person) users[at] = await signedIn(target, person);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, at) => lane(at)));
  target.users = users;
}

async function signedIn(target: Target, person: Person): Promise<User> {
  const { web, spa } = target.ready.clients;
  const cookies: Cookies = new Map();
  const { access_token: accessToken, id_token } = await signIn(target, web, person, cookies);
  const sub = await checkedSubject(target, id_token);
  const { refresh_token: refreshToken } = await silentSignOn(target, spa, cookies);
  if (!refreshToken) throw new Error(`${target.name} gave no refresh token to a public client.`);
  return { person, sub, cookies, accessToken, refreshToken };
}

/** `/auth` in a browser with a live session, and the code redeemed. */
export async function silentSignOn(
  target: Target,
  client: Ready['clients']['web' | 'spa'],
  cookies: Cookies,
  scope?: string,
) {
  const request = authorizationRequest(target.endpoints, client, scope);
  const code = codeIn(await send(target, { path: request.path }, cookies), client, request);
  return redeem(target, target.endpoints, client, { code, verifier: request.verifier });
}

/** The subject of an ID token that is valid, signed with ES256, and says that two factors were used. */
async function checkedSubject(target: Target, idToken: string): Promise<string> {
  const { issuer, clients } = target.ready;
  const audience = clients.web.client_id;
  const options = { issuer, audience, algorithms: ['ES256'], currentDate: new Date(target.now()) };
  const { payload } = await jwtVerify(idToken, keysOf(target), options);
  const methods = (payload['amr'] as string[] | undefined)?.toSorted().join(' ');
  if (methods !== 'mfa otp pwd') throw new Error(`${target.name}: amr is "${methods}".`);
  return payload.sub ?? '';
}

const keySets = new WeakMap<Ready, ReturnType<typeof createRemoteJWKSet>>();

function keysOf({ ready, endpoints }: Target): ReturnType<typeof createRemoteJWKSet> {
  const known = keySets.get(ready);
  if (known) return known;
  const keys = createRemoteJWKSet(new URL(endpoints.jwks, ready.issuer));
  keySets.set(ready, keys);
  return keys;
}
