/** The programs that pages tell people to run, as far as they can be run here. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { runCommand } from '../../src/cli/run.ts';
import { freePort } from '../support/free-port.ts';
import { startChild } from '../support/child.ts';
import { MAIN } from '../support/command-line.ts';

export interface Typed {
  /** `npm`, `node`, `latchkey`. */
  name: string;
  cwd: string;
  args: readonly string[];
  env: Record<string, string>;
  input: string;
}

export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Rejects for what nobody can run here: the page has to say so. */
export async function runProgram(typed: Typed): Promise<Ran> {
  const { name, args } = typed;
  if (name === 'latchkey') return latchkey(typed, args);
  if (name === 'npm') return npm(typed, args);
  throw new Error(`${name} ${args.join(' ')} is not run here: say why in the page`);
}

async function npm(typed: Typed, args: readonly string[]): Promise<Ran> {
  const words = args.filter((word) => word !== '-s');
  if (words[0] === '--prefix') return npm({ ...typed, cwd: words[1] ?? '' }, words.slice(2));
  const [first = '', ...rest] = words;
  if (first === 'ci') return install(typed, rest);
  const [script = '', ...more] = first === 'run' ? rest : words;
  const given = more[0] === '--' ? more.slice(1) : more;
  const { scripts } = await packageOf(typed);
  if (!(script in scripts)) throw new Error(`package.json has no script "${script}"`);
  if (script === 'latchkey') return latchkey(typed, given);
  if (script === 'start') return latchkey(typed, ['serve', ...given]);
  if (script === 'demo') return demo(given);
  throw new Error(`npm run ${script} is not run here: say why in the page`);
}

interface Package {
  scripts: Record<string, string>;
  dependencies: object;
  devDependencies: object;
}

async function packageOf({ cwd }: Typed, file = 'package.json'): Promise<Package> {
  return JSON.parse(await readFile(join(cwd, file), 'utf8')) as Package;
}

/** These tests run on what `npm ci` has put there. It refuses a lock file that is of another package.json. */
async function install(typed: Typed, flags: readonly string[]): Promise<Ran> {
  if (!flags.every((flag) => flag === '--omit=dev')) throw new Error(`npm ci ${flags.join(' ')}?`);
  const { dependencies, devDependencies } = await packageOf(typed);
  const lock = (await packageOf(typed, 'package-lock.json')) as unknown as {
    packages: Record<string, Partial<Package>>;
  };
  const locked = lock.packages[''];
  const same =
    isDeepStrictEqual(locked?.dependencies, dependencies) &&
    isDeepStrictEqual(locked?.devDependencies, devDependencies);
  return { code: same ? 0 : 1, out: '', err: '' };
}

/** In this process; a server is told to stop once it answers. */
async function latchkey(typed: Typed, args: readonly string[]): Promise<Ran> {
  if (args.includes('--workers')) return workers(typed, args);
  const [out, err]: [string[], string[]] = [[], []];
  const stop = new AbortController();
  const running = runCommand(args, {
    env: typed.env,
    cwd: typed.cwd,
    stdin: Readable.from([typed.input]),
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    stop: stop.signal,
    now: Date.now,
  });
  if (args[0] === 'serve') void alive(typed.env, running).finally(() => stop.abort());
  return { code: await running, out: out.join(''), err: err.join('') };
}

/** Until the server is alive, or has ended by itself. */
async function alive(env: Typed['env'], ended: Promise<number>): Promise<void> {
  const over = new AbortController();
  void ended.finally(() => over.abort());
  const url = `http://127.0.0.1:${env['LATCHKEY_LISTEN_PORT']}/healthz`;
  const answers = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!over.signal.aborted && !(await answers())) await setTimeout(20);
}

/** Workers are copies of the process that starts them: it is one of its own. */
async function workers({ cwd, env }: Typed, args: readonly string[]): Promise<Ran> {
  const child = await startChild([MAIN, ...args], { cwd, env, ready: /./u });
  await alive(env, child.ended);
  return { code: await child.stop(), out: child.output(), err: '' };
}

/** A process of its own, as a person starts it, ended by Ctrl-C, to which it says good-bye. */
async function demo(args: readonly string[]): Promise<Ran> {
  const base = String(await freePort(3));
  const child = await startChild(['demo/main.ts', '--port-base', base, ...args], {
    ready: /Ctrl-C/u,
  });
  const code = await child.stop('SIGINT');
  if (!child.output().includes('Good-bye')) throw new Error(child.output());
  return { code, out: child.output(), err: '' };
}
