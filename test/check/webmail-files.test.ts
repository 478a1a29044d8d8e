/** The files of examples/webmail, which lean on one another, on the templates, and on what the image has: none drifts from the rest. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { TEMPLATES, type TemplateId } from '../../src/templates/templates.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const HERE = 'examples/webmail';
const script = read(`${HERE}/debian.sh`);

const FILLED = [...script.matchAll(/^ {2}filled (\S+) (\S+)$/gmu)].map(([, from = '']) => from);
const NAMES = (/names='([A-Z0-9 ]+)'/u.exec(script)?.[1] ?? '').split(' ');
const OTHERS = ['FOLDER', 'DOMAIN', 'DOVEADM_KEY', 'DES_KEY'];
const all = FILLED.map((path) => read(`${HERE}/${path}`)).join('\n');

const filesOf = (id: TemplateId) =>
  TEMPLATES[id].files({
    issuer: 'http://localhost:18000',
    clientId: id,
    secret: 'a-secret',
    url: 'http://localhost:18001',
    name: 'Latchkey',
    mailbox: { domain: 'example.test' },
    folder: '/srv/webmail',
  });
const textOf = (id: TemplateId, name: string): string =>
  filesOf(id).find((file) => file.name === name)?.text ?? assert.fail(name);

describe('debian.sh', () => {
  it('fills in every name that its files have, and has none that no file uses', () => {
    const named = [
      ...all.matchAll(/@([A-Z0-9_]+)@/gu),
      ...script.matchAll(/\$([A-Z][A-Z0-9]+)\b/gu),
    ];
    const used = new Set(named.map(([, name = '']) => name));
    for (const name of ['PATH', 'LATCHKEY']) used.delete(name);
    assert.deepEqual([...used].toSorted(), [...NAMES, ...OTHERS].toSorted());
    const there = readdirSync(join(root, HERE), { recursive: true, encoding: 'utf8' });
    const files = there.filter((path) => /\.(?:conf|cf|php|in)$/u.test(path));
    assert.deepEqual(FILLED.toSorted(), files.toSorted());
  });

  it('changes lines that the template of Postfix has, and mounts no name that it has not', () => {
    const names = filesOf('postfix').map(({ name }) => name);
    for (const [, name = ''] of script.matchAll(/latchkey-postfix\/(\S+?)"/gu))
      assert.ok(names.includes(name), name);
    assert.match(textOf('postfix', 'latchkey-main.cf'), /^smtpd_sender_login_maps/mu);
    assert.match(textOf('postfix', 'latchkey-master.cf'), /^submission inet n - y/mu);
    for (const pattern of ['^smtpd_sender_login_maps', '^submission inet n - y'])
      assert.ok(script.includes(`s|${pattern}`), pattern);
    const socket = /smtpd_sasl_path = (\S+)/u.exec(textOf('postfix', 'latchkey-main.cf'))?.[1];
    assert.ok(read(`${HERE}/dovecot/dovecot.conf`).includes(`/postfix/spool/${socket} {`), socket);
  });

  it('includes what the templates of Dovecot and Roundcube write', () => {
    const dovecot = /^!include @FOLDER@\/dovecot\/(\S+)$/mu.exec(all)?.[1] ?? '';
    assert.match(textOf('dovecot', dovecot), /passdb/u);
    const roundcube = /^include __DIR__ \. '\/(\S+)';$/mu.exec(all)?.[1] ?? '';
    assert.match(textOf('roundcube-1.6', roundcube), /oauth_client_id/u);
    for (const id of ['dovecot', 'roundcube-1.6']) assert.ok(script.includes(`--template ${id} `));
  });

  it('has the ports that README and the head of compose.yml tell', () => {
    const first = Number(/WEBMAIL_PORT:-(\d+)\}/u.exec(script)?.[1]);
    const portOf = (name: string): number => first + NAMES.indexOf(name);
    const readme = read(`${HERE}/README.md`);
    for (const [name, told] of [
      ['ISSUER', `http://localhost:${portOf('ISSUER')}/account`],
      ['WEBMAIL', `<http://localhost:${portOf('WEBMAIL')}>`],
      ['IMAP', `IMAP at \`127.0.0.1:${portOf('IMAP')}\``],
      ['SUBMISSION', `SMTP at \`127.0.0.1:${portOf('SUBMISSION')}\``],
    ] as const)
      assert.ok(readme.includes(told), name);
    assert.ok(read(`${HERE}/compose.yml`).includes(`http://localhost:${portOf('WEBMAIL')}\n`));
    assert.match(script, /that port and the ten after it/u);
    assert.equal(NAMES.length, 11);
  });
});

describe('compose.yml of the webmail', () => {
  const text = read(`${HERE}/compose.yml`);
  const compose = parse(text) as {
    services: Record<string, Record<string, unknown>>;
    volumes: Record<string, unknown>;
  };
  const webmail = compose.services['webmail'] ?? assert.fail();
  const build = webmail['build'] as { context: string; dockerfile_inline: string };
  const command = ((webmail['command'] as string[])[2] ?? '').replaceAll('$$', '$');

  it('is built on the Debian that README names, with the Node of the other image', () => {
    const [, node, debian] = /^FROM node:(\d+)-(\w+)-slim$/mu.exec(build.dockerfile_inline) ?? [];
    assert.equal(
      node,
      /^ARG BASE=docker\.io\/library\/node:(\d+)[.-]/mu.exec(read('Dockerfile'))?.[1],
    );
    assert.equal(debian, 'bookworm');
    assert.match(read(`${HERE}/README.md`), /^## On Debian 12$/mu);
    const context = join(HERE, build.context);
    assert.ok(existsSync(join(root, context, 'package.json')), context);
    const copied = [...build.dockerfile_inline.matchAll(/^COPY (.*) \S+$/gmu)];
    const paths = copied.flatMap(([, list = '']) => list.split(' ')).filter((path) => path !== '.');
    const allowed = read('.dockerignore').split('\n');
    for (const path of paths) {
      assert.ok(existsSync(join(root, path)), path);
      assert.ok(allowed.includes(`!${path}`), path);
    }
  });

  it('mounts the examples where its command looks for them, and keeps what is set up in its volume', () => {
    const [examples = '', kept = ''] = webmail['volumes'] as string[];
    const [source = '', target = ''] = examples.split(':');
    assert.equal(join('/', HERE, source), '/examples');
    const workdir = /^WORKDIR (\S+)$/mu.exec(build.dockerfile_inline)?.[1] ?? '';
    assert.equal(target, `${workdir}/examples`);
    assert.ok(existsSync(join(root, HERE, 'debian.sh')));
    const [name = '', folder = ''] = kept.split(':');
    assert.ok(name in compose.volumes);
    const named = new Set(
      [...text.matchAll(/(?<![\w/.])\/(\w+)(?=[/ ]|$)/gmu)].map(([, at]) => `/${at}`),
    );
    named.delete('/dev');
    named.delete(`/${target.split('/')[1]}`);
    assert.deepEqual([...named], [folder]);
  });

  it('calls debian.sh as it can be called, and reads what that writes', () => {
    execFileSync('sh', ['-n', '-c', command]);
    const actions = /\n {4}(setup[a-z| ]*)\)\n/u.exec(script)?.[1]?.split(' | ') ?? [];
    const called = [...text.matchAll(/(?:\$\$script|debian\.sh) (\w+)/gu)].map(
      ([, action]) => action,
    );
    for (const action of called) assert.ok([...actions, 'install'].includes(action ?? ''), action);
    assert.match(script, />>"\$folder\/run\/latchkey\.log"/u);
    assert.match(all, /^log_path = @FOLDER@\/run\/dovecot\.log$/mu);
    assert.match(all, /^maillog_file = @FOLDER@\/run\/postfix\.log$/mu);
    assert.match(all, /^base_dir = @FOLDER@\/run\/dovecot$/mu);
    const logs = [...command.matchAll(/run\/(\w+)\.log/gu)].map(([, log]) => log);
    assert.deepEqual(logs, ['latchkey', 'dovecot', 'postfix']);
  });

  it('asks for the health of what is registered to be at the host’s own address', () => {
    assert.equal(webmail['network_mode'], 'host');
    const { test } = webmail['healthcheck'] as { test: string[] };
    const asked = (test[1] ?? '').replaceAll('$$', '$');
    execFileSync('sh', ['-n', '-c', asked]);
    for (const name of ['ISSUER', 'WEBMAIL']) {
      assert.ok(NAMES.includes(name));
      assert.ok(asked.includes(`$${name}/`), name);
    }
    for (const path of ['/healthz', '/robots.txt']) assert.ok(script.includes(`${path}"`), path);
    assert.match(script, /^packages='curl /mu);
  });
});
