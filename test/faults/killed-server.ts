/** A real server on SQLite that dies at a commit of the test's choosing, or runs out of disk, and is started again. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openVault } from '../../src/secrets/keyring.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Store } from '../../src/storage/store.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { inherited, MAIN } from '../support/command-line.ts';
import { freePort } from '../support/free-port.ts';
import { seeding, type Seeding } from '../support/server.ts';
import type { KillOrder } from './kill-at-commit.ts';
import { byOperator } from '../support/by-operator.ts';

const PRELOAD = new URL('./kill-at-commit.ts', import.meta.url).href;

export interface KilledServer extends Seeding {
  issuer: string;
  /** The same store, opened by the test. */
  store: Store;
  /** It dies at that commit from now on. */
  arm(order: KillOrder): Promise<void>;
  /** How many commits there were since. Undefined: it has died. */
  commits(): Promise<number | undefined>;
  /**
   * For a story that it has not died of: it is dead of a commit that no request waited for, or there were fewer
   * commits. Writes that come together share one, and what goes on in the background has some of its own.
   */
  assertFewer(than: number, where: string): Promise<void>;
  /** Kills it unless it is dead, and starts it again; with files that may grow to so many KiB. */
  startAgain(limit?: number): Promise<void>;
  /** What SQLite says of the file. */
  integrity(): unknown;
  stop(): Promise<void>;
}

export async function startKilledServer(): Promise<KilledServer> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-killed-'));
  const port = String(await freePort());
  const issuer = `http://localhost:${port}`;
  const path = join(folder, 'latchkey.db');
  const keyFile = join(folder, 'latchkey.key');
  const env = {
    LATCHKEY_ISSUER: issuer,
    LATCHKEY_LISTEN_PORT: port,
    LATCHKEY_STORE_PATH: path,
    LATCHKEY_ENCRYPTION_KEY_FILE: keyFile,
    LATCHKEY_LOG_REQUESTS: 'false',
    LATCHKEY_PASSWORDS_HASH_MEMORY_KIB: '7168',
    LATCHKEY_PASSWORDS_HASH_PASSES: '1',
  };
  const start = (limit?: number): Promise<ChildProcess> => startOne(folder, env, limit);
  let child = await start();
  const store = await openStore({ engine: 'sqlite', path }, COLLECTIONS, { now: Date.now });
  const vault = await openVault({ keyFile, mayMake: false }, store);
  await byOperator({ store, vault, now: Date.now }).addOrganisation({
    name: 'Acme',
    mfa: 'required',
  });
  return {
    ...seeding({ store, vault }, issuer, Date.now),
    issuer,
    store,
    async arm(order) {
      // It may have died of a commit that no request waited for, or be about to.
      while ((await ask(child, order, 'armed')) === undefined) child = await start();
    },
    commits: () => ask(child, { commits: true }, 'counted'),
    async assertFewer(than, where) {
      const counted = await ask(child, { commits: true }, 'counted');
      assert.ok(counted === undefined || counted < than, `${where}: alive after ${counted}`);
    },
    async startAgain(limit) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      if (!isDead(child)) await ended;
      child = await start(limit);
    },
    integrity() {
      const db = new DatabaseSync(path);
      try {
        return db.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
      } finally {
        db.close();
      }
    },
    async stop() {
      child.kill('SIGKILL');
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function isDead({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function startOne(
  cwd: string,
  env: Record<string, string>,
  limit?: number,
): Promise<ChildProcess> {
  const limited = limit === undefined ? '' : `ulimit -f ${limit}; ulimit -c 0; `;
  const command = `${limited}exec "$0" "$@"`;
  const node = [process.execPath, '--import', PRELOAD, MAIN, 'serve'];
  const child = spawn('bash', ['-c', command, ...node], {
    cwd,
    env: { ...inherited(), ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes('Latchkey is ready')) resolve();
  });
  child.once('exit', () => reject(new Error(`It did not start: ${output}`)));
  await promise;
  return child;
}

/** Undefined: it has died. */
async function ask(child: ChildProcess, message: object, key: string): Promise<number | undefined> {
  if (isDead(child)) return undefined;
  const over = new AbortController();
  const { signal } = over;
  const died = once(child, 'exit', { signal });
  const answered = once(child, 'message', { signal }) as Promise<[Record<string, number>]>;
  const first = Promise.race([died.then(() => undefined), answered]);
  for (const promise of [died, answered, first]) promise.catch(() => {});
  // Where nobody hears it any more, the end is on its way.
  child.send(message, () => {});
  const answer = (await first)?.[0];
  over.abort();
  assert.ok(answer === undefined || key in answer);
  return answer?.[key];
}
