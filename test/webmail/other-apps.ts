/** Apps that are no webmail, with the real software, configured as their templates print it: mod_auth_openidc and oauth2-proxy. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { newPerson, openBrowser } from '../support/browser.ts';
import { runHere } from '../support/command-line.ts';
import { freePort } from '../support/free-port.ts';
import { navigate } from '../support/navigation.ts';
import { byOperator } from '../support/by-operator.ts';
import { createHttpBrowser, type HttpBrowser, type HtmlPage } from '../support/http-browser.ts';
import { PASSWORD, startTestServer, type TestPerson, type TestServer } from '../support/server.ts';
import { goThrough } from '../support/sign-in.ts';
import { TEMPLATES, type TemplateId } from '../../src/templates/templates.ts';
import { oauth2Proxy } from './oauth2-proxy-program.ts';

const MODULES = '/usr/lib/apache2/modules';
const APACHE_MISSING = 'it wants libapache2-mod-auth-openidc, and root';
const PROXY_MISSING = 'oauth2-proxy is not on PATH, and OAUTH2_PROXY names none';
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
): Promise<{ app: HttpBrowser; browser: HttpBrowser; last: HtmlPage }> {
  const app = createHttpBrowser(page, {}, navigate);
  const away = await app.open(page);
  const browser = createHttpBrowser(server.issuer);
  const back = await goThrough(browser, person, await browser.open(away.url));
  assert.ok(
    back.url.href.startsWith(new URL(page).origin),
    `${back.url} ${back.html.slice(0, 500)}`,
  );
  return { app, browser, last: await app.open(back.url) };
}

describe('mod_auth_openidc', () => {
  const isThere = existsSync(`${MODULES}/mod_auth_openidc.so`);
  const skip = isThere && process.getuid?.() === 0 ? false : APACHE_MISSING;
  it(
    'lets nobody in but who has signed in, knows their login, and signs out',
    { skip },
    async () => {
      const port = await freePort();
      const url = `http://localhost:${port}`;
      const module_ = (name: string): string =>
        `LoadModule ${name}_module ${MODULES}/mod_${name}.so`;
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
      const { app, browser, last } = await enter(person, `${url}/`);
      assert.match(last.html, /Hello rita/u, await readFile(join(folder, 'apache.log'), 'utf8'));
      assert.match((await app.open(`${url}/`)).html, /Hello rita/u);
      assert.doesNotMatch(
        (await createHttpBrowser(url, {}, navigate).open(`${url}/`)).html,
        /Hello/u,
      );
      const out = `${url}/latchkey/redirect?logout=${encodeURIComponent(`${url}/`)}`;
      const question = await browser.open((await app.open(out)).url);
      assert.equal((await browser.submit(question, { logout: 'yes' })).url.href, `${url}/`);
      assert.doesNotMatch((await app.open(`${url}/`)).html, /Hello/u);
    },
  );
});

describe('oauth2-proxy', () => {
  const program = oauth2Proxy();
  it(
    'lets in whoever a group has given the role, for as long as they are in it',
    {
      skip: program === undefined ? PROXY_MISSING : false,
    },
    async () => {
      const port = await freePort(2);
      const url = `http://localhost:${port}`;
      const app = createServer((request, response) => {
        response.end(`Hello ${String(request.headers['x-forwarded-preferred-username'])}`);
      }).listen(port + 1, '127.0.0.1');
      const chromium = await openBrowser();
      try {
        const [member, other] = [await someone('mia'), await someone('oscar')];
        await latchkey('group', 'add', 'acme/it-staff');
        await latchkey('user', 'set', 'mia', '--group', 'acme/it-staff');
        const config = await configured(url);
        const upstream = `--upstream=http://127.0.0.1:${port + 1}/`;
        const address = `--http-address=127.0.0.1:${port}`;
        const quiet = '--request-logging=false';
        await start(program ?? '', [`--config=${config}`, upstream, address, quiet], `${url}/ping`);

        const { page: outside } = await newPerson(chromium);
        await signInAt(outside, url, other);
        await outside.waitForURL(`${url}/oauth2/callback?**`);
        assert.match(await outside.innerText('body'), /403\s+Forbidden/u);
        assert.equal((await outside.goto(url))?.status(), 403);

        const { page } = await newPerson(chromium);
        await signInAt(page, url, member);
        await page.getByText('Hello mia').waitFor();
        await latchkey('user', 'set', 'mia', '--no-group', 'acme/it-staff');
        const gone = await until(page, url, ({ status }) => status === 403);
        assert.match(gone.text, /403\s+Forbidden/u);

        await latchkey('user', 'set', 'mia', '--group', 'acme/it-staff');
        await page.goto(url);
        await page.getByRole('button', { name: 'Sign in with Latchkey' }).click();
        await page.getByText('Hello mia').waitFor();
        const end = new URL(`${server.issuer}/session/end`);
        end.searchParams.set('client_id', 'intranet');
        end.searchParams.set('post_logout_redirect_uri', `${url}/`);
        await page.goto(`${url}/oauth2/sign_out?rd=${encodeURIComponent(end.href)}`);
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.waitForURL(`${url}/`);
        await page.getByRole('button', { name: 'Sign in with Latchkey' }).click();
        await page.getByLabel('Login name').waitFor();
      } finally {
        await chromium.close();
        app.close();
      }
    },
  );

  const someone = (login: string): Promise<TestPerson> =>
    server.addPerson({ login }, { totp: true });

  async function latchkey(...args: string[]): Promise<string> {
    const ran = await runHere(args, { cwd: server.folder, env: server.env });
    assert.equal(ran.code, 0, ran.stderr);
    return ran.stdout;
  }

  /** By the commands that docs/apps/oauth2-proxy.md has, and what they say is left to do; but for the five minutes. */
  async function configured(url: string): Promise<string> {
    const add = ['client', 'add', 'Intranet', '--id', 'intranet', '--template', 'oauth2-proxy'];
    const said = await latchkey(...add, '--url', url, '--folder', folder);
    await latchkey('client', 'set', 'intranet', '--role', 'user=group:acme/it-staff');
    const makeSecret = /openssl rand [^,]*/u.exec(said)?.[0] ?? assert.fail(said);
    execFileSync('sh', ['-ec', makeSecret], { cwd: folder });
    const file = join(folder, 'oauth2-proxy.cfg');
    const text = await readFile(file, 'utf8');
    assert.match(text, /^cookie_refresh = "5m"$/mu);
    await writeFile(file, text.replace('"5m"', '"1s"'));
    return file;
  }

  /** By the button of the proxy, up to the app or its refusal. */
  async function signInAt(page: Page, url: string, person: TestPerson): Promise<void> {
    await page.goto(url);
    await page.getByRole('button', { name: 'Sign in with Latchkey' }).click();
    await page.getByLabel('Login name').fill(person.login);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByLabel('Six-digit code').fill(person.code());
    await page.keyboard.press('Enter');
  }

  /** Asks again until it has become so: the proxy goes by the clock of the machine. */
  async function until(
    page: Page,
    url: string,
    isSo: (answer: { status: number; text: string }) => boolean,
  ): Promise<{ text: string }> {
    for (let tries = 0; tries < 100; tries += 1) {
      const status = (await page.goto(url))?.status() ?? 0;
      const answer = { status, text: await page.innerText('body') };
      if (isSo(answer)) return answer;
      await setTimeout(200);
    }
    throw new Error('It has not become so.');
  }
});
