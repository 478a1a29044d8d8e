/**
 * Several processes that serve one store, behind a balancer, and a clock that all of them follow. On
 * MongoDB they are `serve` processes of their own, as on several machines; on SQLite, which one machine
 * has to itself, the workers of one.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditCollection, eventsAbout } from '../../src/audit/event.ts';
import { unlocked, type Installation } from '../../src/server/opened.ts';
import { createLog } from '../../src/server/log/log.ts';
import { relayMessages } from '../../src/server/outbox.ts';
import { loadConfig } from '../../src/config/load.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { openStore } from '../../src/storage/open.ts';
import { storeOptions } from '../../src/storage/options.ts';
import { startBalancer, type Balancer } from './balancer.ts';
import { startChild, type Child } from './child.ts';
import { MAIN, runLatchkey, type Ran } from './command-line.ts';
import { startMailServer, type MailServer } from './mail-server.ts';
import type { Visited } from './policy.ts';
import { tally } from './race.ts';
import { freePort } from './free-port.ts';
import { seeding, type Seeding, type TestPerson } from './server.ts';
import { ENGINE, newStore } from './stores.ts';
import { byOperator } from './by-operator.ts';

export interface ClusterOptions {
  /** How many answer; two or more. */
  processes: number;
  env?: Record<string, string>;
  /** On MongoDB too, the workers of one. */
  workers?: boolean;
  /** Does the balancer go on using its connections? Workers of one port are then not taken in turn. */
  keepAlive?: boolean;
}

export interface Machine {
  port: number;
  child: Child;
}

/** The store and the vault are the test's own, as of one more process. */
export interface TestCluster extends Visited, Seeding, Installation {
  folder: string;
  /** What all its processes are told; each has a port of its own besides. */
  env: Record<string, string>;
  balancer: Balancer;
  mail: MailServer;
  processes: number;
  /** Those that listen: one with workers on SQLite. */
  machines: Machine[];
  /** Starts one; the balancer does not know it yet. `port`: a free one unless told. */
  start(port?: number): Promise<Machine>;
  /** The command line, in a process of its own. */
  run(args: readonly string[]): Promise<Ran>;
  /** The same question at each process, one after the other, from the first to the last. */
  everywhere<T>(ask: () => Promise<T>): Promise<T[]>;
  /** What was recorded about the person, at whichever process: how often, by type. */
  recorded(person: TestPerson): Promise<Record<string, number>>;
  /** Which process answered each request so far that was told by one that has ended. */
  answers(): Answer[];
  /** Ends the processes; may be called again. Answers their exit codes. */
  stopProcesses(): Promise<number[]>;
  stop(): Promise<void>;
}

/** Of a process's log. */
export interface Answer {
  process: string;
  method: string;
  path: string;
  status: number;
}

const WORKERS_READY = /"worker":(\d+),.*Latchkey is ready/u;

export async function startCluster(options: ClusterOptions): Promise<TestCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-cluster-'));
  const kept = newStore(folder);
  const mail = await startMailServer();
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const env = {
    ...kept.env,
    LATCHKEY_ISSUER: issuer,
    LATCHKEY_PROXIES: '127.0.0.1',
    LATCHKEY_PASSWORDS_HASH_MEMORY_KIB: '7168',
    LATCHKEY_PASSWORDS_HASH_PASSES: '1',
    LATCHKEY_MAIL_SMTP_URL: mail.url,
    ...options.env,
  };
  const processes = startProcesses(folder, env, options);
  // On an empty store, all at once.
  await Promise.all(Array.from({ length: processes.most }, () => processes.start()));
  const { machines } = processes;
  const targets = machines.map((machine) => machine.port);
  const balancer = await startBalancer(port, targets, options);
  const clock = clockOf(machines, balancer);
  processes.ahead = () => clock.ahead;
  const now = (): number => Date.now() + clock.ahead;
  const installation = await openInstallation(folder, env, now);
  await byOperator({ ...installation, now }).addOrganisation({ name: 'Acme', mfa: 'required' });
  return {
    ...installation,
    ...seeding(installation, issuer, now),
    issuer,
    folder,
    env,
    balancer,
    mail,
    clock,
    now,
    machines,
    processes: options.processes,
    start: processes.start,
    run: (args) => runLatchkey(args, { cwd: folder, env }),
    everywhere: (ask) => inTurnAsked(options.processes, ask),
    async mailsTo(address) {
      await mail.accepted(address);
      return mail.mails.filter(({ to }) => to === address);
    },
    recorded: (person) => recordedOf(installation, person),
    answers: () => processes.all.flatMap(answersOf),
    stopProcesses: () => Promise.all(machines.map(({ child }) => child.stop())),
    async stop() {
      await Promise.all(machines.map(({ child }) => child.stop()));
      await balancer.close();
      await installation.store.close();
      await mail.close();
      await kept.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Processes {
  /** How many are started at first. */
  most: number;
  machines: Machine[];
  /** Those that have ended too. */
  all: Machine[];
  /** Milliseconds. */
  ahead(): number;
  start(port?: number): Promise<Machine>;
}

function startProcesses(
  folder: string,
  env: Record<string, string>,
  { processes: wanted, workers: oneMachine = ENGINE === 'sqlite' }: ClusterOptions,
): Processes {
  const workers = oneMachine ? ['--workers', String(wanted)] : [];
  const processes: Processes = {
    most: oneMachine ? 1 : wanted,
    machines: [],
    all: [],
    ahead: () => 0,
    async start(given) {
      const port = given ?? (await freePort());
      const own = {
        LATCHKEY_LISTEN_PORT: String(port),
        SHIFT_CLOCK_MS: String(processes.ahead()),
      };
      const child = await startChild([MAIN, 'serve', ...workers], {
        cwd: folder,
        env: { ...env, ...own },
        ready: oneMachine ? untilReady(wanted) : /Latchkey is ready/u,
      });
      const machine = { port, child };
      processes.machines.push(machine);
      processes.all.push(machine);
      return machine;
    },
  };
  return processes;
}

/** True once as many workers have said that they are ready. */
export function untilReady(workers: number): (line: string) => boolean {
  const ready = new Set<string>();
  return (line) => {
    const worker = WORKERS_READY.exec(line)?.[1];
    if (worker !== undefined && worker !== '0') ready.add(worker);
    return ready.size >= workers;
  };
}

/** What is asked after it was moved is answered in the new time. */
function clockOf(machines: readonly Machine[], balancer: Balancer): { ahead: number } {
  let ahead = 0;
  return {
    get ahead() {
      return ahead;
    },
    set ahead(ms) {
      ahead = ms;
      const moved = machines.map(({ child }) => child.shiftClock(ms));
      balancer.ready = Promise.all([balancer.ready, ...moved]);
    },
  };
}

async function openInstallation(
  folder: string,
  env: Record<string, string>,
  now: () => number,
): Promise<Installation> {
  const config = loadConfig({ cwd: folder, env });
  const store = await openStore(storeOptions(config.store), COLLECTIONS, {
    now,
    mayBeServed: true,
  });
  return unlocked(config, store);
}

async function recordedOf(
  { config, store }: Installation,
  { person }: TestPerson,
): Promise<Record<string, number>> {
  await relayMessages(config, store, createLog('silent', process.stdout).log, Date.now);
  const { items } = await store.find(auditCollection, { ...eventsAbout(person.id), limit: 1000 });
  return tally(items.map(({ value }) => value.type));
}

async function inTurnAsked<T>(times: number, ask: () => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  while (answers.length < times) answers.push(await ask());
  return answers;
}

/** A line may come after the answer that it tells of. */
function answersOf({ port, child }: Machine): Answer[] {
  return child.lines.flatMap((line) => {
    if (!line.startsWith('{') || !line.includes('"method"')) return [];
    const { worker = 0, method, path, status } = JSON.parse(line) as LogLine;
    return [{ process: `${port}/${worker}`, method, path, status }];
  });
}

interface LogLine {
  worker?: number;
  method: string;
  path: string;
  status: number;
}
