/**
 * `--only start,memory`: what a process costs to start and to hold, of the product as it was built and from its
 * sources, beside bare oidc-provider and an empty Node in the same run. On Linux, which tells both of any process.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildApp, mainOf, ROOT } from '../build/app.ts';
import { measureMemory, type Memory } from './memory.ts';
import { folderFor } from './program.ts';
import { median, rounded } from './rows.ts';

export const PROCESSES = ['start', 'memory'];

interface Started {
  /** CPU until it is ready, seconds, and what it holds a moment later, MB. */
  cpu: number;
  rss: number;
}

interface Case {
  name: string;
  args: readonly string[];
  /** The line that says that it is ready, or a message; undefined: its end is waited for. */
  ready?: RegExp | 'message';
}

/** True where these are what is asked for, alone. */
export function asksForProcesses(argv: readonly string[]): boolean {
  const { values } = parseArgs({
    args: [...argv],
    options: { only: { type: 'string' } },
    strict: false,
  });
  const { only } = values;
  return typeof only === 'string' && only.split(',').every((name) => PROCESSES.includes(name));
}

/** Prints both tables, or the one that is asked for. */
export async function measureProcesses(argv: readonly string[]): Promise<void> {
  const { only, rounds, seconds } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string', default: '' },
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '60' },
    },
  }).values;
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  try {
    const built = join(ROOT, 'dist', `bench-${process.pid}`);
    await buildApp(built).finally(() =>
      process.once('exit', () => rmSync(built, { recursive: true })),
    );
    if (only.includes('start'))
      tellStart(await measureStarts(mainOf(built), Number(rounds), folder));
    if (only.includes('memory'))
      tellMemory(await measureMemory(mainOf(built), Number(seconds), folder), Number(seconds));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** They take turns. The first round, which fills the caches of compiled code, is not counted. */
async function measureStarts(main: string, rounds: number, folder: string) {
  const cases = casesOf(main, folderFor('bare', folder));
  const all = new Map<string, Started[]>(cases.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1)
    for (const one of cases) {
      const measured = await measureStart(one, folder);
      if (round > 0) all.get(one.name)?.push(measured);
    }
  return all;
}

function casesOf(main: string, bare: string): Case[] {
  const sources = join(ROOT, 'src/main.ts');
  const ready = /Latchkey is ready/u;
  return [
    { name: 'serve, built', args: [main, 'serve'], ready },
    { name: 'serve, sources', args: [sources, 'serve'], ready },
    { name: '--help, built', args: [main, '--help'] },
    { name: '--help, sources', args: [sources, '--help'] },
    {
      name: 'bare oidc-provider',
      args: [join(ROOT, 'bench/bare-server.ts'), bare, '8'],
      ready: 'message',
    },
    {
      name: 'empty Node',
      args: ['-e', 'console.log("ready"); setInterval(() => {}, 1e6)'],
      ready: /ready/u,
    },
  ];
}

async function measureStart({ args, ready }: Case, folder: string): Promise<Started> {
  const env = {
    PATH: process.env['PATH'],
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    LATCHKEY_LISTEN_PORT: '0',
    LATCHKEY_ISSUER: 'http://localhost:3000',
    LATCHKEY_LISTEN_DRAIN_MS: '0',
  };
  if (!ready) return untilEnd(args, { cwd: folder, env });
  const stdio = ['ignore', 'pipe', 'inherit', 'ipc'] as const;
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: [...stdio] });
  return untilReady(child, ready, once(child, 'exit'));
}

async function untilReady(
  child: ChildProcess,
  ready: RegExp | 'message',
  ended: Promise<unknown>,
): Promise<Started> {
  const pid = child.pid ?? 0;
  if (ready === 'message') await once(child, 'message');
  else await said(child, ready);
  const cpu = cpuOf(pid);
  await pause(SETTLES);
  const rss = rssOf(pid);
  child.kill('SIGTERM');
  await ended;
  return { cpu, rss };
}

async function said({ stdout }: ChildProcess, line: RegExp): Promise<void> {
  if (!stdout) throw new Error('The output of a program is a pipe.');
  const lines = createInterface({ input: stdout });
  await new Promise<void>((resolve) =>
    lines.on('line', (text) => {
      if (line.test(text)) resolve();
    }),
  );
}

/** Milliseconds. */
const SETTLES = 500;
/** How often a short program is run. */
const TIMES = 4;

/** By the shell, which is told of what has ended; in hundredths of a second, so several times. */
function untilEnd(
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Started {
  const again = Array.from({ length: TIMES }, () => '"$@" >/dev/null').join('; ');
  const shell = ['-c', `${again}; times`, 'sh', process.execPath, ...args];
  const told = execFileSync('sh', shell, { ...options, encoding: 'utf8' });
  const ofChildren = told.trim().split('\n').at(-1) ?? '';
  const parts = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/gu)];
  const seconds = parts.reduce(
    (sum, [, minutes, rest]) => sum + 60 * Number(minutes) + Number(rest),
    0,
  );
  return { cpu: seconds / TIMES, rss: Number.NaN };
}

/** Of all its threads, seconds. */
function cpuOf(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const times = tasks.map((task) => readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8'));
  return times.reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1e9, 0);
}

/** MB. */
function rssOf(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}

function tellStart(all: ReadonlyMap<string, readonly Started[]>): void {
  const rows = [...all].map(([name, starts]) => ({
    start: name,
    'CPU s': rounded(median(starts.map(({ cpu }) => cpu))),
    'RSS MB': Math.round(median(starts.map(({ rss }) => rss))) || '',
  }));
  console.table(rows);
}

function tellMemory(rows: readonly Memory[], seconds: number): void {
  console.table(
    rows.map(({ name, idle, loaded }) => ({
      memory: name,
      'idle, RSS MB': idle.map(Math.round).join(' + '),
      [`after ${seconds} s of load`]: loaded.map(Math.round).join(' + '),
    })),
  );
}
