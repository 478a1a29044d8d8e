/** What ends sessions and takes access away, on the store of a running server, as its pages do. */
import { SELF } from '../../src/audit/actor.ts';
import type { Performed } from '../../src/audit/performed.ts';
import type { EndingParts } from '../../src/oidc/logout/session-ending.ts';
import { listSessions, type SessionShown } from '../../src/operations/account/sessions.ts';
import { getPerson, type Person } from '../../src/records/person.ts';
import { createHttpBrowser, type HttpBrowser } from './http-browser.ts';
import { FIREFOX } from './policy.ts';
import { post, token, type Registration } from './relying-party.ts';
import type { TestPerson, TestServer } from './server.ts';
import { signIn, silently, type SignedIn } from './sign-in.ts';

type Served = Pick<TestServer, 'store' | 'vault' | 'issuer' | 'clock' | 'now'>;

/** Nobody here hurries the relay: another process finds what rides in the store. */
export function endingParts({ store, vault }: Pick<Served, 'store' | 'vault'>): EndingParts {
  return { store, vault, relay: { soon() {} } };
}

export function doingAt({ now }: Pick<Served, 'now'>): Performed {
  const origin = { client: null, address: '203.0.113.9', userAgent: FIREFOX };
  return { actor: SELF, origin, language: 'en', fresh: true, now: now() };
}

export async function present({ store }: Pick<Served, 'store'>, id: string): Promise<Person> {
  const person = await getPerson(store, id);
  if (!person) throw new Error(`There is no person ${id}.`);
  return person;
}

/** The person's sessions as they would see them from a browser without one. */
export async function sessionsOf(
  server: Served,
  { person }: Pick<TestPerson, 'person'>,
  currentUid = '',
): Promise<SessionShown[]> {
  return listSessions(server, await present(server, person.id), currentUid);
}

/** A session in a new browser; half a minute later than the one before, as a code is good once. */
export async function newSession(
  server: Served,
  client: Registration,
  person: TestPerson,
  params: Record<string, string> = {},
): Promise<SignedIn> {
  server.clock.ahead += 30_000;
  const browser = createHttpBrowser(client.issuer, { 'user-agent': FIREFOX });
  return signIn(client, person, { browser, params });
}

/** What is alive of a sign-in: the browser's session, the access token, the refresh token. */
export async function aliveOf(
  client: Registration,
  { browser, tokens }: { browser: HttpBrowser; tokens: Record<string, string> },
): Promise<{ session: boolean; access: boolean; refresh: boolean }> {
  const copy = createHttpBrowser(client.issuer);
  copy.steal(browser, () => true);
  const { callback } = await silently(client, copy);
  const { access_token: access = '', refresh_token: refresh = '' } = tokens;
  const looked = await post(client, '/token/introspection', { token: access });
  const refreshed = await token(client, { grant_type: 'refresh_token', refresh_token: refresh });
  return {
    session: callback.searchParams.has('code'),
    access: looked.body['active'] === (true as unknown),
    refresh: refreshed.status === 200,
  };
}

export const ALIVE = { session: true, access: true, refresh: true };
export const DEAD = { session: false, access: false, refresh: false };
