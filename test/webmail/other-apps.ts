/** Apps that are no webmail, with the real software: Apache's mod_auth_openidc, configured as its template prints it. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../support/free-port.ts';
import { navigate } from '../support/navigation.ts';
import { byOperator } from '../support/by-operator.ts';
import { createHttpBrowser, type HttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import { startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { goThrough } from '../support/sign-in.ts';
import { TEMPLATES, type TemplateId } from '../../src/templates/templates.ts';

const MODULES = '/usr/lib/apache2/modules';
const CLIENT = { name: 'App', organisations: ['acme'] };

let server: TestServer;
let folder: string;
const running: ChildProcess[] = [];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-apps-'));
  server = await startTestServer();
});
after(async () => {
  for (const child of running) child.kill();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Registered as the template says; what it would be told to be configured with. */
async function fromTemplate(
  template: Exclude<TemplateId, 'postfix'>,
  url: string,
): Promise<string> {
  const { client: fields, files } = TEMPLATES[template];
  const { client, secret } = await byOperator(server).addClient({ ...CLIENT, ...fields(url) });
  const values = { issuer: server.issuer, clientId: client.id, secret: secret ?? '', url };
  const [file] = files({ ...values, name: 'Latchkey', mailbox: {}, folder });
  return file?.text ?? '';
}

async function start(program: string, args: string[], url: string): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  running.push(child);
  const ended = once(child, 'exit');
  for (let tries = 0; tries < 100; tries += 1) {
    if (child.exitCode !== null) break;
    const answer = await fetch(url, { redirect: 'manual' }).catch(() => undefined);
    if (answer) return;
    await Promise.race([setTimeout(100), ended]);
  }
  throw new Error(`${program} did not answer.`);
}

/** From the app's page through the sign-in and back to it. */
async function enter(
  person: TestPerson,
  page: string,
): Promise<{ app: HttpBrowser; last: HtmlPage }> {
  const app = createHttpBrowser(page, {}, navigate);
  const away = await app.open(page);
  const browser = createHttpBrowser(server.issuer);
  const back = await goThrough(browser, person, await browser.open(away.url));
  assert.ok(
    back.url.href.startsWith(new URL(page).origin),
    `${back.url} ${back.html.slice(0, 500)}`,
  );
  return { app, last: await app.open(back.url) };
}

describe('mod_auth_openidc', () => {
  const skip = existsSync(`${MODULES}/mod_auth_openidc.so`) ? false : 'libapache2-mod-auth-openidc';
  it('lets nobody in but who has signed in, and knows their login', { skip }, async () => {
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const module_ = (name: string): string => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`;
    const modules = [
      'mpm_event',
      'authn_core',
      'authz_core',
      'authz_user',
      'auth_openidc',
      'dir',
      'include',
      'mime',
    ];
    const site = join(folder, 'www');
    await mkdir(site);
    await writeFile(join(site, 'index.shtml'), 'Hello <!--#echo var="REMOTE_USER" -->');
    const told = await fromTemplate('mod-auth-openidc', url);
    const file = join(folder, 'apache.conf');
    const conf = [
      'ServerName localhost',
      `Listen 127.0.0.1:${port}`,
      `PidFile ${folder}/apache.pid`,
      `ErrorLog ${folder}/apache.log`,
      `DefaultRuntimeDir ${folder}`,
      `Mutex file:${folder} default`,
      'User www-data',
      'Group www-data',
      ...modules.map(module_),
      'TypesConfig /etc/mime.types',
      `DocumentRoot ${site}`,
      'DirectoryIndex index.shtml',
      'AddType text/html .shtml',
      'AddOutputFilter INCLUDES .shtml',
      `<Directory ${site}>`,
      '  Options +Includes',
      '</Directory>',
      told.replace('PASSPHRASE', 'a'.repeat(64)),
    ];
    await writeFile(file, conf.join('\n'));
    await chown(folder, 33, 33);
    await start('apache2', ['-d', '/etc/apache2', '-f', file, '-D', 'FOREGROUND'], url);
    const person = await server.addPerson({ login: 'rita' }, { totp: true });
    const { app, last } = await enter(person, `${url}/`);
    assert.match(last.html, /Hello rita/u, await readFile(join(folder, 'apache.log'), 'utf8'));
    assert.match((await app.open(`${url}/`)).html, /Hello rita/u);
    assert.doesNotMatch(
      (await createHttpBrowser(url, {}, navigate).open(`${url}/`)).html,
      /Hello/u,
    );
  });
});
