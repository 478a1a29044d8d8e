/**
 * CPU and p95 of the console's pages over HTTP, by an administrator who is signed in, on a store that has been
 * filled. The server runs in this process: what the requests themselves cost is counted with it.
 */
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { hash } from '@node-rs/argon2';
import { Pool } from 'undici';
import { operatorPerformed } from '../src/audit/performed.ts';
import { loadConfig } from '../src/config/load.ts';
import { newAuthenticator, openSecret } from '../src/factors/totp.ts';
import { claimInstallation } from '../src/migration/installation.ts';
import { addPerson } from '../src/operations/people/add-person.ts';
import { newPersonId } from '../src/records/person.ts';
import { valueOf } from '../src/result.ts';
import type { Vault } from '../src/secrets/vault.ts';
import { startServer } from '../src/server/server.ts';
import type { Store } from '../src/storage/store.ts';
import { send, unexpected, type Answer, type Cookies } from './browser.ts';
import { median } from './rows.ts';
import { openSignedIn } from './sign-in.ts';

/** The least that argon2id can be told (RFC 9106 §3.1). */
const CHEAP = { algorithm: 2, memoryCost: 8, timeCost: 1, parallelism: 1 };
const TIMES = 40;
const WARM = 5;
const PASSWORD = 'a long pass phrase of the bench';

export interface PageCost {
  /** Milliseconds of CPU, the median. */
  cpu: number;
  /** Milliseconds until the answer was there. */
  p95: number;
}

export interface Administrator {
  login: string;
  password: string;
  totpSecret: string;
}

/** Adds whoever looks at the pages. `now`: milliseconds since the epoch. */
export async function addAdministrator(
  { store, vault }: { store: Store; vault: Vault },
  now: number,
): Promise<Administrator> {
  await claimInstallation(store, 'production', now);
  const authenticator = await newAuthenticator(vault, now);
  const names = { login: 'bench', email: 'bench@acme.test', name: 'Bea Bench' };
  const person = { ...names, organisation: 'acme', role: 'administrator' as const };
  const credentials = {
    passwordHash: await hash(PASSWORD, CHEAP),
    authenticators: [authenticator],
  };
  const parts = { store, relay: { soon() {} } };
  const performed = operatorPerformed({ default_language: 'en' }, now);
  valueOf(await addPerson(parts, performed, person, { id: newPersonId(), credentials }));
  const totpSecret = await openSecret(vault, authenticator);
  return { login: names.login, password: PASSWORD, totpSecret };
}

export interface PagesSite {
  folder: string;
  path: string;
  /** The encryption key, base64url. */
  key: string;
  who: Administrator;
  /** Paths by their names; `after` leads to a page far into the list of people. */
  paths: Readonly<Record<string, string>>;
  now(): number;
}

/** By the name of the page. */
export async function pageCosts(site: PagesSite): Promise<Map<string, PageCost>> {
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const env = {
    LATCHKEY_ISSUER: issuer,
    LATCHKEY_LISTEN_PORT: String(port),
    LATCHKEY_STORE_PATH: site.path,
    LATCHKEY_ENCRYPTION_KEY: site.key,
    LATCHKEY_LOG_LEVEL: 'warn',
  };
  const config = loadConfig({ cwd: site.folder, env });
  const world = { stdout: { write: () => true }, now: site.now };
  const server = await startServer(config, world, { purpose: 'production' });
  const pool = new Pool(issuer, { connections: 1 });
  try {
    // What is counted at leisure is counted before.
    await server.settle();
    return await measured(site, { pool, requests: 0, ready: { issuer }, now: site.now });
  } finally {
    await pool.close();
    await server.close();
  }
}

async function measured(
  { who, paths }: PagesSite,
  target: Parameters<typeof openSignedIn>[0],
): Promise<Map<string, PageCost>> {
  const cookies: Cookies = new Map();
  const home = await openSignedIn(target, '/admin', who, cookies);
  if (home.status !== 200) throw unexpected('The console', home);
  const costs = new Map<string, PageCost>();
  for (const [name, path] of Object.entries(paths))
    costs.set(name, await costOf(() => send(target, { path }, cookies)));
  return costs;
}

async function costOf(ask: () => Promise<Answer>): Promise<PageCost> {
  const [cpu, took]: [number[], number[]] = [[], []];
  for (let at = 0; at < TIMES + WARM; at += 1) {
    const [before, begun] = [process.cpuUsage(), performance.now()];
    const answer = await ask();
    const { user, system } = process.cpuUsage(before);
    if (answer.status !== 200) throw unexpected('A page of the console', answer);
    if (at < WARM) continue;
    cpu.push((user + system) / 1_000);
    took.push(performance.now() - begun);
  }
  const sorted = took.toSorted((a, b) => a - b);
  return { cpu: median(cpu), p95: sorted[Math.floor(0.95 * sorted.length)] ?? NaN };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
