/** Encryption keys that are rotated, taken back and retired, while several processes serve and people are signed in. */
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { after, before, it } from 'node:test';
import { auditCollection } from '../../src/audit/event.ts';
import { sealedIn } from '../../src/operations/keys/encryption/reseal.ts';
import { sessionCollection } from '../../src/records/session.ts';
import { followKeyring, parseKeys } from '../../src/secrets/keyring.ts';
import { createVault, sealedWith } from '../../src/secrets/vault.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { keySource } from '../../src/server/opened.ts';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { runHere, type Ran } from '../support/command-line.ts';
import { createHttpBrowser } from '../support/http-browser.ts';
import { givePasscode } from '../support/passcodes.ts';
import { Visitor, refresh } from '../support/policy.ts';
import { post, type Registration } from '../support/relying-party.ts';
import type { TestPerson } from '../support/server.ts';
import { silently } from '../support/sign-in.ts';

let cluster: TestCluster;
let webmail: Registration;
before(async () => {
  cluster = await startCluster({ processes: 2 });
  webmail = await cluster.addClient();
});
after(() => cluster.stop());

function keys(...args: string[]): Promise<Ran> {
  const { folder: cwd, env, now } = cluster;
  return runHere(['keys', ...args, '--json'], { cwd, env, now });
}

async function ok(...args: string[]): Promise<Record<string, unknown>> {
  const ran = await keys(...args);
  assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
  return ran.json;
}

const keyFile = (): string => String(cluster.env['LATCHKEY_ENCRYPTION_KEY_FILE']);
/** Every process reads the keys before its next request: it takes itself to have been asleep. */
const followed = (): void => void (cluster.clock.ahead += 3_000);
const kidsInFile = async () => parseKeys(await readFile(keyFile(), 'utf8')).map(({ kid }) => kid);

/** Asked again until it is so: other processes come by every second. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await isSo())) {
    assert.ok(Date.now() < end, `${what}: never`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function hup(): Promise<void> {
  for (const { child } of cluster.machines) process.kill(child.pid, 'SIGHUP');
}

interface Held {
  person: TestPerson;
  visitor: Visitor;
  tokens: Record<string, string>;
  passcode: string;
}

async function signedIn(): Promise<Held> {
  const person = await cluster.addPerson({}, { totp: true });
  const visitor = await (await new Visitor(cluster, webmail).start()).password(person);
  await visitor.totp(person, { trust: 'yes' });
  const tokens = await visitor.tokens();
  return { person, visitor, tokens, passcode: await givePasscode(cluster, person.person) };
}

/** What each process says of it: session, refresh, introspection with the client's secret. */
async function saidOf({ visitor, tokens }: Held): Promise<unknown[]> {
  const ask = async () => {
    const copy = createHttpBrowser(cluster.issuer);
    copy.steal(visitor.browser, () => true);
    const { callback } = await silently(webmail, copy);
    const { access_token: token = '' } = tokens;
    const active = (await post(webmail, '/token/introspection', { token })).body['active'];
    const { status } = await refresh(webmail, tokens);
    return [callback.searchParams.get('error') ?? 'code', status, active];
  };
  return (await cluster.everywhere(ask)).flat();
}

const ALIVE = ['code', 200, true, 'code', 200, true];
const ENDED = ['login_required', 400, false, 'login_required', 400, false];

let first: string;
let second: string;
let alice: Held;
/** Comes back now and then. */
let dave: Held;

it('wait for every process that serves: one that lacks the new key is named before', async () => {
  alice = await signedIn();
  dave = await signedIn();
  [first = ''] = await kidsInFile();
  const refused = await keys('rotate', 'encryption');
  assert.deepEqual([refused.code, refused.json['error']], [1, 'key-missing']);
  assert.match(String(refused.json['message']), /\(process \d+\), .*\(process \d+\)/u);
  const written = await kidsInFile();
  assert.deepEqual([written.length, written[1]], [2, first]);
  second = written[0] ?? '';
  assert.equal((await stat(keyFile())).mode & 0o777, 0o600);
  const again = await keys('rotate', 'encryption');
  assert.match(String(again.json['message']), new RegExp(second, 'u'), 'no third key is made');

  await hup();
  await until('rotated', async () => (await keys('rotate', 'encryption')).code === 0);
  followed();
  const { encryption } = await ok('list');
  assert.deepEqual(
    (encryption as { kid: string; state: string }[]).map(({ kid, state }) => [kid, state]),
    [
      [second, 'active'],
      [first, 'older'],
    ],
  );
  assert.equal((await keys('rotate', 'encryption', '--to', second)).json['error'], 'key-active');
});

it('end nothing: what was made before lives on at every process, and what is begun goes on', async () => {
  await followKeyring(cluster.vault, keySource(cluster.config), cluster.store);
  assert.equal(cluster.vault.ring.active, second);
  assert.deepEqual(await saidOf(alice), ALIVE);
  const { visitor, person } = dave;
  await visitor.again(person);
  assert.ok(visitor.back?.code, 'the computer is trusted still');
  dave.tokens = await visitor.tokens();
  const bob = await signedIn();
  assert.deepEqual(await saidOf(bob), ALIVE);
  const { items } = await cluster.store.scan(sessionCollection);
  const made = items.map(({ value }) => (value as { kid?: string }).kid ?? first);
  assert.deepEqual(new Set(made), new Set([first, second]));
});

it('can be taken back, and given again', async () => {
  const bob = await signedIn();
  await ok('rotate', 'encryption', '--to', first);
  followed();
  assert.deepEqual(await saidOf(bob), ALIVE);
  assert.deepEqual(await saidOf(alice), ALIVE);
  await ok('rotate', 'encryption', '--to', second);
  followed();
  assert.deepEqual(await saidOf(bob), ALIVE);
});

it('that have leaked are retired, and nothing that was made with them is left', async () => {
  await followKeyring(cluster.vault, keySource(cluster.config), cluster.store);
  const carol = await signedIn();
  const unused = await cluster.addPerson({}, { totp: true });
  assert.equal((await keys('retire', second, '--yes')).json['error'], 'key-active');
  assert.equal((await keys('retire', first, '--yes')).json['error'], 'key-sealed');
  const resealed = await ok('reseal');
  assert.ok(Number(resealed['resealed']) > 0);
  assert.equal((await ok('reseal'))['resealed'], 0, 'there is nothing left to do');

  const asked = await keys('retire', '--leaked', first);
  assert.equal(asked.code, 2);
  assert.match(
    String(asked.json['message']),
    /This ends \d+ sessions, .*\d+ passcodes that were not used since/u,
  );
  assert.deepEqual(await saidOf(carol), ALIVE, 'it was only asked');
  const { ended } = await ok('retire', '--leaked', first, '--yes');
  assert.ok(Number((ended as Record<string, number>)['session']) > 0);

  await until('followed', async () => (await saidOf(alice)).join() === ENDED.join());
  assert.deepEqual(await saidOf(carol), ALIVE, 'what the other key has made lives on');
  assert.deepEqual(await saidOf(dave), ALIVE);
  // A browser that is begun with where that is not known yet is another one where it is.
  await until('the trust in a computer that was used since', async () => {
    await dave.visitor.again(dave.person);
    return Boolean(dave.visitor.back?.code);
  });
  // Seeds of authenticators were sealed anew.
  const visitor = await (await new Visitor(cluster, webmail).start()).password(unused);
  await visitor.totp(unused);
  assert.ok(visitor.back?.code, visitor.page.html);

  const leaked = createVault(parseKeys(await readFile(keyFile(), 'utf8')));
  assert.equal(leaked.ring.active, first);
  const bytes = await contents();
  const { tokens, passcode, person } = alice;
  for (const [purpose, value] of [
    ['AccessToken', String(tokens['access_token'])],
    ['RefreshToken', String(tokens['refresh_token']).split('.')[0] ?? ''],
    ['passcode', `${person.person.id} ${passcode.replaceAll(' ', '')}`],
    ['client secret', webmail.clientSecret],
  ] as const)
    assert.ok(!bytes.includes(leaked.hash(purpose, value)), purpose);
  for (const kind of COLLECTIONS)
    for (const { id, value } of (await cluster.store.scan(kind, { limit: 10_000 })).items) {
      for (const sealed of sealedIn(value)) assert.equal(sealedWith(sealed), second, kind.name);
      assert.notEqual((value as { kid?: string }).kid, first, `${kind.name} ${id}`);
    }
  const told = (await cluster.store.scan(auditCollection, { limit: 10_000 })).items.map(
    ({ value }) => [value.type, value.reasons.join()],
  );
  for (const event of [
    ['key.rotated', ''],
    ['key.resealed', ''],
    ['key.retired', 'leaked'],
  ])
    assert.ok(
      told.some((one) => one.join(' ') === event.join(' ')),
      event.join(),
    );
});

async function contents(): Promise<string> {
  let text = '';
  for (const kind of COLLECTIONS)
    for (const item of (await cluster.store.scan(kind, { limit: 10_000 })).items)
      text += JSON.stringify(item);
  return text;
}
