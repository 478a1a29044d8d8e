/** The real command line, on an installation in a folder of its own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../src/cli/run.ts';
import type { StoreOptions } from '../../src/storage/options.ts';
import { freePort } from './free-port.ts';
import { assertSnakeCase } from './snake-case.ts';
import { newStore } from './stores.ts';

/** As it was built, where the tests are run all together: a start costs half as much. */
export const MAIN =
  process.env['TEST_MAIN'] ?? fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface Ran {
  code: number;
  stdout: string;
  /** Without the line that says which installation it is. */
  stderr: string;
  /** That line; empty where there is none. */
  installation: string;
  /** What `--json` printed. */
  json: Record<string, unknown>;
}

export interface Installation {
  folder: string;
  issuer: string;
  env: Record<string, string>;
  /** What a test opens the same store with. */
  store: StoreOptions;
  /** In this process, as main.ts does it: a process each takes seconds. */
  run(args: readonly string[], stdin?: string, more?: Partial<RunOptions>): Promise<Ran>;
  /** In a process of its own: for what is done by two at the same time, or by a signal. */
  runApart(args: readonly string[], stdin?: string): Promise<Ran>;
  remove(): Promise<void>;
}

export async function newInstallation(): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-cli-'));
  const port = await freePort();
  const kept = newStore(folder);
  const env = {
    ...kept.env,
    LATCHKEY_ISSUER: `http://localhost:${port}`,
    LATCHKEY_LISTEN_PORT: String(port),
    LATCHKEY_PASSWORDS_HASH_MEMORY_KIB: '7168',
    LATCHKEY_PASSWORDS_HASH_PASSES: '1',
  };
  return {
    folder,
    issuer: env.LATCHKEY_ISSUER,
    env,
    run: (args, stdin, more) => runHere(args, { cwd: folder, env, stdin, ...more }),
    runApart: (args, stdin) => runLatchkey(args, { cwd: folder, env, stdin }),
    store: kept.options,
    async remove() {
      await kept.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface UsedInstallation extends Installation {
  /** As `run`, of what is done. */
  ok(args: readonly string[], stdin?: string): Promise<Ran>;
  /** As `run`, of what is not; `code`: whichever unless told. */
  refused(args: readonly string[], code?: number, stdin?: string): Promise<Ran>;
}

/** For the top of a test file: there before its first test, with what `prepare` puts into it, gone after its last. */
export function useInstallation(
  prepare: () => Promise<unknown> = async () => {},
): UsedInstallation {
  const used = {
    async ok(args, stdin) {
      const ran = await used.run(args, stdin);
      assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.stderr}${ran.stdout}`);
      return ran;
    },
    async refused(args, code, stdin) {
      const ran = await used.run(args, stdin);
      const isRefused = code === undefined ? ran.code !== 0 : ran.code === code;
      assert.ok(isRefused, `${args.join(' ')}: ${ran.code} ${ran.stdout}${ran.stderr}`);
      return ran;
    },
  } as UsedInstallation;
  before(async () => {
    Object.assign(used, await newInstallation());
    await prepare();
  });
  after(() => used.remove());
  return used;
}

export interface RunOptions {
  cwd: string;
  env: Record<string, string>;
  stdin?: string | undefined;
  /** As if somebody sat there, whose lines have so many characters (of `runHere`). */
  terminal?: boolean | number;
  /** Milliseconds since the epoch (of `runHere`): the clock of a server whose store it is. */
  now?: () => number;
  /** How it is waited for that a change holds everywhere (of `runHere`); not at all unless told. */
  pause?: (ms: number) => Promise<void>;
}

/** Runs `latchkey …` in a process of its own to its end. */
export async function runLatchkey(
  args: readonly string[],
  { cwd, env, stdin = '' }: RunOptions,
): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env: { ...inherited(), ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(stdin);
  const code = await new Promise<number>((resolve) =>
    child.once('close', (status) => resolve(status ?? -1)),
  );
  return ran(code, stdout, stderr);
}

/** What a program is told of the machine, and nothing of Latchkey; compiled once, it starts in half the time. */
export function inherited(): Record<string, string> {
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env;
  return { PATH, ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }) };
}

/** Runs it in this process; `serve`, whose workers would be copies of this process, in one of its own. */
export async function runHere(
  args: readonly string[],
  { cwd, env, stdin = '', terminal = false, now = Date.now, pause = async () => {} }: RunOptions,
): Promise<Ran> {
  if (args[0] === 'serve') return runLatchkey(args, { cwd, env, stdin });
  const [out, err]: [string[], string[]] = [[], []];
  const seen = terminal === false ? {} : { isTTY: true, columns: Number(terminal) };
  const code = await runCommand(args, {
    env,
    cwd,
    stdin: Object.assign(Readable.from([stdin]), seen),
    stdout: { write: (text) => out.push(text), ...seen },
    stderr: { write: (text) => err.push(text), ...seen },
    stop: new AbortController().signal,
    now,
    pause,
  });
  assertSnakeCase(args, out.join(''));
  return ran(code, out.join(''), err.join(''));
}

function ran(code: number, stdout: string, stderr: string): Ran {
  const [installation = ''] = /^Installation: .*\n/mu.exec(stderr) ?? [];
  return {
    code,
    stdout,
    stderr: stderr.replace(installation, ''),
    installation,
    get json() {
      return JSON.parse(stdout) as Record<string, unknown>;
    },
  };
}
