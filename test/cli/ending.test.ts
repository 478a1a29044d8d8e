/** The commands that remove, move and report a leak, as an operator types them. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { AuditEvent } from '../../src/audit/event.ts';
import { useInstallation, type Ran } from '../support/command-line.ts';

const latchkey = useInstallation(async () => {
  for (const name of ['Acme', 'Beta']) await ok('org', 'add', name);
  await add('alice', '--role', 'administrator');
  await add('bob');
});

const run = (...args: string[]): Promise<Ran> => latchkey.run(args);
const ok = (...args: string[]): Promise<Ran> => latchkey.ok(args);
function add(login: string, ...more: string[]): Promise<Ran> {
  const names = ['--org', 'acme', '--email', `${login}@acme.test`, '--name', login];
  return ok('user', 'add', login, ...names, ...more);
}
async function refused(message: RegExp, ...args: string[]): Promise<void> {
  assert.match((await latchkey.refused(args, 1)).stderr, message);
}
async function newest(type: string): Promise<AuditEvent | undefined> {
  const { json } = await ok('audit', 'list', '--type', type, '--json');
  return (json as unknown as AuditEvent[])[0];
}

describe('latchkey user', () => {
  it('moves somebody, to an organisation that is there', async () => {
    await refused(/nowhere/u, 'user', 'set', 'bob', '--org', 'nowhere');
    const { stdout } = await ok('user', 'set', 'bob', '--org', 'beta');
    assert.match(stdout, /organisation: acme → beta/u);
    assert.deepEqual((await newest('person.changed'))?.details, { organisation: 'acme → beta' });
    assert.match((await ok('user', 'set', 'bob', '--org', 'beta')).stdout, /Nothing to change/u);
  });

  it('deletes somebody in a week, which can be taken back, or at once', async () => {
    const { stdout } = await ok('user', 'delete', '--yes', 'bob');
    assert.match(stdout, /removed on \d{4}-\d\d-\d\d.*\n.*user delete bob --undo/u);
    assert.equal(typeof (await newest('person.deletion-ordered'))?.details['due'], 'string');
    assert.match((await ok('user', 'list')).stdout, /bob .*to be removed \d{4}/u);
    assert.match(
      (await ok('user', 'delete', '--yes', 'bob', '--undo')).stdout,
      /can sign in again/u,
    );
    assert.match(
      (await ok('user', 'delete', '--yes', 'bob', '--undo')).stdout,
      /nothing to take back/u,
    );
    assert.match((await ok('user', 'list')).stdout, /bob .*active/u);
    const both = await run('user', 'delete', '--yes', 'bob', '--undo', '--now');
    assert.equal(both.code, 2);

    const { json } = await ok('user', 'delete', '--yes', 'bob', '--now', '--json');
    assert.deepEqual(json, { login: 'bob', removed: true });
    assert.deepEqual((await newest('person.removed'))?.details, {});
    await refused(/person/iu, 'user', 'delete', '--yes', 'bob', '--now');
    await refused(/person/iu, 'user', 'enable', 'bob');
    // Who never had a password was seen by no app.
    await add('bob');
  });

  it('gives another login name and address', async () => {
    const { stdout } = await ok('user', 'set', 'bob', '--login', 'rob', '--email', 'rob@acme.test');
    assert.match(stdout, /login: bob → rob\n +email: bob@acme.test → rob@acme.test/u);
    assert.equal((await ok('user', 'show', 'rob@acme.test', '--json')).json['login'], 'rob');
    await refused(/person/iu, 'user', 'show', 'bob');
    await refused(/already/u, 'user', 'set', 'rob', '--login', 'alice');
    await refused(/complete/u, 'user', 'set', 'rob', '--email', 'nowhere');
    await ok('user', 'set', 'rob', '--login', 'bob');
  });

  it('keeps the last administrator, where they are', async () => {
    await refused(/last active administrator/u, 'user', 'delete', '--yes', 'alice', '--now');
    await refused(/last active administrator/u, 'user', 'set', 'alice', '--org', 'beta');
  });
});

describe('latchkey org', () => {
  it('gives another name, and removes one that is empty', async () => {
    const { stdout } = await ok('org', 'set', 'beta', '--name', 'Beta Ltd');
    assert.match(stdout, /name: Beta → Beta Ltd/u);
    await add('carol', '--org', 'beta');
    await refused(/still has people.*user list --org beta/u, 'org', 'remove', '--yes', 'beta');
    await ok('user', 'set', 'carol', '--org', 'acme');
    assert.deepEqual((await ok('org', 'remove', '--yes', 'beta', '--json')).json, {
      id: 'beta',
      removed: true,
    });
    await refused(/no organisation “beta”/u, 'org', 'remove', '--yes', 'beta');
    await refused(/no organisation “beta”/u, 'user', 'list', '--org', 'beta');
    await refused(/no organisation “acne”.*Did you mean acme\?/u, 'user', 'list', '--org', 'acne');
    assert.equal((await newest('organisation.removed'))?.organisation, 'beta');
  });
});

describe('latchkey client', () => {
  const REDIRECT = ['--redirect-uri', 'https://app.test/callback'];

  it('gives another secret, and tells whether the old one leaked', async () => {
    const before_ = (await ok('client', 'add', 'App', '--id', 'app', ...REDIRECT, '--json')).json;
    const { json } = await ok('client', 'rotate-secret', '--yes', 'app', '--json');
    assert.notEqual(json['client_secret'], before_['client_secret']);
    assert.equal(json['leaked'], false);
    assert.ok(Date.parse(String(json['old_until'])) > Date.now() + 6.9 * 86_400_000);
    const { stdout } = await ok('client', 'rotate-secret', '--yes', 'app', '--leaked');
    assert.match(stdout, /client_secret: +\S{43} +\(shown once\)\n.*have ended/u);
    const event = await newest('client.secret-rotated');
    assert.deepEqual([event?.client, event?.details['leaked']], ['app', true]);
    assert.equal(event?.details['old_until'], undefined);
    await refused(/no client “ap”.*Did you mean app\?/u, 'client', 'show', 'ap');
    await refused(/no client “nobody”/u, 'client', 'rotate-secret', '--yes', 'nobody');
    await ok('client', 'add', 'Spa', '--id', 'spa', '--kind', 'spa', ...REDIRECT);
    await refused(/public/u, 'client', 'rotate-secret', '--yes', 'spa', '--leaked');
  });

  it('is brought a secret from a file or standard input, and loses the old one', async () => {
    const file = join(latchkey.folder, 'secret');
    await writeFile(file, `${'f'.repeat(40)}\n`, { mode: 0o600 });
    const brought = ['client', 'rotate-secret', '--yes', 'app', '--secret-file'];
    const { stdout } = await ok(...brought, file, '--overlap', '36h');
    assert.ok(!stdout.includes('ffff'));
    assert.match(stdout, /goes on until \d{4}-\d\d-\d\d \d\d:\d\d UTC/u);
    assert.equal((await latchkey.run([...brought, '-'], 'p'.repeat(32))).code, 0);
    const short = await latchkey.run([...brought, '-'], 'p'.repeat(31));
    assert.match(short.stderr, /32 to 256 characters/u);
    const { json } = await ok('client', 'show', 'app', '--json');
    const secrets = json['secrets'] as Record<string, string | null>[];
    assert.equal(secrets.length, 3);
    assert.deepEqual(
      secrets.map(({ expires_at, last_used_at }) => [expires_at === null, last_used_at]),
      [
        [true, null],
        [false, null],
        [false, null],
      ],
    );
    const [newest_, middle] = secrets.map(({ id }) => id ?? '');
    assert.match(
      (await ok('client', 'show', 'app')).stdout,
      /secrets: +\S{8} +made .*never used\n/u,
    );
    assert.match(
      (await ok('client', 'remove-secret', '--yes', 'app', middle ?? '')).stdout,
      /Ended the secret/u,
    );
    await refused(/has no secret/u, 'client', 'remove-secret', '--yes', 'app', middle ?? '');
    assert.equal((await newest('client.secret-removed'))?.details['secret'], middle);
    await ok('client', 'rotate-secret', '--yes', 'app', '--overlap', '0');
    await refused(/has no secret/u, 'client', 'remove-secret', '--yes', 'app', newest_ ?? '');
    const [only] = (await ok('client', 'show', 'app', '--json')).json['secrets'] as {
      id: string;
    }[];
    await refused(/only secret/u, 'client', 'remove-secret', '--yes', 'app', only?.id ?? '');
  });

  it('is told what can’t be, before anything is changed', async () => {
    const rotate = ['client', 'rotate-secret', 'app', '--yes'];
    for (const [words, message] of [
      [['--leaked', '--overlap', '1d'], /without --overlap/u],
      [['--overlap', '91d'], /at most 90d/u],
      [['--overlap', 'soon'], /such as 90m, 36h or 7d/u],
    ] as const) {
      const ran = await run(...rotate, ...words);
      assert.equal(ran.code, 2, ran.stdout);
      assert.match(ran.stderr, message);
    }
    const asked = await run('client', 'rotate-secret', 'app', '--secret-file', '-');
    assert.deepEqual([asked.code, /add --yes/u.test(asked.stderr)], [2, true]);
    assert.equal((await run('client', 'remove-secret', 'app', '--yes')).code, 2);
  });

  it('is brought a secret when it is registered, which is printed nowhere', async () => {
    const add = ['client', 'add', 'Moved', '--id', 'moved', ...REDIRECT, '--secret-file'];
    const short = await latchkey.run([...add, '-'], 'p'.repeat(31));
    assert.match(short.stderr, /32 to 256 characters/u);
    const spa = ['client', 'add', 'Spa', '--kind', 'spa', ...REDIRECT, '--secret-file', '-'];
    assert.match((await latchkey.run(spa, 'p'.repeat(32))).stderr, /it authenticates with none/u);
    const { code, stdout, stderr } = await latchkey.run([...add, '-'], `${'q'.repeat(40)}\n`);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes('brought along') && !stdout.includes('qqqq'), stdout);
    const file = join(latchkey.folder, 'brought');
    await writeFile(file, 'r'.repeat(40), { mode: 0o600 });
    const told = await ok('client', 'add', 'Filed', ...REDIRECT, '--secret-file', file, '--json');
    assert.ok(!('client_secret' in told.json) && !told.stdout.includes('rrrr'));
  });

  it('is removed, once, and its id is free', async () => {
    await ok('client', 'remove', '--yes', 'app');
    assert.equal((await newest('client.removed'))?.client, 'app');
    await refused(/no client “app”/u, 'client', 'remove', '--yes', 'app');
    await ok('client', 'add', 'App', '--id', 'app', ...REDIRECT);
  });
});

describe('what ends something', () => {
  const ENDING = [
    ['user', 'disable', 'bob'],
    ['user', 'delete', 'bob'],
    ['user', 'delete', 'bob', '--now'],
    ['user', 'reset-mfa', 'bob'],
    ['org', 'remove', 'empty'],
    ['client', 'remove', 'app'],
    ['client', 'rotate-secret', 'app'],
    ['client', 'rotate-secret', 'app', '--overlap', '0'],
    ['client', 'remove-secret', 'app', '5f0c1a9e'],
    ['revoke-all'],
  ];

  it('is not done where nobody can be asked, without --yes: it says what would end', async () => {
    await ok('org', 'add', 'Empty');
    const before_ = (await ok('audit', 'list', '--json')).stdout;
    for (const args of ENDING) {
      const ran = await run(...args);
      assert.equal(ran.code, 2, args.join(' '));
      assert.match(ran.stderr, /^This .*\nNothing was changed. --yes does it.\n/su);
      assert.ok(ran.stderr.includes(args[2] ?? 'everything'), ran.stderr);
    }
    assert.equal((await ok('audit', 'list', '--json')).stdout, before_);
  });

  it('is not asked about where it would be refused', async () => {
    await refused(/^The organisation “acme” still has people/u, 'org', 'remove', 'acme');
  });

  it('is asked about on a terminal', async () => {
    for (const [typed, code] of [
      ['\n', 1],
      ['no\n', 1],
      ['', 1],
      ['yess\n', 1],
      ['Y\n', 0],
      ['yes\n', 0],
    ] as const) {
      const ran = await latchkey.run(['user', 'disable', 'bob'], typed, { terminal: true });
      assert.equal(ran.code, code, JSON.stringify(typed));
      assert.match(ran.stderr, /This disables bob: .*\nGo on\? \[y\/N\] /u);
      const { json } = await ok('user', 'show', 'bob', '--json');
      assert.equal(json['active'], code !== 0);
      await ok('user', 'enable', 'bob');
    }
  });
});
