/**
 * A real server on SQLite whose files may not grow beyond a limit, and a disk that the test fills and
 * empties at will. The limit (`ulimit -f`) is the server's alone: the test fills the WAL that both write
 * to up to it, so that the server's next write has no room; moving the WAL into the database makes room.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { openVault } from '../../src/secrets/keyring.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Store } from '../../src/storage/store.ts';
import { inherited, MAIN, newInstallation, type Installation } from '../support/command-line.ts';
import { seeding, type Seeding } from '../support/server.ts';
import { byOperator } from '../support/by-operator.ts';

/** 1024 bytes each: far fewer than SQLite lets a WAL have before it moves it by itself. */
const LIMIT = 1000;
/** A page of SQLite's, and what the WAL says of it. */
const FRAME = 4096 + 24;

export interface LimitedServer extends Seeding {
  issuer: string;
  /** The same store, opened by the test; its writes have no limit. */
  store: Store;
  /** Leaves the server room for so many pages, 0 unless told. */
  fill(room?: number): void;
  makeRoom(): void;
  isAlive(): boolean;
  /** What SQLite says of the file. */
  integrity(): unknown;
  /** Its exit code after SIGTERM. */
  stop(): Promise<number | null>;
  remove(): Promise<void>;
}

export async function startLimitedServer(): Promise<LimitedServer> {
  const latchkey = await newInstallation();
  if (latchkey.store.engine !== 'sqlite') throw new Error('this is about SQLite');
  const { path } = latchkey.store;
  const store = await openStore(latchkey.store, COLLECTIONS, { now: Date.now });
  const keyFile = latchkey.env['LATCHKEY_ENCRYPTION_KEY_FILE'] ?? '';
  const vault = await openVault({ keyFile, mayMake: true }, store);
  await byOperator({ store, vault, now: Date.now }).addOrganisation({
    name: 'Acme',
    mfa: 'required',
  });
  const disk = openDisk(path);
  disk.makeRoom();
  const child = await startLimited(latchkey);
  return {
    ...seeding({ store, vault }, latchkey.issuer, Date.now),
    ...disk,
    issuer: latchkey.issuer,
    store,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async stop() {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      const [code] = (await ended) as [number | null];
      return code;
    },
    async remove() {
      child.kill('SIGKILL');
      disk.close();
      await store.close();
      await latchkey.remove();
    },
  };
}

function openDisk(path: string) {
  const db = new DatabaseSync(path, { timeout: 5_000 });
  db.exec(`
    PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0;
    CREATE TABLE ballast (n INTEGER, bytes BLOB); INSERT INTO ballast (n) VALUES (0);
  `);
  const used = (): number => statSync(`${path}-wal`).size;
  return {
    fill(room = 0): void {
      const end = LIMIT * 1024 - room * FRAME;
      const pages = Math.floor((end - used()) / FRAME) - 20;
      db.exec(`INSERT INTO ballast (bytes) VALUES (zeroblob(${Math.max(0, pages) * 4080}))`);
      // A page each.
      while (used() + FRAME <= end) db.exec('UPDATE ballast SET n = n + 1 WHERE rowid = 1');
    },
    makeRoom(): void {
      db.exec('DELETE FROM ballast WHERE rowid > 1');
      const moved = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
      assert.equal(moved?.['busy'], 0);
      // What the server has written since, if anything.
      assert.ok(used() < (LIMIT * 1024) / 2, String(used()));
    },
    integrity: () => db.prepare('PRAGMA integrity_check').get()?.['integrity_check'],
    close: () => db.close(),
  };
}

async function startLimited({ folder, env }: Installation): Promise<ChildProcess> {
  const limited = `ulimit -f ${LIMIT}; ulimit -c 0; exec "$0" "$@"`;
  const child = spawn('bash', ['-c', limited, process.execPath, MAIN, 'serve'], {
    cwd: folder,
    env: { ...inherited(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('close', () => process.off('exit', kill));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.includes('Latchkey is ready')) resolve();
  });
  child.once('close', () => reject(new Error(`It ended: ${output}`)));
  await promise;
  return child;
}
