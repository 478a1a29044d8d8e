/** The command line on an empty folder, as an operator meets it. */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCommand } from '../../src/cli/run.ts';
import { claimCollection } from '../../src/records/person.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { openStore } from '../../src/storage/open.ts';
import { useInstallation } from '../support/command-line.ts';
import { ENGINE } from '../support/stores.ts';

const latchkey = useInstallation();

const ok = (args: readonly string[], stdin?: string) => latchkey.ok(args, stdin);

const refused = async (args: readonly string[], code: number, stdin?: string): Promise<string> =>
  (await latchkey.refused(args, code, stdin)).stderr;

describe('latchkey', () => {
  it('lists its commands, and tells about one', async () => {
    assert.match((await ok(['--help'])).stdout, /client add/u);
    assert.match((await ok(['user', 'add', '--help'])).stdout, /--password-stdin/u);
    assert.match(await refused(['frobnicate'], 2), /no command "frobnicate"/u);
    assert.match(await refused(['org', 'add', 'X', '--colour', 'red'], 2), /--colour/u);
  });

  it('starts with empty lists that say what to do', async () => {
    await ok(['setup-link']);
    assert.match((await ok(['org', 'list'])).stdout, /latchkey org add/u);
    assert.match((await ok(['client', 'list'])).stdout, /latchkey client add/u);
    assert.deepEqual((await ok(['user', 'list', '--json'])).json, []);
  });

  it('takes an id that begins with a hyphen as it has printed it', async () => {
    const asked: readonly [string[], string][] = [
      [['keys', 'retire', '-Wf3k_9q', '--yes'], 'key-unknown'],
      [['user', 'show', '-Wf3k_9qAbCdEfGhIjKlMn'], 'person-unknown'],
      [['user', 'list', '--org', '-Wf3k_9q'], 'organisation-unknown'],
    ];
    for (const [args, error] of asked) {
      const { code, json } = await latchkey.refused([...args, '--json']);
      assert.deepEqual([code, json['error']], [1, error], args.join(' '));
    }
    assert.match(await refused(['user', 'list', '-json'], 2), /no option -j here/u);
  });

  it('makes store and key readable by their owner only', async () => {
    for (const file of ENGINE === 'sqlite' ? ['latchkey.db', 'latchkey.key'] : ['latchkey.key']) {
      const { mode } = await stat(join(latchkey.folder, 'data', file));
      assert.equal(mode & 0o777, 0o600, file);
    }
  });
});

describe('latchkey org', () => {
  it('adds an organisation once', async () => {
    assert.deepEqual((await ok(['org', 'add', 'Acme', '--json'])).json, {
      id: 'acme',
      name: 'Acme',
      mfa: 'required',
      grace_until: null,
      factors: ['totp', 'passkey', 'email-code', 'one-time-codes'],
      trusted_days: 30,
      second_person: false,
      session_seconds: null,
      session_idle_seconds: null,
      passcode_days: null,
      passcode_networks: false,
      logo: null,
      colour: null,
      contact: null,
      sender_name: null,
      domains: [],
      apps: {},
    });
    assert.match(await refused(['org', 'add', 'ACME'], 1), /acme/u);
    assert.match(
      await refused(['org', 'add', 'Other', '--mfa', 'maybe'], 2),
      /off, optional, required/u,
    );
    assert.match((await ok(['org', 'list'])).stdout, /acme +Acme +required/u);
  });

  it('has its domains said', async () => {
    const shop = ['org', 'add', 'Shop', '--domain'];
    assert.match(await refused([...shop, 'localhost'], 1), /“localhost” is no domain/u);
    const { json } = await ok([...shop, 'Bücher.example', '--domain', 'shop.example', '--json']);
    assert.deepEqual(json['domains'], ['shop.example', 'xn--bcher-kva.example']);
    assert.match(
      await refused(['org', 'set', 'acme', '--domain', 'shop.example'], 1),
      /another org/u,
    );
    assert.match(
      (await ok(['org', 'list'])).stdout,
      /shop .* shop\.example xn--bcher-kva\.example/u,
    );
    const none = await ok(['org', 'set', 'shop', '--domain', 'none']);
    assert.match(none.stdout, /domains: shop\.example,xn--bcher-kva\.example → -/u);
    assert.match((await ok(['org', 'add', 'Bare'])).stdout, /org set bare --domain example\.org/u);
    await ok(['org', 'set', 'acme', '--domain', 'shop.example']);
    for (const id of ['shop', 'bare']) await ok(['org', 'remove', id, '--yes']);
  });
});

describe('latchkey user', () => {
  const alice = ['--org', 'acme', '--email', 'alice@acme.test', '--name', 'Alice'];

  it('adds a person with a password from standard input, and shows it nowhere', async () => {
    const password = 'granite-otter-balloon';
    const { stdout } = await ok(
      ['user', 'add', 'alice', ...alice, '--password-stdin'],
      `${password}\n`,
    );
    assert.ok(!stdout.includes(password));
    const [person] = (await ok(['user', 'list', '--json'])).json as unknown as Record<
      string,
      unknown
    >[];
    assert.deepEqual(
      [person?.['login'], person?.['role'], person?.['factors']],
      ['alice', 'member', []],
    );
  });

  it('claims the names when the password is there, however long somebody types', async () => {
    let now = Date.now();
    async function* typed() {
      now += 10 * 60_000;
      yield 'granite-otter-balloon\n';
    }
    const said: string[] = [];
    const to = { write: (text: string) => said.push(text) };
    const slow = ['--org', 'acme', '--email', 'slow@acme.test', '--name', 'Slow'];
    const code = await runCommand(['user', 'add', 'slow', ...slow, '--password-stdin'], {
      env: latchkey.env,
      cwd: latchkey.folder,
      stdin: typed(),
      stdout: to,
      stderr: to,
      stop: new AbortController().signal,
      now: () => now,
    });
    assert.equal(code, 0, said.join(''));
    const store = await openStore(latchkey.store, COLLECTIONS, {
      now: () => now,
      mayBeServed: true,
    });
    const claim = await store.get(claimCollection, 'login:slow');
    await store.close();
    assert.equal(claim?.at, now);
    await ok(['user', 'delete', 'slow', '--now', '--yes']);
  });

  it('prints a set-password link when there is no password', async () => {
    const { json } = await ok([
      'user',
      'add',
      'bob',
      '--org',
      'acme',
      '--email',
      'bob@acme.test',
      '--name',
      'Bob',
      '--json',
    ]);
    assert.match(
      String(json['password_link']),
      /^http:\/\/localhost:\d+\/set-password\?token=[\w-]{43}$/u,
    );
    const again = await ok(['user', 'password-link', 'bob', '--json']);
    assert.notEqual(again.json['password_link'], json['password_link']);
    const told = await ok(['audit', 'list', '--type', 'password.link', '--user', 'bob', '--json']);
    const events = told.json as unknown as { actor: string }[];
    assert.deepEqual(
      events.map(({ actor }) => actor),
      ['operator', 'operator'],
    );
  });

  it('says what is wrong, and makes nobody', async () => {
    const add = (login: string, ...rest: string[]) => refused(['user', 'add', login, ...rest], 1);
    assert.match(
      await add('ALICE', '--org', 'acme', '--email', 'a2@acme.test', '--name', 'A'),
      /taken|already/iu,
    );
    assert.match(
      await add('carol', '--org', 'acme', '--email', ' Alice@ACME.test', '--name', 'C'),
      /taken|already/iu,
    );
    assert.match(
      await add('carol', '--org', 'nowhere', '--email', 'c@acme.test', '--name', 'C'),
      /nowhere/u,
    );
    assert.match(await add('two words', ...alice), /login/iu);
    assert.match(
      await refused(['user', 'add', 'carol', '--org', 'acme'], 2),
      /--email is missing/u,
    );
    assert.match(
      await refused(
        [
          'user',
          'add',
          'dora',
          '--org',
          'acme',
          '--email',
          'd@acme.test',
          '--name',
          'D',
          '--password-stdin',
        ],
        1,
        'short',
      ),
      /15/u,
    );
    const nowhere = ['--org', 'nowhere', '--email', 'd@acme.test', '--name', 'D'];
    const asked = await refused(['user', 'add', 'dora', ...nowhere, '--password-stdin'], 1);
    assert.match(asked, /nowhere/u, 'before a password is read');
    // The refused address did not keep the login name.
    await ok([
      'user',
      'add',
      'carol',
      '--org',
      'acme',
      '--email',
      'carol@acme.test',
      '--name',
      'Carol',
    ]);
  });

  it('disables a person, but not the last administrator', async () => {
    await ok(['user', 'disable', '--yes', 'bob']);
    assert.match((await ok(['user', 'list'])).stdout, /bob .*disabled/u);
    await ok([
      'user',
      'add',
      'root',
      '--org',
      'acme',
      '--email',
      'root@acme.test',
      '--name',
      'Root',
      '--role',
      'administrator',
    ]);
    assert.match(await refused(['user', 'disable', '--yes', 'root'], 1), /administrator/u);
    assert.match(await refused(['user', 'disable', '--yes', 'nobody'], 1), /nobody|person|found/iu);
  });

  it('makes no set-up link once there is an administrator', async () => {
    assert.match(await refused(['setup-link'], 1), /administrator/u);
  });
});

describe('latchkey client', () => {
  it('registers, shows the secret once, lists and removes', async () => {
    const { json } = await ok([
      'client',
      'add',
      'Calendar',
      '--id',
      'calendar',
      '--redirect-uri',
      'https://cal.example/cb',
      '--json',
    ]);
    assert.equal(String(json['client_secret']).length, 43);
    assert.equal(json['alg'], 'RS256');
    const list = (await ok(['client', 'list', '--json'])).stdout;
    assert.ok(list.includes('https://cal.example/cb'));
    assert.ok(!list.includes(String(json['client_secret'])));
    await ok(['client', 'remove', '--yes', 'calendar']);
    assert.match(await refused(['client', 'remove', '--yes', 'calendar'], 1), /calendar/u);
  });

  it('gives public clients no secret, and ES256 to those who know it', async () => {
    const native = await ok([
      'client',
      'add',
      'Phone',
      '--kind',
      'native',
      '--redirect-uri',
      'com.example.app:/cb',
      '--json',
    ]);
    assert.equal(native.json['client_secret'], undefined);
    const known = await ok([
      'client',
      'add',
      'New',
      '--alg',
      'ES256',
      '--redirect-uri',
      'http://localhost:8080/cb',
      '--json',
    ]);
    assert.equal(known.json['alg'], 'ES256');
  });

  it('refuses metadata with the reason', async () => {
    const add = (...args: string[]) => refused(['client', 'add', 'Bad', ...args], 1);
    assert.match(await add('--redirect-uri', 'http://app.example/cb'), /https/u);
    assert.match(await add('--redirect-uri', 'https://app.example/cb#x'), /fragment/u);
    assert.match(await add('--redirect-uri', 'nonsense'), /absolute/u);
    assert.match(await add('--redirect-uri', 'com.example.app:/cb'), /scheme/u);
    assert.match(await add(), /redirect/iu);
    assert.match(
      await add('--redirect-uri', 'https://a.example/', '--require-acr', 'gold'),
      /gold/u,
    );
    assert.match(await add('--redirect-uri', 'https://a.example/*'), /wildcards/u);
    assert.match(
      await add('--redirect-uri', 'https://a.example/', '--redirect-uri', 'https://a.example/'),
      /twice/u,
    );
    assert.match(
      await refused(
        ['client', 'add', 'Bad', '--kind', 'desktop', '--redirect-uri', 'https://a.example/'],
        2,
      ),
      /web, spa, native/u,
    );
  });

  it('refuses options that a kind of client cannot have, with the reason', async () => {
    const add = (...args: string[]) => refused(['client', 'add', 'Bad', ...args], 1);
    const uri = ['--redirect-uri', 'https://a.example/'];
    for (const kind of ['spa', 'native']) {
      const bare = await add('--kind', kind, ...uri, '--require-pkce', 'no');
      assert.match(bare, /--require-pkce.*cannot keep a secret.*RFC 9700/u);
      const called = await add(
        '--kind',
        kind,
        ...uri,
        '--backchannel-logout-uri',
        'https://a.example/out',
      );
      assert.match(called, /--backchannel-logout-uri.*no server/u);
      assert.match(await add('--kind', kind, ...uri, '--client-credentials'), /secret/u);
    }
    assert.match(await add('--kind', 'mail', ...uri), /--redirect-uri.*nobody signs in/u);
    await ok(['client', 'add', 'Dovecot', '--id', 'dovecot', '--kind', 'mail']);
    const changed = ['client', 'set', 'dovecot', '--require-acr', 'urn:latchkey:acr:mfa'];
    assert.match(await refused(changed, 1), /--require-acr.*nobody signs in/u);
  });
});
