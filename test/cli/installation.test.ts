/** Commands speak to an installation that is there, say which one, and are configured as its server is. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { claimInstallation } from '../../src/migration/installation.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { openStore } from '../../src/storage/open.ts';
import { NoStore } from '../../src/storage/options.ts';
import { newInstallation, runHere, type Installation } from '../support/command-line.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { ENGINE } from '../support/stores.ts';

/** What each is called with. */
const CALLS: Readonly<Record<string, string[]>> = {
  'org set': ['acme', '--mfa', 'off'],
  'org remove': ['acme', '--yes'],
  'org list': [],
  'org simulate': ['acme', '--mfa', 'required'],
  rollout: [],
  'user add': ['bob', '--org', 'acme', '--email', 'b@acme.test', '--name', 'Bob'],
  'user set': ['bob', '--mfa', 'required'],
  'user list': [],
  'user import': ['people.csv'],
  'user export': [],
  'user show': ['bob'],
  'user password-link': ['bob'],
  'user unlock': ['bob'],
  'user reset-mfa': ['bob', '--yes'],
  'user extend-grace': ['bob', '--until', '2099-01-31', '--reason', 'abroad'],
  'user temporary-code': ['bob'],
  'user disable': ['bob', '--yes'],
  'user lock-down': ['bob', '--yes'],
  'user enable': ['bob'],
  'user delete': ['bob', '--yes'],
  'mailbox add': ['copier', '--org', 'acme', '--email', 'copier@acme.test', '--name', 'Copier'],
  'mailbox list': [],
  'mailbox passcode': 'copier --name Scan --protocol smtp --network 192.0.2.0/24'.split(' '),
  'mailbox revoke-passcode': ['copier', '5f0c1a9e', '--yes'],
  'group add': ['acme/staff'],
  'group list': [],
  'group show': ['acme/staff'],
  'group set': ['acme/staff', '--name', 'crew'],
  'group members': ['acme/staff'],
  'group remove': ['acme/staff', '--yes'],
  'client show': ['app'],
  'client set': ['app', '--third-party', 'yes'],
  'client list': [],
  'client remove': ['app', '--yes'],
  'client rotate-secret': ['app', '--yes'],
  'client remove-secret': ['app', '5f0c1a9e', '--yes'],
  'client refusals': ['app'],
  'client accept-redirect': ['app', 'https://app.test/cb', '--yes'],
  'client preview': ['app', '--user', 'bob'],
  'resource show': ['https://api.test'],
  'resource set': ['https://api.test', '--lifetime', '60'],
  'resource list': [],
  'resource remove': ['https://api.test', '--yes'],
  'mail config': ['dovecot', '--client', 'dovecot', '--secret-file', 'dovecot.secret'],
  'policy explain': ['--user', 'bob', '--client', 'app'],
  'audit list': [],
  'keys list': [],
  'keys rotate': ['signing'],
  'keys reseal': [],
  'keys retire': ['nobodys', '--yes'],
  backup: ['store.backup'],
  'revoke-all': ['--yes'],
  migrate: ['--to', 'sqlite:other.db'],
  upgrade: [],
  verify: [],
};
/** What makes a store, and what speaks to none. */
const OTHERS = [
  'serve',
  'setup-link',
  'org add',
  'client add',
  'resource add',
  'restore',
  'completion',
];

describe('where there is no store', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-nowhere-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('each command that needs one is tried', () => {
    const names = COMMANDS.map(({ name }) => name);
    assert.deepEqual([...Object.keys(CALLS), ...OTHERS].toSorted(), names.toSorted());
  });

  for (const [name, args] of Object.entries(CALLS))
    it(`latchkey ${name} says so, and makes neither store nor key`, async () => {
      const ran = await runHere([...name.split(' '), ...args], { cwd: folder, env: {} });
      const path = join(folder, 'data/latchkey.db');
      assert.deepEqual([ran.code, ran.stdout], [1, '']);
      assert.ok(ran.stderr.startsWith(`There is no store at ${path}. Run`), ran.stderr);
      assert.deepEqual(await readdir(folder), []);
    });

  it('or nothing in it yet, the same', async () => {
    const empty = await newInstallation();
    const parts = { now: Date.now, mustExist: true };
    // A file without anything in it; of MongoDB, a database that is not there.
    if (ENGINE === 'sqlite')
      await (await openStore(empty.store, COLLECTIONS, { now: Date.now })).close();
    const keys = async () =>
      (await readdir(empty.folder, { recursive: true })).filter((name) => name.endsWith('.key'));
    const before_ = await keys();
    const { code, stderr } = await empty.run(['user', 'list']);
    assert.equal(code, 1);
    assert.match(stderr, /There is no store at/u);
    assert.deepEqual(await keys(), before_);
    if (ENGINE !== 'sqlite')
      await assert.rejects(openStore(empty.store, COLLECTIONS, parts), NoStore);
    await empty.remove();
  });
});

describe('which installation it is', () => {
  it('is said on standard error, unless it is the one of this folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-here-'));
    const run = (env: Record<string, string>, ...args: string[]) =>
      runHere(args, { cwd: folder, env });
    assert.equal((await run({}, 'org', 'add', 'Acme')).installation, '');
    const env = { LATCHKEY_ISSUER: 'https://id.acme.test' };
    const named = await run(env, 'org', 'list', '--json');
    const path = join(folder, 'data/latchkey.db');
    assert.equal(named.installation, `Installation: https://id.acme.test, store sqlite:${path}\n`);
    assert.equal((named.json as unknown as unknown[]).length, 1, 'the JSON is alone where it is');
    const secret = {
      LATCHKEY_STORE_ENGINE: 'mongodb',
      LATCHKEY_STORE_MONGODB_URL: 'mongodb://me:secret@127.0.0.1:9/latchkey',
      LATCHKEY_STORE_TIMEOUT_MS: '100',
    };
    const { installation, stderr } = await run(secret, 'org', 'list');
    assert.match(installation, /store mongodb:\/\/127\.0\.0\.1:9\/latchkey$/mu);
    assert.doesNotMatch(installation + stderr, /secret/u);
    await rm(folder, { recursive: true });
  });
});

describe('what the server was started with', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await server.addPerson({ login: 'alice' });
  });
  after(() => server.stop());
  const run = (more: Record<string, string>, ...args: string[]) =>
    runHere(args, { cwd: server.folder, env: { ...server.env, ...more } });

  it('is what a command has to be configured with: else it refuses with both values', async () => {
    const other = 'https://elsewhere.test';
    const cases: [Record<string, string>, string[]][] = [
      [{ LATCHKEY_ISSUER: other }, [server.issuer, other]],
      [{ LATCHKEY_MAIL_SMTP_URL: 'smtp://127.0.0.1:9' }, ['not set at the server, set here']],
    ];
    for (const [env, values] of cases) {
      for (const command of ['password-link', 'show']) {
        const refused = await run(env, 'user', command, 'alice');
        assert.deepEqual([refused.code, refused.stdout], [1, '']);
        for (const value of [...values, '--force'])
          assert.ok(refused.stderr.includes(value), value);
      }
    }
    assert.equal((await run({}, 'user', 'password-link', 'alice')).code, 0);
    const forced = await run(
      { LATCHKEY_ISSUER: other },
      'user',
      'password-link',
      'alice',
      '--force',
      '--json',
    );
    assert.match(String(forced.json['password_link']), /^https:\/\/elsewhere\.test\/set-password/u);
  });

  it('is remembered anew at each start', async () => {
    const facts = { issuer: 'https://moved.test', mail: true };
    const { before: was, first } = await claimInstallation(server.store, 'production', 0, facts);
    assert.deepEqual([was, first], [{ issuer: server.issuer, mail: false }, false]);
    const again = await claimInstallation(server.store, 'production', 0, facts);
    assert.deepEqual(again, { first: false, before: undefined });
    assert.equal((await run({}, 'user', 'list')).code, 1);
    const env = { LATCHKEY_ISSUER: facts.issuer, LATCHKEY_MAIL_SMTP_URL: 'smtp://127.0.0.1:9' };
    assert.equal((await run(env, 'user', 'list')).code, 0);
  });
});

describe('a store of the version before', () => {
  it('says nothing of its server, and is used', async () => {
    const old: Installation = await newInstallation();
    await old.run(['org', 'add', 'Acme']);
    const store = await openStore(old.store, COLLECTIONS, { now: Date.now });
    await claimInstallation(store, 'production', 1);
    await store.close();
    assert.equal((await old.run(['org', 'list'])).code, 0);
    await old.remove();
  });
});
