/**
 * How often the store is asked for each thing that apps ask for, and in how many round trips, so that it does not grow
 * unnoticed: on MongoDB each costs as much as the rest of the request.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it, mock } from 'node:test';
import type { HttpBrowser } from '../support/http-browser.ts';
import { exchange, post, token, type Registration } from '../support/relying-party.ts';
import { ENGINE } from '../support/stores.ts';
import { startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { signIn, silently } from '../support/sign-in.ts';
import { inRounds, type Rounds } from '../support/store-rounds.ts';

let server: TestServer;
let watched: Rounds;
let webmail: Registration;
let spa: Registration;
let service: Registration;
let person: TestPerson;
let browser: HttpBrowser;
let tokens: Record<string, string>;
let refreshToken: string;

before(async () => {
  server = await startTestServer();
  // What is read once in half a second is not read between two requests here, however long they take.
  server.clock.stands = Date.now();
  const stands = performance.now();
  mock.method(performance, 'now', () => stands);
  webmail = await server.addClient();
  spa = await server.addClient({ name: 'Browser app', kind: 'spa' });
  service = await server.addClient({
    name: 'Service',
    redirectUris: [],
    clientCredentials: true,
  });
  person = await server.addPerson({}, { totp: true });
  ({ browser, tokens } = await signIn(webmail, person));
  refreshToken = (await signIn(spa, person, { browser })).tokens['refresh_token'] ?? '';
  watched = inRounds(server.store, isOfRequest);
});
after(async () => {
  mock.restoreAll();
  watched.stop();
  await server.stop();
});
afterEach(() => watched.taken());

/** What runs beside the requests, or once a day. */
const BESIDE =
  /^\w+ (?:sweeping|process|signing_key|audit_event|mail|app_use|logout|mailbox_closing|derivation|person_entry|rollout|client_pkce|client_secret_use|vault_check|installation|migration)$/u;
const isOfRequest = (call: string): boolean => !BESIDE.test(call) && !call.startsWith('find ');

interface Made {
  calls: number;
  commands: number;
  trips: number;
  told: string;
}

/** More than any machine is busy in a row. */
const TRIES = 20;

/**
 * Not the first time, which makes what a process remembers; of the others one that nothing came between: something else
 * that runs beside it, or a round that had ended before a thread was done with the next call.
 */
async function asked(act: () => Promise<void>, fits: (made: Made) => boolean): Promise<Made> {
  await made(act);
  let last = await made(act);
  for (let at = 1; at < TRIES && !fits(last); at += 1) last = await made(act);
  return last;
}

async function made(act: () => Promise<void>): Promise<Made> {
  // What is written down after an answer.
  await server.settle();
  watched.taken();
  await act();
  const rounds = watched.taken();
  return {
    calls: rounds.flat().length,
    commands: rounds.reduce((sum, round) => sum + commandsOf(round), 0),
    trips: rounds.length,
    told: rounds.map((round) => round.join(', ')).join(' | '),
  };
}

async function singleSignOn(): Promise<void> {
  const { asked: request, callback } = await silently(webmail, browser);
  const { status, body } = await exchange(webmail, request, callback);
  assert.equal(status, 200, JSON.stringify(body));
  tokens = body;
}

async function refresh(): Promise<void> {
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
  const { status, body } = await token(spa, form);
  assert.equal(status, 200, JSON.stringify(body));
  refreshToken = body['refresh_token'] ?? '';
}

async function clientCredentials(): Promise<void> {
  const { status } = await token(service, { grant_type: 'client_credentials' });
  assert.equal(status, 200);
}

async function introspect(): Promise<void> {
  const { body } = await post(webmail, '/token/introspection', {
    token: tokens['access_token'] ?? '',
  });
  assert.equal(body['active'], true);
}

async function userinfo(): Promise<void> {
  const headers = { authorization: `Bearer ${tokens['access_token']}` };
  const answer = await fetch(`${server.issuer}/me`, { headers });
  assert.equal(answer.status, 200);
  await answer.text();
}

/** In a browser that nobody has seen, with the next code of the authenticator. */
async function wholeSignIn(): Promise<void> {
  server.clock.ahead += 30_000;
  await signIn(webmail, person);
}

async function discovery(): Promise<void> {
  for (const path of ['/.well-known/openid-configuration', '/jwks'])
    assert.equal((await fetch(server.issuer + path)).status, 200);
}

/** What it is of commands on MongoDB: what is read in one round is one, and each write another one. */
function commandsOf(round: readonly string[]): number {
  const writes = round.filter((call) => !/^get(?:Many)? /u.test(call));
  return writes.length + (writes.length < round.length ? 1 : 0);
}

/** A code or refresh token that is used up is waited for where that is no round trip. */
const WAITED = ENGINE === 'sqlite' ? 1 : 0;

const MEASURES = ['calls', 'commands', 'trips'] as const;

describe('the store is asked', () => {
  // A sign-in's messages may be moved meanwhile, twice: that it is read and written for them is within its bounds.
  const CASES = [
    ['a silent sign-on with its code', singleSignOn, { calls: 13, commands: 6, trips: 4 + WAITED }],
    ['a refresh that rotates', refresh, { calls: 7, commands: 3, trips: 2 + WAITED }],
    ['client credentials', clientCredentials, { calls: 1, commands: 1, trips: 1 }],
    ['introspection', introspect, { calls: 4, commands: 1, trips: 1 }],
    ['userinfo', userinfo, { calls: 5, commands: 1, trips: 1 }],
    ['a whole sign-in', wholeSignIn, { calls: 45, commands: 30, trips: 20 }],
    ['discovery and keys', discovery, { calls: 0, commands: 0, trips: 0 }],
  ] as const;
  for (const [name, act, most] of CASES)
    it(`${name}: ${most.commands} commands at most, in ${most.trips} round trips`, async () => {
      const over = (one: Made) => MEASURES.filter((what) => one[what] > most[what]);
      const least = await asked(act, (one) => over(one).length === 0);
      assert.deepEqual(over(least), [], JSON.stringify(least));
    });
});
