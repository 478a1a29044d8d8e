/** What the other side of a known app is told: registered with everything right, printed complete. */
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { TEMPLATES, CLIENT_TEMPLATES } from '../../src/templates/templates.ts';
import type { TemplateFile } from '../../src/templates/template.ts';
import { newInstallation, type Installation } from '../support/command-line.ts';

const URL_OF_APP = 'https://app.example.org';
const MAILBOX = {
  LATCHKEY_MAILBOX_DOMAIN: 'example.org',
  LATCHKEY_MAILBOX_IMAP: 'imap://127.0.0.1:1143',
  LATCHKEY_MAILBOX_SMTP: 'smtp://submit.example.org',
  LATCHKEY_MAILBOX_SIEVE: 'sieve://sieve.example.org',
};

let latchkey: Installation;
before(async () => {
  latchkey = await newInstallation();
});
after(() => latchkey.remove());

const run = async (args: string[], stdin = '', env: Record<string, string> = {}) => {
  const ran = await latchkey.run(args, stdin, { env: { ...latchkey.env, ...env } });
  assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.stderr}${ran.stdout}`);
  return ran;
};
const refused = async (...args: string[]): Promise<string> => {
  const ran = await latchkey.run(args);
  assert.equal(ran.code, 2, `${args.join(' ')}: ${ran.stdout}${ran.stderr}`);
  return ran.stderr;
};
const filesOf = (json: Record<string, unknown>) => json['files'] as TemplateFile[];
const textOf = (json: Record<string, unknown>, name: string): string =>
  filesOf(json).find((file) => file.name === name)?.text ?? assert.fail(name);

describe('client add --template', () => {
  it('registers each as its template says, and fills the files in with its id and secret', async () => {
    for (const template of CLIENT_TEMPLATES) {
      const url = TEMPLATES[template].hasUrl ? ['--url', `${URL_OF_APP}/`] : [];
      const { json } = await run(['client', 'add', '--template', template, ...url, '--json']);
      const { client_id: id, client_secret: secret } = json as Record<string, string>;
      const texts = filesOf(json).map(({ text }) => text);
      assert.ok(
        texts.some((text) => text.includes(secret ?? '')),
        template,
      );
      assert.ok(
        texts.some((text) => text.includes(id ?? '')),
        template,
      );
      assert.equal(json['name'], TEMPLATES[template].title);
      if (url.length === 0) continue;
      for (const uri of json['redirect_uris'] as string[]) assert.ok(uri.startsWith(URL_OF_APP));
      assert.equal(json['require_pkce'], template !== 'roundcube-1.6');
      for (const { secret: isSecret, text } of filesOf(json))
        assert.equal(isSecret, text.includes(secret ?? ''), 'a file with a secret says so');
    }
  });

  it('goes by what else was said', async () => {
    const add = ['client', 'add', 'Post', '--template', 'roundcube-1.6', '--url', URL_OF_APP];
    const { json } = await run([...add, '--id', 'post', '--require-pkce', 'yes', '--json']);
    assert.deepEqual(
      [json['name'], json['client_id'], json['require_pkce']],
      ['Post', 'post', true],
    );
    assert.match(
      await refused('client', 'add', '--template', 'roundcube-1.6'),
      /--url is missing/u,
    );
    assert.match(await refused('client', 'add', 'X', '--url', URL_OF_APP), /goes with --template/u);
    const odd = ['client', 'add', '--template', 'nextcloud', '--url'];
    for (const url of ['cloud.example.org', 'ftp://cloud.example.org', 'https://a.example?x'])
      assert.match(await refused(...odd, url), /must be an address/u);
    assert.match(
      await refused('client', 'add', '--template', 'dovecot', '--url', URL_OF_APP),
      /no --url/u,
    );
  });

  it('writes the files, each naming the others as they lie, and loses none to one that is there', async () => {
    const folder = join(latchkey.folder, 'dovecot');
    await mkdir(folder);
    await writeFile(join(folder, 'latchkey-token.conf.ext'), 'mine');
    const add = ['client', 'add', '--template', 'dovecot', '--id', 'imap', '--folder', folder];
    const { stdout } = await run(add);
    const config = await readFile(join(folder, '99-latchkey.conf'), 'utf8');
    assert.ok(config.includes(`args = ${folder}/latchkey-passcode.conf.ext`));
    const { mode } = await stat(join(folder, 'latchkey-passcode.conf.ext'));
    assert.equal(mode & 0o777, 0o600);
    assert.equal(await readFile(join(folder, 'latchkey-token.conf.ext'), 'utf8'), 'mine');
    const secret = /^client_secret: {2}(\S+)/mu.exec(stdout)?.[1] ?? assert.fail();
    assert.match(stdout, /is there already, and was left/u);
    assert.ok(stdout.split('It would be')[1]?.includes(`client_secret = ${secret}`));
  });
});

describe('mail config', () => {
  it('fills in where mailboxes are, and says what nobody has said', async () => {
    const { json } = await run(['mail', 'config', 'roundcube', '--json'], '', MAILBOX);
    const text = textOf(json, 'latchkey.inc.php');
    assert.match(text, /'imap_host'\] = '127\.0\.0\.1:1143';/u);
    assert.match(text, /'smtp_host'\] = 'tls:\/\/submit\.example\.org:587';/u);
    assert.match(text, /'managesieve_host'\] = 'tls:\/\/sieve\.example\.org:4190';/u);
    const bare = (await run(['mail', 'config', 'roundcube-1.7'])).stdout;
    assert.match(bare, /'imap_host'\] = 'ssl:\/\/mail\.example\.org:993';/u);
    assert.match(bare, /mailbox\.domain, mailbox\.imap, mailbox\.smtp is not configured here/u);
    const { json: postfix } = await run(['mail', 'config', 'postfix', '--json'], '', MAILBOX);
    assert.equal(textOf(postfix, 'latchkey-senders.regexp'), '/^([^@]+@example\\.org)$/ ${1}\n');
  });

  it('takes a secret from a file or standard input, never as a word of the command', async () => {
    const config = ['mail', 'config', 'dovecot', '--client', 'imap', '--json', '--secret-file'];
    const file = join(latchkey.folder, 'secret');
    await writeFile(file, 'it is'.replace(' ', '-').concat('\n'));
    await chmod(file, 0o600);
    const taken = async (from: string, stdin = '') =>
      textOf((await run([...config, from], stdin)).json, 'latchkey-token.conf.ext');
    assert.match(await taken(file), /^client_secret = it-is$/mu);
    assert.match(await taken('-', 'a"b\\\n'), /^client_secret = "a\\"b\\\\"$/mu);
    const none = await latchkey.run([...config, '-'], ' \n');
    assert.equal(none.code, 2);
    assert.match(await refused('mail', 'config', 'dovcot'), /one of: dovecot.*Did you mean/su);
    const nobody = await latchkey.run(['mail', 'config', 'dovecot', '--client', 'nobody']);
    assert.match(nobody.stderr, /nobody/u);
  });

  it('lets nothing out of its place in a file of PHP or of a shell', async () => {
    const name = `x'; system('id'); //`;
    const { stdout } = await run(['mail', 'config', 'roundcube'], '', {
      LATCHKEY_BRANDING_NAME: name,
    });
    assert.ok(stdout.includes(`= 'x\\'; system(\\'id\\'); //';`));
    const values = { issuer: 'http://localhost', clientId: 'c', url: `https://x/$(id)'`, name };
    const [file] = TEMPLATES.nextcloud.files({ ...values, secret: `a'b`, mailbox: {} });
    assert.ok(file?.text.includes(String.raw`LATCHKEY_SECRET='a'\''b'`));
    assert.ok(file?.text.includes(String.raw`--postlogouturi='https://x/$(id)'\''/'`));
  });
});
