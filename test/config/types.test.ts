import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configKeys, configVariables } from '../../src/config/keys.ts';

const keys = new Map(configKeys().map((key) => [key.path, key]));

/** Values that a key takes, and values that it refuses. */
const CASES: Readonly<Record<string, { takes: unknown[]; refuses: unknown[] }>> = {
  issuer: {
    takes: [
      'https://id.example.org',
      'https://id.example.org:8443',
      'http://localhost:3000',
      'http://id.localhost',
      'http://127.0.0.1:80'.replace(':80', ''),
      'http://[::1]:3000',
    ],
    refuses: [
      'http://id.example.org',
      'http://localhost.example.org',
      'https://id.example.org/',
      'https://id.example.org/sso',
      'https://id.example.org?a',
      'https://id.example.org#a',
      'https://me@id.example.org',
      'https://ID.example.org',
      'https://id.example.org:443',
      'https://*.example.org',
      'https://id.example.org\\',
      'ftp://id.example.org',
      'id.example.org',
      '',
      3,
    ],
  },
  'listen.host': {
    takes: ['127.0.0.1', '::', '0.0.0.0', 'localhost'],
    refuses: ['', 'a b', 'http://x'],
  },
  'listen.port': { takes: [0, 1, 65_535], refuses: [-1, 65_536, 1.5, '3000', true, Number.NaN] },
  proxies: {
    takes: [[], ['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', '0.0.0.0/0', '::/128']],
    refuses: [
      '10.0.0.1',
      ['proxy'],
      ['10.0.0.0/33'],
      ['::/129'],
      ['10.0.0.0/8/8'],
      ['10.0.0.0/'],
      [1],
    ],
  },
  internal_hosts: {
    takes: [['latchkey', 'latchkey:3000', '10.0.0.7']],
    refuses: [
      ['http://latchkey'],
      ['LATCHKEY'],
      ['latchkey/'],
      ['latchkey:80'],
      ['*.internal'],
      ['a b'],
    ],
  },
  'store.engine': { takes: ['sqlite', 'mongodb'], refuses: ['mongo', 'SQLite'] },
  'store.mongodb_url': {
    takes: [
      'mongodb://localhost/latchkey',
      'mongodb://a:b@one:27017,two:27017/latchkey?replicaSet=rs0&tls=true',
      'mongodb+srv://a:b@cluster.example/latchkey',
    ],
    refuses: ['mongodb://localhost', 'mongodb://localhost/', 'http://localhost/latchkey', ''],
  },
  'store.path': { takes: ['a.db'], refuses: ['', 1] },
  'encryption.key': {
    takes: ['A'.repeat(43), `${'A'.repeat(43)}\n${'b'.repeat(43)}\n`],
    refuses: ['', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}+`],
  },
  'log.level': { takes: ['trace', 'silent'], refuses: ['INFO', 'verbose', ''] },
  'log.requests': { takes: [true, false], refuses: ['yes', 'true', 1] },
  default_language: { takes: ['en', 'zh-Hant'], refuses: ['de', 'zh'] },
  'lifetimes.authorization_code': { takes: [1, 60], refuses: [0, 61] },
  'passwords.min_length': { takes: [15, 64], refuses: [14, 65] },
  'passwords.min_length_with_mfa': { takes: [8], refuses: [7] },
  'outgoing.private_origins': {
    takes: [['https://webmail.internal', 'http://10.0.0.7:8080']],
    refuses: [
      ['webmail.internal'],
      ['https://webmail.internal/'],
      ['https://*.internal'],
      ['ftp://x'],
    ],
  },
  'branding.name': {
    takes: ['Acme ID', '中文大學', 'x'.repeat(60)],
    refuses: ['', ' ', 'x'.repeat(61), 'a\nb', 'a\u202eb', 3],
  },
  'branding.colour': {
    takes: ['#0b5c8e', '#FC0'],
    refuses: ['', 'red', '#12345', '#0b5c8e80', '0b5c8e', 'rgb(1 2 3)', '#fff;}', 0],
  },
  'branding.help_url': {
    takes: ['https://help.example.org/sign-in?a=b#c', 'http://intranet'],
    refuses: [
      '',
      'help.example.org',
      'javascript:alert(1)',
      'https://a@b',
      'https://x/" y',
      'https://',
    ],
  },
  'branding.contact': {
    takes: ['IT service desk, it@example.org, extension 4000'],
    refuses: ['', ' ', 'a\nb', 'x'.repeat(201), 4000],
  },
  'mail.from': {
    takes: [
      'Latchkey <latchkey@localhost>',
      'a@example.org',
      '<a@example.org>',
      '登入 <a@b.c>',
      'Acme: sign-in; mail <a@b.c>',
      '"Acme, Inc." <a@b.c>',
      'A <b@c> <a@b.c>',
    ],
    refuses: [
      '',
      'Latchkey',
      'a@b\nBcc: c@d',
      'Latchkey <a@b',
      'A\r\nBcc: x <a@b>',
      'A\u202e <a@b>',
      'A <a@b, c@d>',
      'A: a@b, c@d;',
    ],
  },
  'mail.ehlo_name': {
    takes: ['id.example.org', 'mx', '[192.0.2.7]', '[IPv6:2001:db8::7]'],
    refuses: ['', 'a b', '192.0.2.7]', '[2001:db8::7]', '[IPv6:192.0.2.7]', 'x\r\nMAIL FROM:<a@b>'],
  },
  'mail.smtp_url': {
    takes: ['smtp://host', 'smtps://u:p%40ss@host:465', 'smtp://[::1]:25'],
    refuses: ['host:25', 'http://host', 'smtp://', ''],
  },
};

describe('what a key allows', () => {
  for (const [path, { takes, refuses }] of Object.entries(CASES)) {
    it(path, () => {
      const key = keys.get(path);
      assert.ok(key);
      for (const value of takes) assert.ok(key.zod.safeParse(value).success, String(value));
      for (const value of refuses) assert.ok(!key.zod.safeParse(value).success, String(value));
    });
  }
});

describe('variables', () => {
  it('are of one key each', () => {
    const names = configKeys().map(({ variable }) => variable);
    assert.equal(new Set(names).size, names.length);
    assert.ok(!names.includes('LATCHKEY_CONFIG'));
    assert.equal(keys.get('lifetimes.session_idle')?.variable, 'LATCHKEY_LIFETIMES_SESSION_IDLE');
  });

  it('are there as a file for every secret', () => {
    const variables = configVariables([...keys.values()]);
    const secrets = [...keys.values()].filter(({ secret }) => secret);
    assert.deepEqual(
      secrets.map(({ path }) => path),
      ['store.mongodb_url', 'encryption.key', 'mail.smtp_url'],
    );
    for (const { variable } of secrets) assert.ok(variables.has(`${variable}_FILE`));
    assert.equal(variables.get('LATCHKEY_ENCRYPTION_KEY_FILE')?.key.path, 'encryption.key_file');
  });
});
