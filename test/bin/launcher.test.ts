import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findNode, isNewEnough } from '../../bin/node24.js';
import { threadsFor } from '../../src/throttling/hash-slots.ts';
import { LauncherInstallation, OLDER } from './installation.ts';

const now = process.versions.node;
const made: LauncherInstallation[] = [];
after(() => made.forEach((installation) => installation.remove()));

function installation(beside?: string): LauncherInstallation {
  const one = new LauncherInstallation(beside);
  made.push(one);
  return one;
}

/** As on a machine whose Node is too old. */
function onOlder({ path }: LauncherInstallation, file: string, ...args: string[]) {
  const all = ['--import', OLDER, join(path, 'bin', file), ...args];
  return spawnSync(process.execPath, all, { encoding: 'utf8', input: 'typed in' });
}

/** A waiting program under the launcher, once it runs. */
async function waiting(one: LauncherInstallation, how: string): Promise<ChildProcess> {
  const { launcher } = await launched(one, how);
  return launcher;
}

/** `said`: all that is said until both processes have ended. */
async function launched(
  { path }: LauncherInstallation,
  how: string,
): Promise<{ launcher: ChildProcess; said: Promise<string[]> }> {
  const args = ['--import', OLDER, join(path, 'bin/latchkey.js'), how];
  const launcher = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const reader = createInterface(launcher.stdout).on('line', (line) => lines.push(line));
  // Of the pipe, which either holds open.
  const said = once(launcher.stdout, 'close').then(() => lines);
  const [line] = (await once(reader, 'line')) as [string];
  assert.match(line, /"ready":true/u);
  return { launcher, said };
}

describe('the Node that is needed', () => {
  it('is 24.15 or newer', () => {
    for (const version of ['24.15.0', '24.21.0', 'v24.15.1', '25.0.0', '100.1.0']) {
      assert.ok(isNewEnough(version), version);
    }
    for (const version of ['24.14.9', '12.0.0', '20.20.2', '22.99.0', '', '24']) {
      assert.ok(!isNewEnough(version), version);
    }
  });

  it('is the running one when that is new enough', () => {
    assert.equal(findNode(import.meta.url), process.execPath);
  });
});

/** Of libuv, as they are begun with its first work: those that were there already are Node's own. */
function threadsIn(stdout: string): number {
  return Number((JSON.parse(stdout) as { rest: string[] }).rest[0]);
}
const skip = process.platform !== 'linux';

describe('a Node that is new enough', () => {
  it(
    'has as many threads as hash passwords on all processors, and as others need beside',
    { skip },
    () => {
      const { path } = installation();
      const { UV_THREADPOOL_SIZE: _, ...env } = process.env;
      const run = (more: Record<string, string>): number => {
        const args = [join(path, 'bin/latchkey.js'), 'threads'];
        const options = { encoding: 'utf8', env: { ...env, ...more } } as const;
        return threadsIn(spawnSync(process.execPath, args, options).stdout);
      };
      assert.equal(run({}), threadsFor(availableParallelism(), 1));
      assert.equal(run({ UV_THREADPOOL_SIZE: '13' }), 13, 'unless it was told');
    },
  );

  it('runs the command itself', () => {
    const { path } = installation();
    const args = [join(path, 'bin/latchkey.js'), 'code', '--flag', 'a b'];
    const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.deepEqual(JSON.parse(stdout).rest, ['--flag', 'a b']);
    assert.equal(status, 7);
  });
});

describe('a Node that is too old', () => {
  it('hands over to the one beside Latchkey: arguments, input, exit code', () => {
    const one = installation(now);
    const { stdout, stderr, status } = onOlder(one, 'latchkey.js', 'code', '--flag', 'a b');
    assert.deepEqual(JSON.parse(stdout), { rest: ['--flag', 'a b'], version: now, ready: true });
    assert.equal(stderr, '');
    assert.equal(status, 7);
    assert.match(onOlder(one, 'latchkey.js', 'input').stdout, /typed in/u);
  });

  it('hands over with as many threads', { skip }, () => {
    const { stdout } = onOlder(installation(now), 'latchkey.js', 'threads');
    assert.equal(threadsIn(stdout), threadsFor(availableParallelism(), 1));
  });

  it('runs anything else on it too', () => {
    const script = 'const v: string = process.versions.node; console.log(v, process.argv[1]);';
    const options = ['--input-type=module-typescript', '-e', script, 'more'];
    assert.equal(onOlder(installation(now), 'run.js', ...options).stdout, `${now} more\n`);
  });

  it('passes signals on, and ends as the program ends', async () => {
    const launcher = await waiting(installation(now), 'wait');
    launcher.kill('SIGTERM');
    assert.deepEqual(await once(launcher, 'exit'), [3, null]);
  });

  it('takes the program along in order when it is killed without a word', async () => {
    const { launcher, said } = await launched(installation(now), 'wait');
    launcher.kill('SIGKILL');
    assert.deepEqual(await once(launcher, 'exit'), [null, 'SIGKILL']);
    assert.deepEqual((await said).slice(1), ['SIGTERM', 'ended 3']);
  });

  it('takes along one that does not listen as well', async () => {
    const { launcher, said } = await launched(installation(now), 'hang');
    launcher.kill('SIGKILL');
    assert.equal((await said).length, 1);
  });

  it('dies of the signal that the program died of', async () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      const launcher = await waiting(installation(now), 'hang');
      launcher.kill(signal);
      assert.deepEqual(await once(launcher, 'exit'), [null, signal]);
    }
  });

  it('says what to do when there is no other', () => {
    const { stderr, stdout, status } = onOlder(installation(), 'latchkey.js', 'serve');
    assert.match(
      stderr,
      /Latchkey needs Node 24\.15 or newer\. This is Node v20\.20\.2 \(\/.*npm ci/su,
    );
    assert.equal(stdout, '');
    assert.equal(status, 1);
  });

  it('says so too when the other is too old or does not run', () => {
    const broken = installation(now);
    broken.breakNode();
    for (const one of [installation('22.1.0'), broken]) {
      for (const file of ['latchkey.js', 'run.js']) {
        const { stderr, status } = onOlder(one, file, 'code');
        assert.match(stderr, /Latchkey needs Node 24\.15/u);
        assert.equal(status, 1);
      }
    }
  });
});

const old = olderNode();
describe('an older Node of this machine', { skip: old ? false : 'there is none' }, () => {
  it('runs the launcher', () => {
    const { path } = installation(now);
    const args = [join(path, 'bin/latchkey.js'), 'none'];
    const answer = JSON.parse(execFileSync(old ?? '', args, { encoding: 'utf8' })) as object;
    assert.deepEqual(answer, { rest: [], version: now, ready: true });
  });
});

describe('bin/latchkey.js', () => {
  it('can be run by its name', () => {
    accessSync(fileURLToPath(new URL('../../bin/latchkey.js', import.meta.url)), constants.X_OK);
  });
});

/** The first Node on the path that could not run Latchkey itself. */
function olderNode(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders
    .map((folder) => join(folder, 'node'))
    .filter((path) => existsSync(path))
    .find((path) => !isNewEnough(execFileSync(path, ['--version'], { encoding: 'utf8' })));
}
