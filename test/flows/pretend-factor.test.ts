/**
 * Adding a factor is one row, one rule, its steps, its pages and texts, and nothing else: one is added to
 * a copy of the program, which then signs somebody in with it, shows it and takes it away.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FILES, LINES } from '../support/pretend-factor.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-pretend-'));
  const parts = [
    'src',
    'interactions',
    'views',
    'lists',
    'test/support',
    'package.json',
    'tsconfig.json',
  ];
  for (const part of parts) await cp(join(ROOT, part), join(folder, part), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await addFactor();
});
after(() => rm(folder, { recursive: true, force: true }));

async function addFactor(): Promise<void> {
  for (const [path, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  for (const { path, before: first, after: last, text } of LINES) {
    const file = join(folder, path);
    const written = await readFile(file, 'utf8');
    const mark = first ?? last ?? '';
    assert.ok(written.includes(mark), `${path} has no ${mark}`);
    const replaced = first === undefined ? mark + text : text + mark;
    await writeFile(
      file,
      written.replace(mark, () => replaced),
    );
  }
}

it('a factor that was added is set up, signs in, is shown and is removed', async () => {
  const scenario = join(folder, 'test/support/pretend-scenario.ts');
  // Programs that it starts are those of the copy, not the built one.
  const { TEST_MAIN: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, [scenario], { cwd: folder, env });
  const saw = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(saw['steps'], ['enrolled', 'knock', 'knock']);
  assert.match(String(saw['wrong']), /^400,/u);
  assert.deepEqual([saw['amr'], saw['acr']], [['pwd', 'kba', 'mfa'], 'urn:latchkey:acr:mfa']);
  assert.deepEqual(saw['listed'], ['Door', 'Window']);
  const [factors, knocks] = saw['shown'] as [string[], { name: string }[]];
  assert.deepEqual(factors, ['knock', 'one-time-codes']);
  assert.deepEqual(
    knocks.map(({ name }) => name),
    ['Door', 'Window'],
  );
  assert.deepEqual(saw['removed'], [200, '/account/two-step', ['Window']]);
  const [, left] = saw['left'] as [string[], { name: string }[]];
  assert.deepEqual(
    left.map(({ name }) => name),
    ['Window'],
  );
});
