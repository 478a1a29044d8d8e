/**
 * The product, as `latchkey serve` runs it: durable commits, its log written, every default. It is
 * the same program on every engine and with any number of workers.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { vaultOf } from '../src/server/opened.ts';
import { loadConfig } from '../src/config/load.ts';
import type { Config } from '../src/config/schema.ts';
import { COLLECTIONS } from '../src/server/collections.ts';
import { openStore } from '../src/storage/open.ts';
import { storeOptions } from '../src/storage/options.ts';
import type { Ready } from './messages.ts';
import { dropDatabase, ownDatabase } from './mongodb.ts';
import { folderFor, startProgram, type Program } from './program.ts';
import { seed, type HashCost, type Seeding } from './seed.ts';

export const ENGINES = ['sqlite', 'mongodb'] as const;
export type Engine = (typeof ENGINES)[number];

export interface Product {
  engine: Engine;
  workers: number;
}

/** Where products are put. */
export interface Site {
  /** A folder for each is made here. */
  folder: string;
  /** How many people there are. */
  people: number;
  /** The MongoDB server. */
  mongodb: string | undefined;
  /** Passwords are hashed as the product hashes them, not cheaply. */
  hashed?: true;
  /** What is to be stopped at the end, the newest first; it is put here when it begins to start. */
  started: { stop(): Promise<void> }[];
}

export interface RunningProduct {
  program: Program;
  ready: Ready;
  /** Starts it once more on the same store, after it has ended; resolves when it serves. */
  again(): Promise<void>;
  /** Runs `work` on the store that the product serves, which goes on serving. */
  withStore<T>(work: (parts: Seeding) => Promise<T>): Promise<T>;
}

/** From the sources; as it was built, where the bench itself is tested: a start costs half as much. */
const { TEST_MAIN } = process.env;
const MAIN = TEST_MAIN === undefined ? '../src/main.ts' : pathToFileURL(TEST_MAIN).href;
/** Milliseconds. */
const SERVES_WITHIN = 60_000;
const LOOK_AGAIN = 50;

/** `name`: of its folder. `main`: the URL of the program. */
export async function startProduct(
  name: string,
  { engine, workers }: Product,
  site: Site,
  main = MAIN,
): Promise<RunningProduct> {
  const folder = folderFor(name, site.folder);
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const url = engine === 'mongodb' ? ownDatabase(site.mongodb ?? '') : undefined;
  const env = {
    LATCHKEY_ISSUER: issuer,
    LATCHKEY_LISTEN_PORT: String(port),
    // All of its people come from one address.
    LATCHKEY_LIMITS_SIGN_INS_PER_ADDRESS: '0',
    ...storeEnv(url),
  };
  // Paths are relative to the folder: the file of the store and the key go there.
  const config = loadConfig({ cwd: folder, env });
  if (url !== undefined) site.started.push({ stop: () => dropDatabase(url) });
  const cost = site.hashed ? costOf(config) : undefined;
  const seeded = await withStore(config, (parts) => seed(parts, site.people, cost));
  const args = ['serve', '--workers', String(workers)];
  const start = async (): Promise<Program> => {
    const program = startProgram(name, folder, { file: main, args, env, server: true });
    site.started.push(program);
    await serves(program, issuer, workers);
    return program;
  };
  const product: RunningProduct = {
    program: await start(),
    ready: { issuer, ...seeded },
    async again() {
      product.program = await start();
    },
    withStore: (work) => withStore(config, work),
  };
  return product;
}

function costOf({ passwords }: Config): HashCost {
  return { memoryCost: passwords.hash_memory_kib, timeCost: passwords.hash_passes };
}

function storeEnv(mongodb: string | undefined): Record<string, string> {
  if (mongodb === undefined) return {};
  return {
    LATCHKEY_STORE_ENGINE: 'mongodb',
    LATCHKEY_STORE_MONGODB_URL: mongodb,
    LATCHKEY_STORE_REQUIRE_REPLICA_SET: 'false',
    LATCHKEY_ENCRYPTION_KEY: randomBytes(32).toString('base64url'),
  };
}

async function withStore<T>(config: Config, work: (parts: Seeding) => Promise<T>): Promise<T> {
  const store = await openStore(storeOptions(config.store), COLLECTIONS, { now: Date.now });
  try {
    return await work({ config, store, vault: await vaultOf(config, store) });
  } finally {
    await store.close();
  }
}

/** Resolves when it answers, with all its workers. */
async function serves(program: Program, issuer: string, workers: number): Promise<void> {
  const deadline = performance.now() + SERVES_WITHIN;
  while (!(await hasWorkers(program, workers)) || !(await isReady(issuer))) {
    if (performance.now() > deadline) throw new Error(`${issuer} was not ready in time.`);
    await pause(LOOK_AGAIN);
  }
}

async function isReady(issuer: string): Promise<boolean> {
  const answer = await fetch(`${issuer}/readyz`).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.status === 200;
}

async function hasWorkers(program: Program, workers: number): Promise<boolean> {
  const serving = await program.ask<number>({ serving: true }, 'serving');
  // The first process serves by itself when it is to be the only one.
  return workers === 1 || serving >= workers;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
