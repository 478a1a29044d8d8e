/**
 * The least that a durable answer with a signature can cost, without a server around it: one ES256
 * signature over the size of an ID token, then one row in a commit of its own that SQLite has brought
 * to the disk (WAL, synchronous=FULL), one after the other.
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { benchFolder } from './answer-bench.ts';
import type { Slice } from './messages.ts';

const TOKEN_SIZE = 600;

function prepare(folder: string): () => void {
  const db = new DatabaseSync(join(folder, 'floor.db'));
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON');
  db.exec(
    'CREATE TABLE tokens (row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, doc TEXT NOT NULL)',
  );
  const insert = db.prepare('INSERT INTO tokens (id, doc) VALUES (?, ?)');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const token = randomBytes(TOKEN_SIZE / 2).toString('hex');
  return () => {
    sign('sha256', Buffer.from(token), privateKey);
    insert.run(randomBytes(32), token);
  };
}

/** `ms`: for how long. */
function run(operation: () => void, ms: number): Slice {
  const latencies: number[] = [];
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  let last = start;
  while (last - start < ms) {
    operation();
    const done = performance.now();
    latencies.push(done - last);
    last = done;
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    n: latencies.length,
    ms: last - start,
    cpuMs: (user + system) / 1000,
    latencies,
    requests: 0,
  };
}

const operation = prepare(benchFolder());
process.on('message', (message) => {
  const ms = (message as { run?: unknown } | null)?.run;
  if (typeof ms === 'number') process.send?.({ slice: run(operation, ms) });
});
process.once('disconnect', () => process.exit(1));
process.send?.({ ready: true });
