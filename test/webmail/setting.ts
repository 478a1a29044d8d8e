/** Roundcube, Dovecot and Postfix as examples/webmail sets them up, behind a server of ours whose clock can be moved. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { loadConfig } from '../../src/config/load.ts';
import { startServer, type RunningServer } from '../../src/server/server.ts';
import { freePort } from '../support/free-port.ts';
import { seeding, sharedViews, type Seeding } from '../support/server.ts';
import type { Registration } from '../support/relying-party.ts';
import type { Ports } from './mail-sockets.ts';

const SCRIPT = resolve('examples/webmail/debian.sh');
const run = promisify(execFile);

export interface Webmail extends Seeding {
  ports: Ports;
  issuer: string;
  url: string;
  /** As it runs now. */
  server(): RunningServer;
  now(): number;
  /** Milliseconds that Latchkey's clock is ahead of that of the mail server. */
  clock: { ahead: number };
  roundcube: Registration;
  dovecot: Registration;
  /** Latchkey alone. */
  stopLatchkey(): Promise<void>;
  startLatchkey(): Promise<void>;
  /** So many milliseconds pass, for Latchkey and for the tokens that Roundcube holds. */
  pass(milliseconds: number): void;
  /** How many requests for a path Latchkey has answered. */
  said(path: string): number;
  /** What a program has written. */
  log(name: 'dovecot' | 'postfix' | 'php'): Promise<string>;
  remove(): Promise<void>;
}

export async function startWebmail(): Promise<Webmail> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-webmail-'));
  const port = await freePort(11);
  const env = {
    ...process.env,
    WEBMAIL_PORT: String(port),
    LATCHKEY: `${process.execPath} ${resolve('bin/latchkey.js')}`,
  };
  const script = (...args: string[]) => run('sh', [SCRIPT, ...args], { env });
  await script('setup', folder);
  try {
    return await opened(folder, script);
  } catch (error) {
    await script('stop', folder);
    throw error;
  }
}

async function opened(
  folder: string,
  script: (...args: string[]) => Promise<unknown>,
): Promise<Webmail> {
  const config = loadConfig({
    cwd: join(folder, 'latchkey'),
    env: { LATCHKEY_PASSWORDS_HASH_MEMORY_KIB: '7168', LATCHKEY_PASSWORDS_HASH_PASSES: '1' },
    file: 'latchkey.yaml',
  });
  const clock = { ahead: 0 };
  const now = (): number => Date.now() + clock.ahead;
  const views = await sharedViews();
  const output: string[] = [];
  const start = () => {
    const world = { stdout: { write: (text: string) => output.push(text) }, now };
    return startServer(config, world, { purpose: 'production', views });
  };
  let running = await start();
  await script('start', folder, 'mail');
  const ports = await portsIn(folder);
  const url = `http://localhost:${ports.WEBMAIL}`;
  const client = async (id: string, file: string): Promise<Registration> => ({
    issuer: config.issuer,
    clientId: id,
    clientSecret: await secretIn(join(folder, file)),
    redirectUri: `${url}/index.php/login/oauth`,
  });
  return {
    ...seeding(running, config.issuer, now),
    ports,
    issuer: config.issuer,
    url,
    server: () => running,
    now,
    clock,
    roundcube: await client('roundcube', 'roundcube/latchkey.inc.php'),
    dovecot: await client('dovecot', 'dovecot/latchkey-token.conf.ext'),
    stopLatchkey: () => running.close(),
    async startLatchkey() {
      running = await start();
    },
    pass(milliseconds) {
      clock.ahead += milliseconds;
      age(join(folder, 'roundcube/data/roundcube.sqlite'), Math.ceil(milliseconds / 1000));
    },
    said: (path) => output.join('').split(`"path":"${path}"`).length - 1,
    log: (name) => readFile(join(folder, 'run', `${name}.log`), 'utf8'),
    async remove() {
      await script('stop', folder);
      await running.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function portsIn(folder: string): Promise<Webmail['ports']> {
  const lines = (await readFile(join(folder, 'ports'), 'utf8')).trim().split('\n');
  const named = new Map(lines.map((line) => line.split('=') as [string, string]));
  const port = (name: string): number => Number(named.get(name));
  return {
    WEBMAIL: port('WEBMAIL'),
    IMAP: port('IMAP'),
    POP3: port('POP3'),
    SIEVE: port('SIEVE'),
    SUBMISSION: port('SUBMISSION'),
    POSTFIX: port('POSTFIX'),
  };
}

async function secretIn(file: string): Promise<string> {
  const text = await readFile(file, 'utf8');
  return /client_secret'?\]? = '?([\w-]+)/u.exec(text)?.[1] ?? '';
}

/** Roundcube goes by the machine's clock: when its tokens end is in its sessions, as PHP writes them. */
function age(file: string, seconds: number): void {
  // Roundcube may be writing just then.
  const database = new DatabaseSync(file, { timeout: 30_000 });
  database.exec('BEGIN IMMEDIATE');
  const sessions = database.prepare('SELECT sess_id, vars FROM session').all();
  for (const { sess_id: id, vars } of sessions) {
    const kept = Buffer.from(String(vars), 'base64').toString('latin1');
    const aged = kept.replace(
      /(s:7:"expires";i:)(\d+);/u,
      (_, name: string, at: string) => `${name}${Number(at) - seconds};`,
    );
    const written = Buffer.from(aged, 'latin1').toString('base64');
    database.prepare('UPDATE session SET vars = ? WHERE sess_id = ?').run(written, String(id));
  }
  database.exec('COMMIT');
  database.close();
}
