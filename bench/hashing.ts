/**
 * `npm run bench -- --only hashing`: how long a silent sign-on takes while eight passwords are looked at without a
 * pause, hashed at the cost that the product has by default, beside how long it takes when nobody gives one.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../src/config/load.ts';
import { createPasswords } from '../src/factors/password.ts';
import { changePerson, findPerson } from '../src/records/person.ts';
import { CONNECTIONS } from './browser.ts';
import type { Person } from './messages.ts';
import { atRate } from './paced.ts';
import { startProduct, type Engine, type RunningProduct, type Site } from './product.ts';
import { median, percentile, rounded } from './rows.ts';
import { givePassword } from './sign-in.ts';
import { signInUsers, silentSignOn, targetOf, type Target } from './target.ts';

/** Passwords under way at the same time. */
const AT_ONCE = 8;
/** Silent sign-ons a second, and connections that are enough for a stall. */
const RATE = 40;
const PACED_CONNECTIONS = 64;
/** Half of them give their passwords, the others have sessions. */
const PEOPLE = 2 * CONNECTIONS;

export interface HashingRow {
  engine: Engine;
  workers: number;
  /** Of silent sign-ons from the times that they were planned for, milliseconds. */
  idle: { p50: number; p99: number };
  hashing: { p50: number; p99: number };
  /** p99 while passwords are hashed, as a multiple of the other: the median of the rounds. */
  ratio: number;
  hashes_per_s: number;
}

/** True where this is what is asked for. */
export function asksForHashing(argv: readonly string[]): boolean {
  const { values } = parseArgs({
    args: [...argv],
    options: { only: { type: 'string' } },
    strict: false,
  });
  return values.only === 'hashing';
}

/** Prints the table. */
export async function measureHashing(
  argv: readonly string[],
  mongodb: string | undefined,
): Promise<void> {
  const { rounds, seconds, engine, workers } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '5' },
      engine: { type: 'string', default: 'sqlite' },
      workers: { type: 'string', default: '1,2' },
    },
  }).values;
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const site: Site = { folder, people: PEOPLE, mongodb, started: [] };
  const stretch = { rounds: Number(rounds), ms: Number(seconds) * 1000 };
  const rows: HashingRow[] = [];
  try {
    for (const one of engine.split(',') as Engine[])
      for (const count of workers.split(',').map(Number)) {
        rows.push(await measureOne({ engine: one, workers: count }, site, stretch));
        for (const started of site.started.splice(0).toReversed()) await started.stop();
      }
  } finally {
    for (const started of site.started.splice(0).toReversed()) await started.stop();
    await rm(folder, { recursive: true, force: true });
  }
  process.stdout.write(`Node ${process.version}, ${availableParallelism()} CPUs, `);
  process.stdout.write(`${RATE} silent sign-ons a second, ${AT_ONCE} passwords at once\n`);
  console.table(
    rows.map(({ idle, hashing, ...rest }) => ({ ...rest, ...flat({ idle, hashing }) })),
  );
}

interface Stretch {
  rounds: number;
  ms: number;
}

async function measureOne(
  product: { engine: Engine; workers: number },
  site: Site,
  stretch: Stretch,
): Promise<HashingRow> {
  const name = `hashing-${product.engine}-${product.workers}`;
  const server = await startProduct(name, product, site);
  const target = await targetOf(name, server, PACED_CONNECTIONS);
  site.started.push(target);
  const typing = target.ready.people.slice(0, PEOPLE / 2);
  await signInUsers(target, target.ready.people.slice(PEOPLE / 2));
  await hashAtFullCost(server, typing);
  const idle: number[][] = [];
  const hashing: number[][] = [];
  let hashed = 0;
  await signOns(target, stretch.ms);
  for (let round = 0; round < stretch.rounds; round += 1) {
    idle.push(await signOns(target, stretch.ms));
    const load = givePasswords(target, typing);
    hashing.push(await signOns(target, stretch.ms));
    hashed += await load.end();
  }
  const ratios = hashing.map((one, at) => p(one, 0.99) / p(idle[at] ?? [], 0.99));
  return {
    ...product,
    idle: { p50: p(idle.flat(), 0.5), p99: p(idle.flat(), 0.99) },
    hashing: { p50: p(hashing.flat(), 0.5), p99: p(hashing.flat(), 0.99) },
    ratio: rounded(median(ratios)),
    hashes_per_s: rounded((hashed * 1000) / (stretch.ms * stretch.rounds)),
  };
}

const p = (latencies: readonly number[], share: number): number =>
  rounded(percentile(Float64Array.from(latencies).toSorted(), share));

function signOns(target: Target, ms: number): Promise<number[]> {
  const { users } = target;
  return atRate({ rate: RATE, ms }, async (turn) => {
    const user = users[turn % users.length];
    if (user) await silentSignOn(target, target.ready.clients.web, user.cookies);
  });
}

/** Those that the bench has given them are cheap: a hash carries its parameters. */
async function hashAtFullCost(server: RunningProduct, people: readonly Person[]): Promise<void> {
  await server.withStore(async ({ store }) => {
    const { passwords: cost } = loadConfig({ cwd: tmpdir(), env: {} });
    const { hash_memory_kib: memoryKib, hash_passes: passes } = cost;
    const passwords = await createPasswords({ memoryKib, passes, workers: 1 });
    for (const { login, password } of people) {
      const found = await findPerson(store, login);
      if (!found) throw new Error(`There is no ${login}.`);
      const set = { passwordHash: await passwords.hash(password) };
      await changePerson(store, found.id, () => ({ set, result: undefined }));
    }
  });
}

/** Sign-ins that go as far as the password, one after the other in each of as many browsers. */
function givePasswords(target: Target, people: readonly Person[]) {
  let given = 0;
  const over = new AbortController();
  const isOver = (): boolean => over.signal.aborted;
  const lane = async (at: number): Promise<void> => {
    while (!isOver()) {
      const person = people[at % people.length];
      if (person) await givePassword(target, target.ready.clients.web, person);
      if (!isOver()) given += 1;
    }
  };
  const lanes = Promise.all(Array.from({ length: AT_ONCE }, (_, at) => lane(at)));
  return {
    async end(): Promise<number> {
      over.abort();
      await lanes;
      return given;
    },
  };
}

function flat(figures: Pick<HashingRow, 'idle' | 'hashing'>): Record<string, number> {
  return {
    'idle p50 ms': figures.idle.p50,
    'idle p99 ms': figures.idle.p99,
    'hashing p50 ms': figures.hashing.p50,
    'hashing p99 ms': figures.hashing.p99,
  };
}
