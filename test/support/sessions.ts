/** What ends sessions and takes access away, on the store of a running server, as its pages do. */
import type { Performed } from '../../src/audit/performed.ts';
import * as ends from '../../src/operations/account/end-sessions.ts';
import { listSessions, type SessionShown } from '../../src/operations/account/sessions.ts';
import * as withdraws from '../../src/operations/account/withdraw-access.ts';
import { valueOf, type Result } from '../../src/result.ts';
import { getPerson, type Person } from '../../src/records/person.ts';
import { createHttpBrowser, type HttpBrowser } from './http-browser.ts';
import { FIREFOX } from './policy.ts';
import { post, token, type Registration } from './relying-party.ts';
import type { TestPerson, TestServer } from './server.ts';
import { signIn, silently, type SignedIn } from './sign-in.ts';

type Served = Pick<TestServer, 'store' | 'vault' | 'issuer' | 'clock' | 'now'>;

/** Nobody here hurries the relay: another process finds what rides in the store. No mail server is told of. */
export function endingParts({
  store,
  vault,
}: Pick<Served, 'store' | 'vault'>): ends.EndSessionParts {
  const none = async (): Promise<[]> => [];
  return { store, vault, relay: { soon() {} }, notices: { to: none, about: none } };
}

type Ending = Pick<Served, 'store' | 'vault' | 'now'>;

function wasThere(result: Result<unknown>): boolean {
  if (!result.ok && result.problem.code !== 'not-found') throw result.problem;
  return result.ok;
}

/** Was there one to end? */
export async function endSession(server: Ending, person: Person, id: string): Promise<boolean> {
  return wasThere(await ends.endSession(endingParts(server), doingAt(server, person), person, id));
}

/** How many there were. `currentUid`: '' for a browser without one. */
export async function endOtherSessions(
  server: Ending,
  person: Person,
  currentUid = '',
): Promise<number> {
  const parts = endingParts(server);
  return valueOf(await ends.endOtherSessions(parts, doingAt(server, person), person, currentUid))
    .count;
}

/** Had it any? */
export async function withdrawAccess(
  server: Ending,
  person: Person,
  client: string,
): Promise<boolean> {
  const parts = endingParts(server);
  return wasThere(await withdraws.withdrawAccess(parts, doingAt(server, person), person, client));
}

/** `person`: who does it, to their own account. */
export function doingAt({ now }: Pick<Served, 'now'>, { id }: Pick<Person, 'id'>): Performed {
  const origin = { client: null, address: '203.0.113.9', userAgent: FIREFOX };
  return { actor: { kind: 'self', id }, origin, language: 'en', fresh: true, now: now() };
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
