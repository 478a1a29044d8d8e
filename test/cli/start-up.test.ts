/** Commands load what they need: a package that everybody pays for is noticed here. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** Writes the packages that were loaded, as JSON, to standard error. */
const WATCHER = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  const packages = new Set();
  registerHooks({
    resolve(name, context, next) {
      const found = next(name, context);
      const [, inside] = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(found.url) ?? [];
      if (inside) packages.add(inside);
      return found;
    },
  });
  process.on('exit', () => process.stderr.write(JSON.stringify([...packages])));
`)}`;

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-start-up-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function loadedBy(...command: string[]): Promise<string[]> {
  const env = {
    LATCHKEY_STORE_PATH: join(folder, 'latchkey.db'),
    LATCHKEY_ENCRYPTION_KEY_FILE: join(folder, 'latchkey.key'),
  };
  const args = ['--import', WATCHER, MAIN, ...command];
  const { stderr } = await promisify(execFile)(process.execPath, args, { env, cwd: folder });
  return JSON.parse(stderr.split('\n').at(-1) ?? '') as string[];
}

it('the help loads no package', async () => {
  assert.deepEqual(await loadedBy('--help'), []);
});

it('a list of people loads neither the provider nor what pages, mails and factors are made with', async () => {
  await loadedBy('org', 'add', 'Acme');
  const loaded = await loadedBy('user', 'list');
  assert.ok(loaded.includes('zod'), 'the configuration is read');
  const heavy = ['oidc-provider', 'koa', 'otplib', 'mongoose', 'nodemailer', 'nunjucks', 'bowser'];
  assert.deepEqual(
    heavy.filter((name) => loaded.includes(name)),
    [],
  );
});
