/**
 * How fast an installation is moved: copied, and compared, each by itself. `node bin/run.js bench/migrate.ts [documents]`
 * (100,000 unless told): from SQLite to SQLite, and to the MongoDB server that MONGODB_URI names; `--delay MS` puts so
 * much between that server and us, each way.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { OPERATOR } from '../src/audit/actor.ts';
import { auditCollection, newEvent } from '../src/audit/event.ts';
import { claimInstallation } from '../src/migration/installation.ts';
import { MARKER, markerCollection } from '../src/migration/marker.ts';
import { migrate, type Phase, type Side } from '../src/migration/migrate.ts';
import { OPERATOR_ORIGIN } from '../src/net/request-origin.ts';
import { modelCollections } from '../src/records/stored-model.ts';
import { COLLECTIONS } from '../src/server/collections.ts';
import { openStore } from '../src/storage/open.ts';
import type { StoreOptions } from '../src/storage/options.ts';
import type { Collection, Stored } from '../src/storage/store.ts';

const { values, positionals } = parseArgs({
  options: { delay: { type: 'string' } },
  allowPositionals: true,
});
const documents = Number(positionals[0] ?? 100_000);
const delay = Number(values.delay ?? 0);
const AT_ONCE = 5_000;

const random = (): string => randomBytes(32).toString('base64url');
const grouped = (count: number): string => Math.round(count).toLocaleString('en');

/** Half events, half tokens: ids of both kinds, with indexes and an expiry. */
function sample(n: number): { kind: Collection<any>; document: Stored } {
  if (n % 2 === 0) {
    const details = { n, factor: 'totp' };
    const event = newEvent({
      type: 'person.changed',
      at: Date.now(),
      origin: OPERATOR_ORIGIN,
      actor: OPERATOR,
      details,
    });
    return { kind: auditCollection, document: { id: event.id, text: JSON.stringify(event) } };
  }
  const payload = {
    accountId: random(),
    grantId: random(),
    clientId: 'webmail',
    scope: 'openid profile email',
    sessionUid: random(),
    kind: 'AccessToken',
  };
  const text = JSON.stringify({ payload, grant: payload.grantId, person: payload.accountId });
  const expiresAt = Date.now() + 86_400_000;
  const kind = modelCollections['AccessToken'] ?? auditCollection;
  return { kind, document: { id: random(), text, expiresAt } };
}

async function side(options: StoreOptions, name: string): Promise<Side> {
  let frozen: number | undefined;
  const store = await openStore(options, COLLECTIONS, { now: () => frozen ?? Date.now() });
  return { store, name, freeze: (at) => void (frozen = at) };
}

async function fill({ store }: Side): Promise<void> {
  await claimInstallation(store, 'production', Date.now());
  for (let from = 0; from < documents; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, documents - from) }, (_, n) => sample(n));
    const byKind = Map.groupBy(some, ({ kind }) => kind);
    for (const [kind, its] of byKind)
      await store.writeStored(
        kind,
        its.map(({ document }) => document),
      );
  }
}

async function move(from: Side, to: Side): Promise<void> {
  const begun: Partial<Record<Phase, number>> = {};
  const ended: Partial<Record<Phase, number>> = {};
  let retries = 0;
  let told = 0;
  const cpu = process.cpuUsage();
  await migrate({
    from,
    to,
    kinds: COLLECTIONS,
    now: Date.now,
    stop: new AbortController().signal,
    onRetry: () => void (retries += 1),
    onProgress(phase) {
      begun[phase] ??= phase === 'copying' ? started : performance.now();
      ended[phase] = performance.now();
      told += 1;
    },
  });
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (phase: Phase): number => ((ended[phase] ?? 0) - (begun[phase] ?? 0)) / 1000;
  const rate = (phase: Phase): string =>
    `${phase} ${seconds(phase).toFixed(1)} s (${grouped(documents / seconds(phase))}/s)`;
  process.stdout.write(
    `${from.name} → ${to.name}: ${rate('copying')}, ${rate('comparing')}; CPU here ${((user + system) / 1e6).toFixed(1)} s, ${retries} retries, progress told ${told} times\n`,
  );
}

/** Everything comes so much later, in both directions. */
async function slowProxy(target: URL): Promise<{ port: number; close(): void }> {
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const pass = (one: typeof client, other: typeof client): void => {
      one.on('data', (data: Buffer) => void setTimeout(() => other.write(data), delay));
      one.on('close', () => setTimeout(() => other.destroy(), delay));
      one.on('error', () => other.destroy());
    };
    pass(client, upstream);
    pass(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

let started = 0;
const folder = await mkdtemp(join(tmpdir(), 'latchkey-migrate-'));
const sqlite = (name: string): Promise<Side> =>
  side({ engine: 'sqlite', path: join(folder, name) }, name);
const from = await sqlite('from.db');
try {
  await fill(from);
  if (delay === 0) {
    const to = await sqlite('to.db');
    started = performance.now();
    await move(from, to);
    await to.store.close();
    await from.store.delete(markerCollection, MARKER);
  }
  const { MONGODB_URI: uri } = process.env;
  if (uri !== undefined) {
    const url = new URL(`latchkey_bench_${randomBytes(4).toString('hex')}`, uri);
    const direct = url.href;
    const proxy = delay > 0 ? await slowProxy(new URL(uri)) : undefined;
    if (proxy) url.port = String(proxy.port);
    const options = { engine: 'mongodb', requireReplicaSet: false, timeout: 5_000 } as const;
    const to = await side({ ...options, url: url.href }, 'MongoDB');
    started = performance.now();
    await move(from, to);
    await to.store.close();
    proxy?.close();
    const { dropDatabase } = await import('../test/support/mongo.ts');
    await dropDatabase(direct);
  }
} finally {
  await from.store.close();
  await rm(folder, { recursive: true, force: true });
}
