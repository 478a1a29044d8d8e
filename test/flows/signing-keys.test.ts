/** Signing keys that are rotated and retired, while people are signed in. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { decodeProtectedHeader } from 'jose';
import { auditCollection } from '../../src/audit/event.ts';
import { SIGNS_AFTER } from '../../src/policy/keys/signing-keys.ts';
import {
  firstSigningKey,
  firstSigningKeyCollection,
  SIGNING_KEYS,
  signingKeyCollection,
} from '../../src/records/signing-key.ts';
import { runHere, type Ran } from '../support/command-line.ts';
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import { exchange, token, type Registration } from '../support/relying-party.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { signIn, silently, type SignedIn } from '../support/sign-in.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let server: TestServer;
let webmail: Registration;
before(async () => {
  server = await startTestServer({
    LATCHKEY_LIFETIMES_SESSION_IDLE: '86400',
    LATCHKEY_SIGNING_KEYS_ROTATE_DAYS: '400',
  });
  server.clock.stands = Date.now();
  webmail = await server.addClient();
});
after(() => server.stop());

async function keys(...args: string[]): Promise<Ran> {
  const { folder: cwd, env, now } = server;
  const ran = await runHere(['keys', ...args, '--json'], { cwd, env, now });
  await server.settle();
  return ran;
}

async function jwks(): Promise<string[]> {
  const answer = await fetch(new URL('/jwks', server.issuer));
  assert.equal(answer.headers.get('cache-control'), 'public, max-age=300');
  const { keys: all } = (await answer.json()) as { keys: Record<string, string>[] };
  for (const key of all) assert.ok(!('d' in key) && !('p' in key), 'nothing private');
  return all.map(({ kid = '' }) => kid);
}

const kidOf = ({ tokens }: Pick<SignedIn, 'tokens'>) =>
  String(decodeProtectedHeader(String(tokens['id_token'])).kid);

async function anew(browser: HttpBrowser): Promise<Record<string, string>> {
  const { asked, callback } = await silently(webmail, browser);
  const { status, body } = await exchange(webmail, asked, callback);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

/** What a sign-out that shows it as a hint is answered with. */
async function hinted(idToken: string): Promise<number> {
  const url = new URL('/session/end', server.issuer);
  url.search = new URLSearchParams({ id_token_hint: idToken }).toString();
  return (await createHttpBrowser(server.issuer).open(url)).status;
}

async function keyEvents() {
  const { items } = await server.store.find(auditCollection, { index: 'at', limit: 1000 });
  return items.map(({ value }) => value).filter(({ type }) => type.startsWith('key.'));
}

const wait = (ms: number): void => void (server.clock.ahead += ms);

it('are replaced without an end to anything, and go when nobody needs them', async () => {
  const person = await server.addPerson({}, { totp: true });
  const alice = await signIn(webmail, person);
  const old = kidOf(alice);
  const before_ = await jwks();

  const rotated = await keys('rotate', 'signing');
  assert.equal(rotated.code, 0, rotated.stdout);
  const fresh = (rotated.json as unknown as { kid: string }[]).map(({ kid }) => kid);
  assert.deepEqual(await jwks(), [...before_, ...fresh], 'in the set first');
  assert.equal(kidOf({ tokens: await anew(alice.browser) }), old, 'and not yet used');
  const again = await keys('rotate', 'signing');
  assert.deepEqual([again.code, again.json['error']], [1, 'keys-rotating']);

  wait(SIGNS_AFTER);
  const later = await anew(alice.browser);
  assert.ok(fresh.includes(kidOf({ tokens: later })));
  assert.deepEqual(await jwks(), [...fresh, ...before_], 'the old ones stay, behind');
  const { refresh_token = '' } = alice.tokens;
  const grant = { grant_type: 'refresh_token', refresh_token };
  if (refresh_token !== '') assert.equal((await token(webmail, grant)).status, 200);
  assert.equal(await hinted(String(alice.tokens['id_token'])), 200);

  wait(2 * HOUR);
  assert.deepEqual(await jwks(), [...fresh, ...before_], 'for hints');
  await server.settle();
  const kept = await server.store.get(signingKeyCollection, SIGNING_KEYS);
  const spent = kept?.keys.filter(({ kid }) => before_.includes(kid)) ?? [];
  assert.deepEqual(
    spent.map(({ sealed }) => sealed),
    [undefined, undefined],
    'they sign no more',
  );
  assert.equal(await hinted(String(alice.tokens['id_token'])), 200);

  wait(DAY);
  assert.deepEqual(await jwks(), fresh);
  assert.notEqual(await hinted(String(alice.tokens['id_token'])), 200);
});

it('can be withdrawn before they sign', async () => {
  const before_ = await jwks();
  const rotated = await keys('rotate', 'signing');
  const fresh = (rotated.json as unknown as { kid: string }[]).map(({ kid }) => kid);
  for (const kid of fresh) {
    const asked = await keys('retire', kid);
    assert.equal(asked.code, 2, 'it is asked first');
    assert.equal((await keys('retire', kid, '--yes')).code, 0);
  }
  assert.deepEqual(await jwks(), before_);
  wait(SIGNS_AFTER + 3 * DAY);
  assert.deepEqual(await jwks(), before_, 'whoever signs goes on');
});

it('that have leaked leave at once, and what was signed with them is refused', async () => {
  const alice = await signIn(webmail, await server.addPerson({}, { totp: true }));
  const leaked = kidOf(alice);
  // As an older version has kept it beside.
  const alg = String(decodeProtectedHeader(String(alice.tokens['id_token'])).alg) as 'RS256';
  const first = { alg, sealed: 'of an older version', createdAt: 1 };
  await server.store.insert(firstSigningKeyCollection, firstSigningKey(alg), first);
  assert.equal((await keys('retire', leaked, '--yes')).json['error'], 'key-signing');
  assert.equal((await keys('retire', 'nobodys', '--yes')).json['error'], 'key-unknown');

  // Asked for a moment ago, too.
  assert.ok((await jwks()).includes(leaked));
  assert.equal((await keys('retire', '--leaked', leaked, '--yes')).code, 0);
  assert.ok(!(await jwks()).includes(leaked));
  assert.notEqual(await hinted(String(alice.tokens['id_token'])), 200);
  const next = await anew(alice.browser);
  assert.notEqual(kidOf({ tokens: next }), leaked);
  assert.equal(await hinted(String(next['id_token'])), 200);
  const kept = await server.store.scan(signingKeyCollection);
  assert.ok(!JSON.stringify(kept.items).includes(leaked));
  assert.equal(kept.items.length, 1, 'nor in the document of an older version');
  const leaks = (await keyEvents()).filter(({ reasons }) => reasons.includes('leaked'));
  assert.deepEqual(
    leaks.map(({ type, actor, details }) => [type, actor, details['kind'], details['kid']]),
    [['key.retired', 'operator', 'signing', leaked]],
  );
});

it('are replaced by themselves every so many days, once for all processes', async () => {
  assert.equal((await jwks()).length, 2);
  wait(400 * DAY);
  await Promise.all([server.settle(), server.settle()]);
  await server.settle();
  const listed = (await keys('list')).json['signing'] as { state: string }[];
  const states = listed.map(({ state }) => state);
  assert.deepEqual(states, ['signing', 'signing', 'next', 'next']);
  const told = await keyEvents();
  const automatic = told.filter(({ reasons }) => reasons.includes('automatic'));
  assert.deepEqual(automatic.map(({ details }) => details['alg']).toSorted(), ['ES256', 'RS256']);
});
