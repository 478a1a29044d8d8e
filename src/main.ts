/** Arguments and signals only: picks the command, and stops cleanly. */
import { runCommand } from './cli/run.ts';

const OUTPUT_FAILED = 'The output could not be written; what the command did before stays done';

const stop = new AbortController();
// Not `once`: a launcher may pass on the signal that the terminal has sent to all of us already.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
// On the first, Node would open a debugger, which lets in whoever can reach it; the other one ends who does not listen.
for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {});

// What a command prints can be what it was called for, a secret that is shown once: 1 says that it isn't there.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever was reading has enough (`latchkey user list | head`).
  if (error.code !== 'EPIPE')
    process.stderr.write(`${OUTPUT_FAILED} (${error.code ?? error.message}).\n`);
  process.exit(1);
});
// There is nobody left to tell.
process.stderr.on('error', () => {});

process.exitCode = await runCommand(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  stop: stop.signal,
  signals: process,
  now: Date.now,
});
