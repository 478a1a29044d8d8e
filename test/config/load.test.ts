import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { Folder } from './setting.ts';

const folder = new Folder();
after(() => folder.remove());
const paths = (faults: readonly { path: string }[]): string[] => faults.map(({ path }) => path);

describe('where a value comes from', () => {
  it('is the default when nothing is given', () => {
    const config = folder.load();
    assert.equal(config.issuer, 'http://localhost:3000');
    assert.equal(config.lifetimes.session_absolute, 86_400);
    assert.equal(config.passwords.min_length, 15);
    assert.equal(config.mail.smtp_url, undefined);
    assert.deepEqual(config.proxies, []);
  });

  it('is the file before the default, and the environment before the file', () => {
    const text = 'listen:\n  port: 4000\n  host: 0.0.0.0\nlog:\n  requests: false\n';
    const config = folder.load(text, { LATCHKEY_LISTEN_PORT: '5000' });
    assert.deepEqual(config.listen, { host: '0.0.0.0', port: 5000, drain_ms: 0 });
    assert.deepEqual(config.log, { level: 'info', requests: false });
  });

  it('of the issuer is this machine’s at the port, unless it is given; a free port wants it', () => {
    const issuer = (text: string, env = {}) => folder.load(text, env).issuer;
    assert.equal(issuer('', { LATCHKEY_LISTEN_PORT: '4000' }), 'http://localhost:4000');
    assert.equal(issuer('listen: {port: 80}'), 'http://localhost');
    assert.equal(issuer('listen: {port: 1}', { LATCHKEY_LISTEN_PORT: '2' }), 'http://localhost:2');
    assert.equal(
      issuer('issuer: https://id.test', { LATCHKEY_LISTEN_PORT: '2' }),
      'https://id.test',
    );
    assert.equal(issuer('{issuer: "https://id.test", listen: {port: 0}}'), 'https://id.test');
    const [fault, ...more] = folder.faults('listen: {port: 0}');
    assert.deepEqual([fault?.path, fault?.from, more], ['issuer', 'config.yaml:1', []]);
    assert.match(fault?.message ?? '', /must be given where listen.port is 0/u);
  });

  it('is the file that --config names before the one of LATCHKEY_CONFIG', () => {
    folder.write('one.yaml', 'listen: {port: 1111}');
    folder.write('two.yaml', 'listen: {port: 2222}');
    const env = { LATCHKEY_CONFIG: 'one.yaml' };
    const cwd = folder.path;
    assert.equal(loadConfig({ env, cwd }).listen.port, 1111);
    assert.equal(loadConfig({ file: 'two.yaml', env, cwd }).listen.port, 2222);
  });

  it('is read from a variable by the type of its key', () => {
    const config = folder.load(undefined, {
      LATCHKEY_LOG_REQUESTS: 'false',
      LATCHKEY_PROXIES: '10.0.0.1, fd00::/8,',
      LATCHKEY_DEFAULT_LANGUAGE: 'zh-Hant',
      LATCHKEY_INTERNAL_HOSTS: '',
    });
    assert.equal(config.log.requests, false);
    assert.deepEqual(config.proxies, ['10.0.0.1', 'fd00::/8']);
    assert.equal(config.default_language, 'zh-Hant');
    assert.deepEqual(config.internal_hosts, []);
  });

  it('makes paths absolute from the working directory, wherever the file is', () => {
    const config = folder.load('store:\n  path: there/store.db\n', {
      LATCHKEY_ENCRYPTION_KEY_FILE: '/etc/latchkey.key',
    });
    assert.equal(config.store.path, join(folder.path, 'there/store.db'));
    assert.equal(config.encryption.key_file, '/etc/latchkey.key');
  });

  it('leaves variables alone that are not Latchkey’s, and those of Kubernetes', () => {
    folder.load(undefined, {
      PATH: '/bin',
      LATCHKEYS: 'x',
      LATCHKEY_PORT: 'tcp://10.0.0.1:3000',
      LATCHKEY_PORT_3000_TCP: 'tcp://10.0.0.1:3000',
      LATCHKEY_PORT_3000_TCP_ADDR: '10.0.0.1',
      LATCHKEY_SERVICE_HOST: '10.0.0.1',
      LATCHKEY_SERVICE_PORT_HTTP: '3000',
    });
    const meant = folder.faults(undefined, { LATCHKEY_PORT: '8080' });
    assert.deepEqual(paths(meant), ['LATCHKEY_PORT']);
  });

  it('cannot be changed afterwards', () => {
    const config = folder.load() as unknown as { listen: { port: number }; proxies: string[] };
    assert.throws(() => {
      config.listen.port = 1;
    }, TypeError);
    assert.throws(() => config.proxies.push('10.0.0.1'), TypeError);
  });

  it('is nothing of a file that is empty or holds comments only', () => {
    for (const text of ['', '# nothing\n', 'listen:\n', '---\n']) {
      assert.deepEqual(folder.load(text), folder.load());
    }
  });
});

describe('secrets', () => {
  const url = 'smtp://me:hunter2@mail.example.org:587';

  it('can be given as a file, whose last line end does not count', () => {
    folder.write('smtp', `${url}\n`);
    const env = { LATCHKEY_MAIL_SMTP_URL_FILE: 'smtp' };
    assert.equal(folder.load(undefined, env).mail.smtp_url, url);
  });

  it('cannot be given twice', () => {
    const env = { LATCHKEY_MAIL_SMTP_URL: url, LATCHKEY_MAIL_SMTP_URL_FILE: 'smtp' };
    const [fault] = folder.faults(undefined, env);
    assert.equal(fault?.path, 'mail.smtp_url');
    assert.match(fault.message, /Both LATCHKEY_MAIL_SMTP_URL and LATCHKEY_MAIL_SMTP_URL_FILE/u);
  });

  it('knows the encryption key’s file as a key of its own, and refuses both', () => {
    const key = Buffer.alloc(32, 7).toString('base64url');
    const config = folder.load(undefined, { LATCHKEY_ENCRYPTION_KEY: key });
    assert.equal(config.encryption.key, key);
    const both = { LATCHKEY_ENCRYPTION_KEY: key, LATCHKEY_ENCRYPTION_KEY_FILE: 'latchkey.key' };
    assert.deepEqual(paths(folder.faults(undefined, both)), ['encryption.key']);
  });

  it('are never in a message, wherever they were given', () => {
    folder.write('bad', 'hunter2 is my password');
    const sources: [string | undefined, Record<string, string>][] = [
      ['mail:\n  smtp_url: hunter2\nencryption: {key: hunter2}\n', {}],
      ['mail:\n  smtp_url: [hunter2]\n', {}],
      ['mail:\n  smtp_ulr: hunter2\n', {}],
      ['mail:\n  smtp_url: "hunter2\n', {}],
      ['mail:\n  smtp_url: *hunter2\n', {}],
      ['mail:\n  smtp_url: x\n hunter2\n', {}],
      ['mail:\n  smtp_url: !hunter2 x\n', {}],
      ['mail: hunter2\n', {}],
      ['smtp_url hunter2\n', {}],
      [undefined, { LATCHKEY_MAIL_SMTP_URL: 'hunter2' }],
      [undefined, { LATCHKEY_SMTP_URL: 'hunter2' }],
      [undefined, { LATCHKEY_MAIL_SMTP_URL_FILE: 'bad' }],
    ];
    for (const [text, env] of sources) {
      const error = folder.refusal(text, env);
      assert.doesNotMatch(JSON.stringify(error.faults) + error.message, /hunter2/u, text);
    }
  });
});

describe('faults', () => {
  it('are told all at once, from every source, each with its place', () => {
    const text = [
      'issuer: http://id.example.org/',
      'listen:',
      '  prot: 3000',
      '  port: 70000',
      'stoer: {}',
      'proxies: [10.0.0.1, 10.0.0.0/33]',
      'log: loud',
    ].join('\n');
    const env = {
      LATCHKEY_WORKERS: 'two',
      LATCHKEY_LISTEN_PROT: '3000',
      LATCHKEY_MAIL_SMTP_URL_FILE: 'missing',
    };
    const faults = folder.faults(text, env);
    const found = faults.map(({ path, from }) => `${path} @ ${from ?? '-'}`);
    assert.deepEqual(found.toSorted(), [
      'LATCHKEY_LISTEN_PROT @ -',
      'issuer @ config.yaml:1',
      'listen.port @ config.yaml:4',
      'listen.prot @ config.yaml:3',
      'log @ config.yaml:7',
      'mail.smtp_url @ LATCHKEY_MAIL_SMTP_URL_FILE',
      'proxies[1] @ config.yaml:6',
      'stoer @ config.yaml:5',
      'workers @ LATCHKEY_WORKERS',
    ]);
  });

  it('say why an issuer has no path, and what to have instead', () => {
    const { message } = folder.refusal('issuer: https://example.org/login\n', {});
    assert.match(message, /It is 'https:\/\/example\.org\/login'\./u);
    assert.match(message, /without path.* \(a host name of its own: cookies, passkeys and/u);
  });

  it('say what was found, what is allowed and what was probably meant', () => {
    const { message } = folder.refusal('listen:\n  port: many\n  hots: x\n', {
      LATCHKEY_STORE_PAHT: 'x',
    });
    assert.equal(
      message,
      `The configuration has 3 faults. Nothing has been started.

  listen.hots (config.yaml:3)
    There is no such key. Did you mean listen.host?

  LATCHKEY_STORE_PAHT
    There is no such variable. Did you mean LATCHKEY_STORE_PATH?

  listen.port (config.yaml:2)
    It is 'many'.
    Allowed: a whole number from 0 to 65535.`,
    );
  });

  it('name the variable of which a word was left out', () => {
    for (const [given, meant] of [
      ['LATCHKEY_PORT', 'LATCHKEY_LISTEN_PORT'],
      ['LATCHKEY_SMTP_URL', 'LATCHKEY_MAIL_SMTP_URL'],
      ['LATCHKEY_HOST', 'LATCHKEY_LISTEN_HOST'],
    ] as const)
      assert.match(
        folder.refusal('', { [given]: '1' }).message,
        new RegExp(`mean ${meant}\\?`, 'u'),
      );
    assert.doesNotMatch(folder.refusal('', { LATCHKEY_XYZ: '1' }).message, /mean/u);
  });

  it('count in a file that a variable overrides', () => {
    const faults = folder.faults('workers: 0\n', { LATCHKEY_WORKERS: '2' });
    assert.deepEqual(paths(faults), ['workers']);
  });

  it('are files that cannot be read', () => {
    const cwd = folder.path;
    const refused = (env: Record<string, string>, message: RegExp): void => {
      assert.throws(() => loadConfig({ env, cwd }), message);
    };
    refused({ LATCHKEY_CONFIG: 'none.yaml' }, /none\.yaml\n.*there is no such file/u);
    refused({ LATCHKEY_CONFIG: '.' }, /it is a folder/u);
    refused({ LATCHKEY_CONFIG: '' }, /LATCHKEY_CONFIG\n.*empty/u);
    refused({ LATCHKEY_MAIL_SMTP_URL_FILE: '.' }, /mail\.smtp_url.*\n.*it is a folder/u);
    if (process.getuid?.() === 0) return;
    folder.write('closed.yaml', '');
    chmodSync(join(cwd, 'closed.yaml'), 0);
    refused({ LATCHKEY_CONFIG: 'closed.yaml' }, /permission denied/u);
  });

  it('are files that are not YAML, or not keys with values', () => {
    for (const text of ['a: b: c', '\tlisten: 1', '[]', 'hello', 'workers: 1\nworkers: 2', '{']) {
      assert.match(folder.refusal(text).message, /config\.yaml:\d/u, text);
    }
    assert.match(folder.refusal('? [a]\n: 1').message, /not a name/u);
    assert.match(folder.refusal('workers: 1\n---\nworkers: 2').message, /YAML/u);
  });

  it('are keys without a value and keys where a section is', () => {
    assert.match(folder.refusal('listen:\n  port:\n').message, /It has no value\.\n {4}Allowed/u);
    assert.match(folder.refusal('listen: [3000]').message, /It is a section/u);
    assert.deepEqual(paths(folder.faults('workers:\n  count: 1')), ['workers']);
    assert.deepEqual(paths(folder.faults('"listen.port": 3000')), ['listen<point>port']);
    assert.deepEqual(paths(folder.faults('worker: 1\nissue: x')), ['worker', 'issue']);
    assert.deepEqual(paths(folder.faults('__proto__: {x: 1}\nconstructor: 1')).length, 2);
  });

  it('follow anchors of YAML, but not without end', () => {
    const text = 'proxies: &p [10.0.0.1]\noutgoing: {private_origins: *p}';
    assert.deepEqual(paths(folder.faults(text)), ['outgoing.private_origins[0]']);
    assert.ok(folder.faults('proxies: &p [*p]').length > 0);
  });
});
