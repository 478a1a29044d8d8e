/** Arguments and signals only: picks the command, and stops cleanly. */
import { runCommand } from './cli/run.ts';

const stop = new AbortController();
// Not `once`: a launcher may pass on the signal that the terminal has sent to all of us already.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

// Whoever was reading has enough (`latchkey user list | head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(1);
});

process.exitCode = await runCommand(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  stop: stop.signal,
  now: Date.now,
});
