/**
 * examples/webmail/compose.yml without an engine: its command and its question of health as they are printed, in a copy of
 * what its image holds. Only the folders and the ports are of this run.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { freePort } from '../support/free-port.ts';

const FILE = 'examples/webmail/compose.yml';
/** Milliseconds. */
const PATIENCE = 240_000;

interface Service {
  command: string[];
  healthcheck: { test: string[] };
}

const folder = await mkdtemp(join(tmpdir(), 'latchkey-container-'));
// Dovecot and Roundcube run as other users.
await chmod(folder, 0o755);
const [app, volume] = [join(folder, 'app'), join(folder, 'webmail')];
after(async () => {
  // The mail servers are in no group of ours.
  await promisify(execFile)('sh', ['examples/webmail/debian.sh', 'stop', volume]).catch(() => {});
  await rm(folder, { recursive: true, force: true });
});

const compose = parse(await readFile(FILE, 'utf8')) as { services: { webmail: Service } };
const { command, healthcheck } = compose.services.webmail;
/** As Compose hands it over, with the volume where it is here. */
const ours = (text = ''): string =>
  text.replaceAll('$$', '$').replaceAll(/(?<![\w/])\/webmail\b/gu, volume);

const PATH = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
const env = { ...process.env, PATH, WEBMAIL_PORT: String(await freePort(11)) };

it('starts from nothing, says that it is well, stops, and starts from what it has kept', async () => {
  await image();
  await mkdir(volume);
  await round();
  // As after a container that was killed: nothing of it runs, and it has not tidied up.
  await writeFile(join(volume, 'run/php.pid'), '1\n');
  await round();
});

/** What .dockerignore lets through, and the examples where they are mounted. */
async function image(): Promise<void> {
  const lines = (await readFile('.dockerignore', 'utf8')).split('\n');
  const copied = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  await mkdir(app);
  for (const path of [...copied, 'examples']) await cp(path, join(app, path), { recursive: true });
  await symlink(resolve('node_modules'), join(app, 'node_modules'));
}

/** From its start to a stop as `docker compose down` asks for it. */
async function round(): Promise<void> {
  const [shell = '', ...args] = command.map(ours);
  // A group of its own: what is left of it then is ended with it, as in a container.
  const container = spawn(shell, args, { cwd: app, env, detached: true });
  let said = '';
  for (const stream of [container.stdout, container.stderr])
    stream.on('data', (part) => (said += String(part)));
  const ended = once(container, 'exit');
  try {
    for (const until = Date.now() + PATIENCE; !(await isWell()); await setTimeout(500)) {
      assert.equal(container.exitCode, null, said);
      assert.ok(Date.now() < until, said);
    }
    container.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null], said);
    assert.equal(await isWell(), false);
  } finally {
    if (container.pid !== undefined && container.exitCode === null) container.kill('SIGTERM');
    await ended;
    try {
      process.kill(-(container.pid ?? NaN), 'SIGKILL');
    } catch {
      // Nothing is left of it.
    }
  }
}

function isWell(): Promise<boolean> {
  const [kind, test] = healthcheck.test;
  assert.equal(kind, 'CMD-SHELL');
  return promisify(execFile)('sh', ['-c', ours(test)], { cwd: app, env }).then(
    () => true,
    () => false,
  );
}
