/** Runs the bench as it is run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));

/** `env`: besides that of the test; MONGODB_URI is the test's to give. */
export async function bench(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { MONGODB_URI: _, ...own } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...own, ...env } });
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await ended) as [number];
  return { code, stdout, stderr };
}
