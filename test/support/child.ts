/** Starts this project's programs as processes of their own, the way a person would run them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';

const shiftClockPreload = new URL('./shift-clock.ts', import.meta.url).href;
const readyWithin = 90_000;
const stopWithin = 60_000;
const answerWithin = 30_000;

export interface ChildOptions {
  /** Added to the environment; `undefined` takes a variable away. LATCHKEY_… is never inherited. */
  env?: Record<string, string | undefined>;
  /** The working folder; the test's own unless told. */
  cwd?: string;
  /** Which line on standard output says that the program is up. */
  ready: RegExp | ((line: string) => boolean);
}

export interface Child {
  pid: number;
  /** The lines on standard output so far; grows. */
  lines: readonly string[];
  /** The lines on standard error so far; grows. */
  errors: readonly string[];
  /** Everything said so far on both, for a failing test's message. */
  output(): string;
  /** Resolves once it has said a line like that on standard output, or already has. */
  said(line: RegExp): Promise<void>;
  /** Sets the program's clock `ms` milliseconds ahead of the machine's (0: back to it). */
  shiftClock(ms: number): Promise<void>;
  /**
   * Sends the signal (SIGTERM unless told) and waits for the end. The exit code; 128 + the signal's
   * number when a signal ended it. May be called again, and after the program has ended by itself.
   */
  stop(signal?: NodeJS.Signals): Promise<number>;
  /** The same code, once the program ends by itself. */
  ended: Promise<number>;
}

/** Runs `node …args` under the shifted clock and resolves once it is ready. */
export async function startChild(args: string[], options: ChildOptions): Promise<Child> {
  const child = spawn(process.execPath, ['--import', shiftClockPreload, ...args], {
    cwd: options.cwd,
    env: childEnvironment(options.env),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  killWithThisProcess(child);
  const run = watch(child, args.join(' '));
  await becomesReady(run, options.ready);
  return {
    pid: child.pid ?? 0,
    lines: run.lines,
    errors: run.errors,
    output: run.output,
    said: (line) => said(run, line),
    shiftClock: (ms) => shiftClock(run, ms),
    stop: (signal = 'SIGTERM') => stop(run, signal),
    ended: run.ended,
  };
}

function childEnvironment(own: Record<string, string | undefined> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    // The second one would make a program that runs tests itself report to this test's runner.
    ([name]) => !name.startsWith('LATCHKEY_') && name !== 'NODE_TEST_CONTEXT',
  );
  return { ...Object.fromEntries(inherited), ...own, END_WITH_PARENT: String(process.pid) };
}

function killWithThisProcess(child: ChildProcess): void {
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('close', () => process.off('exit', kill));
}

interface Run {
  child: ChildProcess;
  lines: string[];
  errors: string[];
  /** Emits `line` for every line on standard output. */
  stdout: Interface;
  ended: Promise<number>;
  output(): string;
  failure(what: string): Error;
}

function watch(child: ChildProcess, name: string): Run {
  const lines: string[] = [];
  const errors: string[] = [];
  const stdout = createInterface({ input: piped(child.stdout) });
  stdout.on('line', (line) => lines.push(line));
  createInterface({ input: piped(child.stderr) }).on('line', (line) => errors.push(line));
  const output = () => [...lines, ...errors].join('\n');
  const failure = (what: string) => new Error(`"${name}" ${what}; its output:\n${output()}`);
  return { child, lines, errors, stdout, ended: whenEnded(child), output, failure };
}

function piped(stream: Readable | null): Readable {
  if (!stream) throw new Error('the output of a child process is a pipe');
  return stream;
}

/** After `close`, not `exit`: all output has been read by then. */
async function whenEnded(child: ChildProcess): Promise<number> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal ? constants.signals[signal] : 0);
}

async function said(run: Run, line: RegExp): Promise<void> {
  if (run.lines.some((one) => line.test(one))) return;
  await becomesReady(run, line);
}

async function becomesReady(run: Run, ready: ChildOptions['ready']): Promise<void> {
  const matches = (line: string) => (ready instanceof RegExp ? ready.test(line) : ready(line));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = (line: string) => void (matches(line) && resolve());
  run.stdout.on('line', look);
  run.ended.then((code) => reject(run.failure(`ended with ${code} before it was ready`)), reject);
  try {
    await within(readyWithin, promise, () => run.failure('was not ready in time'));
  } catch (error) {
    run.child.kill('SIGKILL');
    throw error;
  } finally {
    run.stdout.off('line', look);
  }
}

async function shiftClock(run: Run, ms: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const answer = (message: unknown) => {
    if ((message as { clockShifted?: unknown } | null)?.clockShifted === ms) resolve();
  };
  run.child.on('message', answer);
  run.child.send({ shiftClock: ms }, (error) => error && reject(error));
  try {
    await within(answerWithin, promise, () => run.failure('did not shift its clock'));
  } finally {
    run.child.off('message', answer);
  }
}

async function stop(run: Run, signal: NodeJS.Signals): Promise<number> {
  run.child.kill(signal);
  try {
    return await within(stopWithin, run.ended, () => run.failure(`did not end on ${signal}`));
  } catch (error) {
    run.child.kill('SIGKILL');
    throw error;
  }
}

async function within<T>(ms: number, promise: Promise<T>, late: () => Error): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), ms);
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
