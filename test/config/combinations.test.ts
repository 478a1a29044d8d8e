/** Values that cannot be right together, and files that cannot be what they are for: all of them, before anything starts. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ConfigError, type Fault } from '../../src/config/faults.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Folder } from './setting.ts';

const folder = new Folder();
after(() => folder.remove());

const MACHINE = { memory: 2_000_000_000, processors: 4 };

function faults(env: Record<string, string>, serving = false): readonly Fault[] {
  try {
    loadConfig({ env: prefixed(env), cwd: folder.path, machine: MACHINE, serving });
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

const prefixed = (env: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [`LATCHKEY_${name}`, value]));

type Case = [env: Record<string, string>, path: string, message: RegExp];

const CONTRADICTIONS: readonly Case[] = [
  [
    { LIFETIMES_SESSION_IDLE: '90000' },
    'lifetimes.session_idle',
    /90000 s, longer than lifetimes\.session_absolute \(86400 s\): .* Make it 86400 at most/u,
  ],
  [{ LIFETIMES_SIGN_IN: '60', LIFETIMES_EMAIL_CODE: '300' }, 'lifetimes.email_code', /sign-in/u],
  [
    { LIFETIMES_ACCESS_TOKEN: '7200', LIFETIMES_REFRESH_TOKEN: '3600' },
    'lifetimes.access_token',
    /what renews the token ends before it/u,
  ],
  [
    { PASSWORDS_MIN_LENGTH_WITH_MFA: '20' },
    'passwords.min_length_with_mfa',
    /20, more than passwords\.min_length \(15\)/u,
  ],
  [
    { METRICS_ENABLED: 'true', METRICS_PORT: '3000', METRICS_HOST: '0.0.0.0' },
    'metrics.port',
    /3000, as listen\.port is.* port of its own/u,
  ],
  [
    { PASSWORDS_HASH_MEMORY_KIB: '1000000' },
    'passwords.hash_memory_kib',
    /1000000 KiB, and up to 3 passwords .* 3072 MB, where this machine .* has 2000 MB\. Make it \d+ at most\./u,
  ],
  [
    { PASSWORDS_HASH_MEMORY_KIB: '300000', WORKERS: '8' },
    'passwords.hash_memory_kib',
    /up to 8 passwords .* or have fewer workers/u,
  ],
  [
    { MAILBOX_DOVEADM_URL: 'https://mail.test/doveadm/v1' },
    'mailbox.doveadm_key_file',
    /mailbox\.doveadm_url is set, but this is not/u,
  ],
  [
    { ENCRYPTION_KEY_FILE: 'data/latchkey.db-wal' },
    'encryption.key_file',
    /latchkey\.db-wal, which is for store\.path and what SQLite keeps beside it/u,
  ],
  [
    { BRANDING_LOGO: './data/../data/latchkey.key' },
    'branding.logo',
    /latchkey\.key, which is for encryption\.key_file/u,
  ],
  [{ PROXIES: '10.0.0.1,0.0.0.0/0' }, 'proxies', /0\.0\.0\.0\/0, which is every address/u],
  [{ PROXIES: '::/0' }, 'proxies', /every address/u],
];

describe('values that cannot be right together', () => {
  for (const [env, path, message] of CONTRADICTIONS)
    it(`are named: ${JSON.stringify(env)}`, () => {
      const [fault, ...more] = faults(env);
      assert.equal(fault?.path, path);
      assert.match(fault?.message ?? '', message);
      assert.deepEqual(more, []);
    });

  it('are not those where a default gives way, the port is free to take, or nothing is served', () => {
    const fine: Record<string, string>[] = [
      { LIFETIMES_SESSION_ABSOLUTE: '600' },
      { METRICS_PORT: '3000' },
      { METRICS_ENABLED: 'true', METRICS_PORT: '3000', METRICS_HOST: '192.0.2.1' },
      { STORE_ENGINE: 'mongodb', STORE_MONGODB_URL: 'mongodb://db/latchkey' },
      { ENCRYPTION_KEY: 'A'.repeat(43), BRANDING_LOGO: 'data/latchkey.key' },
      { PROXIES: '10.0.0.0/8' },
    ];
    for (const env of fine) assert.deepEqual(faults(env), [], JSON.stringify(env));
  });

  it('are told with all that is wrong otherwise, but not what hangs on a value that is', () => {
    const found = faults({
      LISTEN_PORT: '99999',
      METRICS_ENABLED: 'true',
      METRICS_PORT: '99999',
      WORKERS: '0',
      PASSWORDS_HASH_MEMORY_KIB: '1000000',
      PROXIES: '10.0.0.0/33,300.0.0.1,::/0',
      PASSWORDS_MIN_LENGTH_WITH_MFA: '20',
      LIFETIMES_SESSION_IDLE: '90000',
    });
    const paths = found.map(({ path }) => path).toSorted();
    assert.deepEqual(paths, [
      'lifetimes.session_idle',
      'listen.port',
      'metrics.port',
      'passwords.min_length_with_mfa',
      'proxies[0]',
      'proxies[1]',
      'workers',
    ]);
    const idle = found.find(({ path }) => path === 'lifetimes.session_idle');
    assert.equal(idle?.from, 'LATCHKEY_LIFETIMES_SESSION_IDLE');
  });
});

describe('files of a server', () => {
  const path = (name: string): string => join(folder.path, name);
  mkdirSync(path('folder'), { recursive: true });
  writeFileSync(path('file'), 'text');
  const isRoot = process.geteuid?.() === 0;

  const places: readonly Case[] = [
    [{ STORE_ENGINE: 'mongodb' }, 'store.mongodb_url', /store\.engine is mongodb, but/u],
    [{ STORE_PATH: 'folder' }, 'store.path', /folder, which is a folder\. Name a file/u],
    [{ STORE_PATH: 'file/x/y.db' }, 'store.path', /file is a file\. Choose another place/u],
    [{ ENCRYPTION_KEY_FILE: 'folder' }, 'encryption.key_file', /which is a folder/u],
    [{ ENCRYPTION_KEY_FILE: 'file/k' }, 'encryption.key_file', /file is a file\. Choose/u],
    [{ BRANDING_LOGO: 'nothing.svg' }, 'branding.logo', /there is no such file/u],
    [{ BRANDING_LOGO: 'folder' }, 'branding.logo', /which is a folder/u],
  ];
  for (const [env, at, message] of places)
    it(`are looked at before it starts: ${JSON.stringify(env)}`, () => {
      const [fault, ...more] = faults(env, true);
      assert.equal(fault?.path, at);
      assert.match(fault?.message ?? '', message);
      assert.deepEqual(more, []);
      assert.deepEqual(faults(env), [], 'a command has messages of its own');
    });

  it('may not be on a disk, or in a folder, where nothing can be written', { skip: isRoot }, () => {
    mkdirSync(path('locked'), { mode: 0o500 });
    const [fault] = faults({ STORE_PATH: 'locked/latchkey.db' }, true);
    assert.match(
      fault?.message ?? '',
      /nothing can be written in the folder .* permission denied/u,
    );
    mkdirSync(path('open'));
    writeFileSync(path('open/latchkey.db'), '');
    chmodSync(path('open/latchkey.db'), 0o400);
    const [other] = faults({ STORE_PATH: 'open/latchkey.db' }, true);
    assert.match(other?.message ?? '', /cannot be used: permission denied\. Give .* \(chown\)/u);
  });

  it('are all told of at once, and none is made', () => {
    const before = readdirSync(folder.path);
    const env = { STORE_PATH: 'folder', BRANDING_LOGO: 'nothing.svg', PROXIES: '::/0' };
    const paths = faults(env, true).map(({ path: at }) => at);
    assert.deepEqual(paths.toSorted(), ['branding.logo', 'proxies', 'store.path']);
    assert.deepEqual(readdirSync(folder.path), before);
  });
});

describe('a secret’s file', () => {
  const read = (content: string | Buffer, name = 'MAIL_SMTP_URL'): readonly Fault[] => {
    writeFileSync(join(folder.path, 'secret'), content, { mode: 0o600 });
    return faults({ [`${name}_FILE`]: 'secret' });
  };
  const url = 'smtps://me:word@mail.test';

  it('has one line, whatever ends it', () => {
    for (const end of ['', '\n', '\r\n']) assert.deepEqual(read(url + end), []);
    const keys = `${'A'.repeat(43)}\n${'B'.repeat(43)}\n\n`;
    assert.deepEqual(read(keys, 'ENCRYPTION_KEY'), [], 'keys have a line each');
  });

  const refused: readonly [content: string | Buffer, why: RegExp][] = [
    [`${url}\n\n`, /ends in 2 line breaks, where one is left out\. Remove the empty lines/u],
    [`${url}\r\n\r\n\r\n`, /ends in 3 line breaks/u],
    [`${url}\n# mine\n`, /has 2 lines, where a secret has one/u],
    [`\n${url}`, /has 2 lines/u],
    ['', /is empty/u],
    [' \n', /is empty/u],
    [`\ufeff${url}`, /begins with a byte order mark \(of UTF-8\).* Save it as UTF-8 without one/u],
    [Buffer.from(`\ufeff${url}`, 'utf16le'), /byte order mark \(of UTF-16\)/u],
    [Buffer.from(`\ufeff${url}`, 'utf16le').swap16(), /byte order mark \(of UTF-16\)/u],
    [Buffer.from(url, 'utf16le'), /zero bytes/u],
    [Buffer.from([0x73, 0xe9, 0x0a]), /is not UTF-8/u],
  ];
  for (const [content, why] of refused)
    it(`is refused, and not shown: ${JSON.stringify(String(content))}`, () => {
      const [fault, ...more] = read(content);
      assert.deepEqual(
        [fault?.path, fault?.from],
        ['mail.smtp_url', 'LATCHKEY_MAIL_SMTP_URL_FILE'],
      );
      assert.match(fault?.message ?? '', why);
      assert.ok(fault?.message.includes(join(folder.path, 'secret')));
      assert.ok(!fault?.message.includes('word'));
      assert.deepEqual(more, []);
    });
});

describe('YAML that is read in more than one way', () => {
  const cases: readonly [text: string, path: string, message: RegExp, line: number][] = [
    ['a: &a {port: 1}\nlisten:\n  <<: *a\n', 'listen.<<', /Keys are not merged \(<<\)\. Write/u, 3],
    ['workers: 2\nworkers: 3\n', 'config.yaml', /of this name stands in the same section/u, 2],
    ['listen:\n\tport: 3\n', 'config.yaml', /indented with a tab\. YAML wants spaces/u, 2],
    ['workers: 2\n---\nworkers: 3\n', 'config.yaml', /second YAML document/u, 2],
    ['workers: *many\n', 'workers', /Nothing above has the anchor/u, 1],
    [bomb(), 'proxies', /Its aliases \(\*\) make more of it/u, 8],
  ];
  for (const [text, path, message, line] of cases)
    it(`is refused with its line: ${JSON.stringify(text.slice(0, 40))}`, () => {
      const found = folder.faults(text).filter(({ message: said }) => message.test(said));
      assert.equal(found.length, 1, JSON.stringify(folder.faults(text)));
      assert.ok([path, '(document)'].includes(found[0]?.path ?? '') || path === 'config.yaml');
      assert.equal(found[0]?.from, `config.yaml:${line}`);
    });

  it('is UTF-8, and not endless', () => {
    assert.equal(folder.load('\ufeffworkers: 2').workers, 2);
    writeFileSync(join(folder.path, 'wide.yaml'), Buffer.from('\ufeffworkers: 2', 'utf16le'));
    writeFileSync(join(folder.path, 'long.yaml'), `# ${'x'.repeat(200_000)}\n`);
    const said = (file: string) => {
      try {
        return JSON.stringify(loadConfig({ file, env: {}, cwd: folder.path }));
      } catch (error) {
        return String(error);
      }
    };
    assert.match(said('wide.yaml'), /It begins with a byte order mark \(of UTF-16\)/u);
    assert.match(said('long.yaml'), /It has 200003 bytes; no configuration is as long/u);
  });
});

/** Nine lists of nine of the one before: a billion. */
function bomb(): string {
  const names = 'abcdefg';
  const lines = [...names].map((name, at) => {
    const of = at === 0 ? "'10.0.0.1'" : `*${names[at - 1] ?? ''}`;
    return `${name}: &${name} [${Array.from({ length: 9 }, () => of).join(', ')}]`;
  });
  return `${lines.join('\n')}\nproxies: *g\n`;
}
