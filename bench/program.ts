/** A process that the bench measures: started, asked, and ended with the bench. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cpu } from './messages.ts';

const here = (file: string): string => new URL(file, import.meta.url).href;
const SHIFT_CLOCK = here('../test/support/shift-clock.ts');
const MEASURED = here('./measured.ts');
/** Milliseconds. */
const READY_WITHIN = 60_000;
const STOP_WITHIN = 15_000;
const LOG_TAIL = 2_000;

export interface Program {
  /** Resolves with what the next message from the process has under `key`. */
  hear<T>(key: string): Promise<T>;
  /** Sends `message`; answers what the next message from the process has under `key`. */
  ask<T>(message: object, key: string): Promise<T>;
  /** Sets its clock, and its workers', `ms` milliseconds ahead of the machine's. */
  shiftClock(ms: number): Promise<void>;
  /** Of the process and its workers so far, milliseconds. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
  /** Ends it without a word to it, as a machine does that loses its power. */
  kill(): Promise<void>;
}

export interface ProgramFile {
  /** A module, from this folder, or its URL. */
  file: string;
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Does it serve on its own? Then it is asked for CPU and time by way of measured.ts. */
  server: boolean;
}

/** A folder of its own for one program's files and output. */
export function folderFor(name: string, folder: string): string {
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  return own;
}

/** Starts a program in `folder`, where its output goes too, as a process of its own. */
export function startProgram(name: string, folder: string, program: ProgramFile): Program {
  const logFile = join(folder, 'output.log');
  const child = forkInto(logFile, folder, program);
  const failed = (what: string): Error => {
    const tail = readFileSync(logFile, 'utf8').slice(-LOG_TAIL);
    return new Error(`The ${name} process ${what}. The end of its output:\n${tail}`);
  };
  return programOf(child, failed);
}

function forkInto(logFile: string, cwd: string, program: ProgramFile): ChildProcess {
  const log = openSync(logFile, 'a');
  const preloads = program.server ? [SHIFT_CLOCK, MEASURED] : [SHIFT_CLOCK];
  const child = fork(new URL(program.file, import.meta.url), program.args ?? [], {
    cwd,
    execArgv: preloads.flatMap((preload) => ['--import', preload]),
    env: { ...ownEnvironment(), ...program.env, END_WITH_PARENT: String(process.pid) },
    // A file: writing a line costs what it costs in production, and nobody has to read it.
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

/** Whoever runs the bench may have an installation of their own. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('LATCHKEY_'));
  return Object.fromEntries(kept);
}

function programOf(child: ChildProcess, failed: (what: string) => Error): Program {
  const hear = <T>(key: string): Promise<T> => heard<T>(child, key, failed);
  const ask = <T>(message: object, key: string): Promise<T> => {
    const answered = hear<T>(key);
    if (child.connected) child.send(message);
    return answered;
  };
  const askAll = async <T>(message: object, key: string): Promise<T[]> => {
    const own = await ask<T>(message, key);
    return [own, ...(await ask<T[]>({ relay: message, key }, 'relayed'))];
  };
  return {
    hear,
    ask,
    async shiftClock(ms) {
      await askAll({ shiftClock: ms }, 'clockShifted');
    },
    async cpuMs() {
      const all = await askAll<Cpu>({ cpu: true }, 'cpu');
      return all.reduce((sum, { user, system }) => sum + (user + system) / 1000, 0);
    },
    stop: () => stop(child),
    kill: () => kill(child),
  };
}

async function heard<T>(
  child: ChildProcess,
  key: string,
  failed: (what: string) => Error,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const ended = (): void => reject(failed(`has ended (${child.exitCode ?? child.signalCode})`));
  const look = (message: unknown): void => {
    const value = (message as Record<string, T> | null)?.[key];
    if (value !== undefined) resolve(value);
  };
  if (hasEnded(child)) ended();
  const late = setTimeout(() => reject(failed('did not answer in time')), READY_WITHIN);
  child.on('message', look).on('exit', ended);
  try {
    return await promise;
  } finally {
    clearTimeout(late);
    child.off('message', look).off('exit', ended);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN);
  await ended;
  clearTimeout(late);
}

async function kill(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
