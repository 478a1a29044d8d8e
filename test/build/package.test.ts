/**
 * What `npm pack` makes, laid into an empty folder as `npm install FILE` does it: Node runs no TypeScript
 * under node_modules. Its dependencies are our own, as no test asks a registry for them.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildApp } from '../../build/app.ts';
import { inherited } from '../support/command-line.ts';
import { startChild, type Child } from '../support/child.ts';
import { freePort } from '../support/free-port.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Description {
  scripts: Record<string, string>;
  version: string;
  dependencies: Record<string, string>;
}

let folder: string;
let installed: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-package-'));
  installed = join(folder, 'node_modules/latchkey');
  mkdirSync(installed, { recursive: true });
  const file = await pack(join(folder, 'checkout'));
  execFileSync('tar', ['-xzf', file, '-C', installed, '--strip-components=1']);
  for (const name of Object.keys(descriptionOf(installed).dependencies)) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** In a checkout without the packages for development: npm looks at each file of what is there. */
async function pack(checkout: string): Promise<string> {
  for (const name of ['package.json', 'LICENSE', 'README.md', 'bin', 'config', 'examples', 'src'])
    cpSync(join(ROOT, name), join(checkout, name), { recursive: true });
  mkdirSync(join(checkout, 'node_modules'));
  symlinkSync('../bin/own-node', join(checkout, 'node_modules/latchkey-own-node'));
  const built = process.env['TEST_MAIN'];
  if (built === undefined) await buildApp(join(checkout, 'dist/app'));
  else cpSync(resolve(built, '../../..'), join(checkout, 'dist/app'), { recursive: true });
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const json = execFileSync('npm', args, { cwd: checkout, encoding: 'utf8' });
  const [{ filename }] = JSON.parse(json) as [{ filename: string }];
  return join(folder, filename);
}

const descriptionOf = (path: string): Description =>
  JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Description;

/** As `latchkey …` does where it is installed. */
function run(args: string[], more: Record<string, string> = {}) {
  const program = join(installed, 'bin/latchkey.js');
  const env = { ...inherited(), ...more };
  return spawnSync(process.execPath, [program, ...args], { cwd: folder, env, encoding: 'utf8' });
}

type Check = (issuer: string, env: Record<string, string>) => Promise<void>;

/** `preload`: a module that runs first in each process. Answers what was said. */
async function serving(args: string[], check: Check, preload?: string): Promise<string> {
  const port = String(await freePort());
  const issuer = `http://localhost:${port}`;
  const env = {
    LATCHKEY_LISTEN_PORT: port,
    LATCHKEY_ISSUER: issuer,
    LATCHKEY_LISTEN_DRAIN_MS: '0',
  };
  const program = join(installed, 'bin/latchkey.js');
  // It keeps what it compiles beside itself, unless it is told where.
  const started = {
    cwd: folder,
    env: {
      ...env,
      NODE_COMPILE_CACHE: undefined,
      ...(preload === undefined ? {} : { NODE_OPTIONS: `--import=${preload}` }),
    },
    ready: /setup-link/u,
  };
  const server: Child = await startChild([program, 'serve', ...args], started);
  try {
    await check(issuer, env);
  } finally {
    assert.equal(await server.stop(), 0, server.output());
  }
  return server.output();
}

describe('the package', () => {
  it('has what runs and nothing else, built before', () => {
    assert.equal(descriptionOf(ROOT).scripts['prepack'], 'npm run -s build');
    const outermost = readdirSync(installed).toSorted();
    const wanted = ['LICENSE', 'README.md', 'bin', 'config', 'dist', 'examples', 'node_modules'];
    assert.deepEqual(outermost, [...wanted, 'package.json']);
    const typed = globSync('**/*.ts', { cwd: installed });
    assert.deepEqual(typed, ['bin/node24.d.ts']);
    const pages = globSync('**/*.njk', { cwd: resolve(ROOT, 'views') });
    const templates = join(installed, 'dist/app/views/templates.cjs');
    const compiled = createRequire(import.meta.url)(templates) as object;
    assert.deepEqual(Object.keys(compiled).toSorted(), pages.toSorted());
  });

  it('is ASCII: one character beyond it, and a process holds two bytes for each', () => {
    const app = join(installed, 'dist/app');
    const programs = globSync(['lib/**/*.js', 'views/*.cjs'], { cwd: app });
    const others = programs.filter((file) =>
      /[^\p{ASCII}]/u.test(readFileSync(join(app, file), 'utf8')),
    );
    assert.deepEqual(others, []);
  });

  it('says its version and its commands', () => {
    const { version } = descriptionOf(ROOT);
    assert.equal(run(['--version']).stdout, `latchkey ${version}\n`);
    const help = run(['--help']);
    assert.equal(help.status, 0, help.stderr);
    assert.match(help.stdout, /^ {2}user add +/mu);
    assert.match(run(['user', 'add', '--help']).stdout, /--org/u);
  });

  it('serves, with its pages, texts and lists, and keeps what it compiled', async () => {
    await serving([], async (issuer, env) => {
      for (const path of ['/', '/.well-known/openid-configuration', '/readyz'])
        assert.equal((await fetch(issuer + path)).status, 200, path);
      const language = { headers: { 'accept-language': 'zh-Hant' } };
      assert.match(await (await fetch(issuer, language)).text(), /lang="zh-Hant"/u);
      const link = /http\S+/u.exec(run(['setup-link'], env).stdout)?.[0] ?? '';
      assert.match(link, /\/setup\?token=/u, 'a command speaks to the same store');
    });
    assert.notDeepEqual(readdirSync(join(installed, 'dist/compiled')), []);
  });

  it('hands a token to a program: the library goes by the names of its classes', async () => {
    await serving([], async (issuer, env) => {
      const api = 'https://api.example';
      const made = (...args: string[]) => {
        const { stdout, stderr } = run([...args, '--json'], env);
        return JSON.parse(stdout || stderr) as { client_secret: string };
      };
      made('resource', 'add', api, '--scope', 'read=read');
      const added = made(
        'client',
        'add',
        'Job',
        '--id',
        'job',
        '--kind',
        'service',
        '--scope',
        'read',
      );
      const authorization = `Basic ${Buffer.from(`job:${added.client_secret}`).toString('base64')}`;
      const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'read' });
      const answer = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { authorization },
        body,
      });
      assert.equal(answer.status, 200, await answer.text());
    });
  });

  it('serves in several processes', async () => {
    await serving(['--workers', '2'], async (issuer) => {
      assert.equal((await fetch(`${issuer}/readyz`)).status, 200);
    });
  });

  it('loads neither TLS nor what Node has for fetch before it calls somebody', async () => {
    const told = "process.on('exit', () => console.error('loaded', process.moduleLoadList.join()))";
    const preload = `data:text/javascript,${encodeURIComponent(told)}`;
    const json = '/.well-known/openid-configuration';
    const check: Check = async (issuer) => void (await (await fetch(issuer + json)).json());
    const [loaded = ''] = /^loaded .*$/mu.exec(await serving([], check, preload)) ?? [];
    assert.match(loaded, /NativeModule http,/u);
    assert.doesNotMatch(loaded, /undici\b|NativeModule (?:tls|https|http2)\b/u);
  });
});
