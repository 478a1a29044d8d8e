/** A process that the bench measures: started, asked, and ended with the bench. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SHIFT_CLOCK = new URL('../test/support/shift-clock.ts', import.meta.url).href;
/** Milliseconds. */
const READY_WITHIN = 60_000;
const STOP_WITHIN = 10_000;
const LOG_TAIL = 2_000;

export interface Program {
  /** Sends `message`; answers what the next message from the process has under `key`. */
  ask<T>(message: object, key: string): Promise<T>;
  /** Sets its clock `ms` milliseconds ahead of the machine's. */
  shiftClock(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts `file` (a module beside this one) as a process of its own with a folder of its own, where
 * its output goes too. Answers it with what it sent under `ready`.
 */
export async function startProgram<T>(
  name: string,
  file: string,
  folder: string,
): Promise<{ program: Program; ready: T }> {
  const own = join(folder, name);
  mkdirSync(own);
  const logFile = join(own, 'output.log');
  const child = forkInto(logFile, new URL(file, import.meta.url), own);
  const tail = (): string => readFileSync(logFile, 'utf8').slice(-LOG_TAIL);
  const program = programOf(child, name, tail);
  try {
    const ready = await answer<T>(child, 'ready', READY_WITHIN, (what) =>
      fault(name, what, tail()),
    );
    return { program, ready };
  } catch (error) {
    await program.stop();
    throw error;
  }
}

function forkInto(logFile: string, file: URL, folder: string): ChildProcess {
  const log = openSync(logFile, 'a');
  const child = fork(file, [folder], {
    cwd: folder,
    execArgv: ['--import', SHIFT_CLOCK],
    // A file: writing a line costs what it costs in production, and nobody has to read it.
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

function programOf(child: ChildProcess, name: string, tail: () => string): Program {
  const ask = <T>(message: object, key: string): Promise<T> => {
    const answered = answer<T>(child, key, READY_WITHIN, (what) => fault(name, what, tail()));
    if (child.connected) child.send(message);
    return answered;
  };
  return {
    ask,
    async shiftClock(ms) {
      await ask({ shiftClock: ms }, 'clockShifted');
    },
    stop: () => stop(child),
  };
}

function fault(name: string, what: string, output: string): Error {
  return new Error(`The ${name} process ${what}. The end of its output:\n${output}`);
}

async function answer<T>(
  child: ChildProcess,
  key: string,
  patience: number,
  failure: (what: string) => Error,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const ended = (): void => reject(failure(`has ended (${child.exitCode ?? child.signalCode})`));
  const look = (message: unknown): void => {
    const value = (message as Record<string, T> | null)?.[key];
    if (value !== undefined) resolve(value);
  };
  if (hasEnded(child)) ended();
  const late = setTimeout(() => reject(failure('did not answer in time')), patience);
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

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
