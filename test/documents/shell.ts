/**
 * Runs what a page tells people to type, in bash, as it is printed, in a folder like a clone. `npm`, `node` and
 * `latchkey` are shim.sh, which asks here: commands run in this process on a real store, as a process each takes
 * seconds. A server is stopped, as by Ctrl-C, once it answers.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from '../support/free-port.ts';
import { inherited } from '../support/command-line.ts';
import { runProgram, type Ran } from './programs.ts';

const SHIMMED = ['npm', 'node', 'latchkey'];
/** What a clone has, and what is read where the pages are read. */
const CLONED = [
  'package.json',
  'package-lock.json',
  'bin',
  'config',
  'src',
  'demo',
  'check',
  'test',
  'bench',
  'docs',
];

export interface Shell {
  /** A clone on its first day: without data. */
  folder: string;
  /** Variables, aliases and the store are kept from one to the next. Stdout and stderr in one. */
  run(lines: string): Promise<{ code: number; said: string }>;
  remove(): Promise<void>;
}

export async function openShell(): Promise<Shell> {
  const root = await mkdtemp(join(tmpdir(), 'latchkey-page-'));
  const [folder, programs] = [join(root, 'latchkey'), join(root, 'programs')];
  await Promise.all([folder, programs].map((path) => mkdir(path)));
  for (const name of SHIMMED)
    await symlink(resolve('test/documents/shim.sh'), join(programs, name));
  for (const name of CLONED) await symlink(resolve(name), join(folder, name));
  const server = await listen();
  const port = String(await freePort(3));
  const env = {
    ...inherited(),
    PATH: `${programs}:${process.env['PATH']}`,
    DOCUMENTS_PORT: String((server.address() as { port: number }).port),
    LATCHKEY_LISTEN_PORT: port,
    LATCHKEY_PASSWORDS_HASH_MEMORY_KIB: '7168',
    LATCHKEY_PASSWORDS_HASH_PASSES: '1',
  };
  return {
    folder,
    run: (lines) => bash(lines, folder, join(root, 'state'), env),
    async remove() {
      server.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function bash(lines: string, cwd: string, state: string, env: Record<string, string>) {
  const script = [
    'set -eo pipefail; shopt -s expand_aliases',
    `[ ! -e '${state}' ] || . '${state}'`,
    `trap '{ declare -px; alias -p; } > "${state}"' EXIT`,
    lines,
  ].join('\n');
  const child = spawn('bash', ['-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await closed) as [number | null];
  return { code: code ?? -1, said: out + err };
}

async function listen(): Promise<Server> {
  // Half open: the shim has said all that it says, and waits for the answer.
  const server = createServer({ allowHalfOpen: true }, (socket) => void answer(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** A line comes: name, folder and arguments, the environment, what is piped in; as base64, the parts ended by NUL. */
async function answer(socket: Socket): Promise<void> {
  let line = '';
  while (!line.endsWith('\n')) line += String((await once(socket, 'data'))[0]);
  const [typed = '', env = '', input = ''] = line.trimEnd().split(' ').map(decoded);
  const [name = '', cwd = '', ...args] = parts(typed);
  const variables = parts(env).map((one): [string, string] => {
    const at = one.indexOf('=');
    return [one.slice(0, at), one.slice(at + 1)];
  });
  const program = { name, cwd, args, env: Object.fromEntries(variables), input };
  const { code, out, err } = await runProgram(program).catch(failed);
  socket.end([String(code), `.${encoded(out)}`, `.${encoded(err)}`].join(' ') + '\n');
}

const failed = (error: unknown): Ran => ({ code: 99, out: '', err: `${String(error)}\n` });
const decoded = (text: string): string => Buffer.from(text, 'base64').toString('utf8');
const encoded = (text: string): string => Buffer.from(text).toString('base64');
const parts = (text: string): string[] => text.split('\0').slice(0, -1);
