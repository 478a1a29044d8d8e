/**
 * Finds a Node that is new enough, and hands over to it. This folder is what runs first, on whatever
 * Node the machine has: plain JavaScript without the syntax or the APIs of the last years.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os, { constants } from 'node:os';
import { dirname, join } from 'node:path';

const NEEDED = [24, 15];
const PRELOAD = new URL('./ends-with-launcher.js', import.meta.url).href;

/** `version` as in process.versions.node. */
export function isNewEnough(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

/**
 * The running Node when it is new enough, else the one that npm installed beside Latchkey (own-node/,
 * which npm leaves out where the machine's is new enough), else undefined. `from`: the URL of the module
 * to look around from.
 */
export function findNode(from) {
  if (isNewEnough(process.versions.node)) return process.execPath;
  try {
    const windows = process.platform === 'win32';
    const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
    const description = createRequire(from).resolve(`${name}/package.json`);
    const { version } = JSON.parse(readFileSync(description, 'utf8'));
    const binary = join(dirname(description), 'bin', windows ? 'node.exe' : 'node');
    return isNewEnough(version) && existsSync(binary) ? binary : undefined;
  } catch (error) {
    return undefined;
  }
}

/**
 * Of libuv, as the environment says it before the first work: so many that nothing waits behind passwords that are
 * hashed (src/throttling/hash-slots.ts has why, and the same for several processes).
 */
export function threads() {
  const processors = os.availableParallelism ? os.availableParallelism() : os.cpus().length;
  return { UV_THREADPOOL_SIZE: String(Math.max(4, 2 * processors)) };
}

/**
 * Runs `args` on that Node in a process of its own. The end of either is the other's end too, this one's with kill -9 as
 * well: the channel between them breaks. `env`: where ours has nothing.
 */
export function handOver(from, args, env) {
  const node = findNode(from);
  if (node === undefined) return giveUp('and there is no other beside Latchkey');
  const all = Object.assign(threads(), env, process.env, { ENDS_WITH_LAUNCHER: '1' });
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const child = spawn(node, ['--import', PRELOAD].concat(args), { stdio: stdio, env: all });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2']) {
    process.on(signal, () => child.kill(signal));
  }
  // Nothing here for a debugger, which this signal would open.
  process.on('SIGUSR1', () => {});
  child.on('error', (error) => giveUp(`and ${node} cannot be run (${error.message})`));
  child.on('exit', (code, signal) => (signal ? endBy(signal) : process.exit(code)));
}

/** Dies of the same signal, so that whoever waits sees what happened to the child. */
function endBy(signal) {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // Some signals do not end a Node that has no listener; the usual exit code of shells then.
  setTimeout(() => process.exit(128 + constants.signals[signal]), 100);
}

function giveUp(why) {
  const lines = [
    `Latchkey needs Node ${NEEDED.join('.')} or newer. This is Node ${process.version} (${process.execPath}), ${why}.`,
    'Do one of these:',
    '  - run "npm ci" in the folder of Latchkey, without --omit=optional:',
    '    it puts a Node of its own beside Latchkey where there is a build for the machine;',
    `  - install Node ${NEEDED[0]} (${NEEDED.join('.')} or newer) on this machine, and start again.`,
  ];
  console.error(lines.join('\n'));
  process.exit(1);
}
