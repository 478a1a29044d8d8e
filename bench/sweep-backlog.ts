/**
 * A backlog of expired sign-ins is swept while the store serves: how long it takes, and what a write and a read take
 * meanwhile and, in turns with it, while the sweep is held. `node bench/sweep-backlog.ts [rows]` (1,000,000 unless told), on SQLite.
 */
import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { restBetween } from '../src/server/sweeper.ts';
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
/** Milliseconds of sweeping, and of holding it, in turns. */
const [TURN, HELD] = [2_000, 1_000];

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

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

/** Milliseconds of each write and read of it: ten a second for each of `users`. */
const took: Record<'held' | 'swept', number[]> = { held: [], swept: [] };
let phase: keyof typeof took = 'held';

async function serve(store: Store, users: number, isOver: () => boolean): Promise<void> {
  const user = async (): Promise<void> => {
    await pause(100 * Math.random());
    while (!isOver()) {
      const [begun, during] = [performance.now(), phase];
      const key = id();
      const value: SessionTransfer = { person: 'p', epoch: 1, proofs: [], browser: key };
      await store.insert(sessionTransferCollection, key, value);
      await store.get(sessionTransferCollection, key);
      if (during === phase) took[during].push(performance.now() - begun);
      await pause(100);
    }
  };
  await Promise.all(Array.from({ length: users }, user));
}

/** Sweeps and holds the sweep in turns, so that both meet the same machine; answers what is waited for after a slice. */
function inTurns(): { rest: () => Promise<void>; seconds: () => number } {
  let rest = restBetween();
  let [since, spent] = [performance.now(), 0];
  return {
    async rest() {
      await rest();
      if (performance.now() - since < TURN) return;
      spent += performance.now() - since;
      phase = 'held';
      await pause(HELD);
      phase = 'swept';
      since = performance.now();
      rest = restBetween();
    },
    seconds: () => (spent + performance.now() - since) / 1000,
  };
}

function told(name: keyof typeof took): string {
  const sorted = took[name].toSorted((a, b) => a - b);
  const at = (part: number): string =>
    (sorted[Math.floor(part * (sorted.length - 1))] ?? 0).toFixed(1);
  return `${name}: ${sorted.length} requests, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms\n`;
}

const folder = await mkdtemp(join(tmpdir(), 'latchkey-sweep-'));
let now = 1_000;
const path = join(folder, 'latchkey.db');
const store = await openStore({ engine: 'sqlite', path }, COLLECTIONS, { now: () => now });
try {
  await fill(store, now + 1);
  now += 2;
  const size = statSync(path).size;
  let over = false;
  const serving = serve(store, 20, () => over);
  await pause(HELD);
  phase = 'swept';
  const turns = inTurns();
  const removed = await store.sweep(Infinity, turns.rest).finally(() => (over = true));
  const seconds = turns.seconds();
  await serving;
  await store.close();
  process.stdout.write(
    `${removed} rows in ${seconds.toFixed(0)} s; the file: ${mb(size)} before, ${mb(statSync(path).size)} after\n` +
      told('held') +
      told('swept'),
  );
} finally {
  await store.close();
  await rm(folder, { recursive: true, force: true });
}
