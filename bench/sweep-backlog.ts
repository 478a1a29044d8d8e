/**
 * A backlog of expired sign-ins is swept while the store serves: how long it takes, and what a read and
 * a write take meanwhile. `node bench/sweep-backlog.ts [rows]` (1,000,000 unless told), on SQLite.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { REST } from '../src/server/sweeper.ts';
import { COLLECTIONS } from '../src/server/collections.ts';
import {
  sessionTransferCollection,
  type SessionTransfer,
} from '../src/oidc/authorization/session-transfer.ts';
import { signInCollection, NOTHING_PROVEN, type SignInRecord } from '../src/records/sign-in.ts';
import { openStore } from '../src/storage/open.ts';
import type { Store } from '../src/storage/store.ts';

const rows = Number(process.argv[2] ?? 1_000_000);
const AT_ONCE = 5_000;

const id = (): string => randomBytes(32).toString('base64url');

function record(): SignInRecord {
  const params = { client_id: 'webmail', state: id(), scope: 'openid profile email', nonce: id() };
  const prompt = { name: 'login', reasons: ['authentication'], details: {} };
  const payload = { kind: 'Interaction', params, cid: id(), prompt };
  return {
    payload,
    browser: id(),
    startedAt: 0,
    ...structuredClone(NOTHING_PROVEN),
    passkeyRound: 0,
    state: 'open',
  };
}

async function fill(store: Store, expiresAt: number): Promise<void> {
  for (let left = rows; left > 0; left -= AT_ONCE) {
    const many = Array.from({ length: Math.min(AT_ONCE, left) }, () =>
      store.insert(signInCollection, id(), record(), { expiresAt }),
    );
    await Promise.all(many);
  }
}

/** Milliseconds of each write and read of it, ten a second for each of `users`. */
async function serve(store: Store, users: number, isOver: () => boolean): Promise<number[]> {
  const took: number[] = [];
  const user = async (): Promise<void> => {
    while (!isOver()) {
      const begun = performance.now();
      const key = id();
      const value: SessionTransfer = { person: 'p', epoch: 1, proofs: [], browser: key };
      await store.insert(sessionTransferCollection, key, value);
      await store.get(sessionTransferCollection, key);
      took.push(performance.now() - begun);
      await pause(100);
    }
  };
  await Promise.all(Array.from({ length: users }, user));
  return took.toSorted((a, b) => a - b);
}

const folder = await mkdtemp(join(tmpdir(), 'latchkey-sweep-'));
let now = 1_000;
const path = join(folder, 'latchkey.db');
const store = await openStore({ engine: 'sqlite', path }, COLLECTIONS, { now: () => now });
try {
  await fill(store, now + 1);
  now += 2;
  let over = false;
  const begun = performance.now();
  const sweeping = store.sweep(Infinity, () => pause(REST)).finally(() => (over = true));
  const took = await serve(store, 20, () => over);
  const seconds = (performance.now() - begun) / 1000;
  const at = (part: number): string => (took[Math.floor(part * (took.length - 1))] ?? 0).toFixed(1);
  process.stdout.write(
    `${await sweeping} rows in ${seconds.toFixed(0)} s; ${took.length} requests meanwhile: ` +
      `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms\n`,
  );
} finally {
  await store.close();
  await rm(folder, { recursive: true, force: true });
}
