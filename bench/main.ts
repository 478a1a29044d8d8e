/**
 * `npm run bench`. This folder measures what an operation costs the server's CPU: the product, bare
 * oidc-provider in memory (bare-server.ts) and the floor (floor.ts), each in a process of its own,
 * driven from this one, taking turns (run.ts).
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { CONNECTIONS } from './browser.ts';
import { PEOPLE } from './messages.ts';
import { HELP, LIMIT, parseOptions, type Options } from './options.ts';
import type { Row } from './rows.ts';
import { runBench } from './run.ts';
import { table } from './table.ts';

/** Answers the exit code: 0 done, 1 failed, 2 wrong arguments. */
async function main(argv: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(argv);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  try {
    const rows = await bounded(options);
    process.stdout.write(`${heading(options)}\n\n${table(rows)}\n\n${NOTES}`);
    if (options.json) await writeFile(options.json, `${JSON.stringify(report(rows), null, 2)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`The bench has failed: ${messageOf(error)}\n`);
    return 1;
  }
}

async function bounded(options: Options): Promise<Row[]> {
  const ended = new AbortController();
  const end = (why: string): void => ended.abort(new Error(why));
  const watchdog = setTimeout(
    () =>
      end(`it was not done after ${LIMIT / 60} minutes. Is the machine busy with something else?`),
    LIMIT * 1000,
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(signal));
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  try {
    return await runBench(options, { progress, stop: ended.signal });
  } finally {
    clearTimeout(watchdog);
  }
}

function report(rows: readonly Row[]): object {
  return { node: process.version, cpus: availableParallelism(), rows };
}

function heading({ rounds, seconds }: Options): string {
  return (
    `Node ${process.version}, ${availableParallelism()} CPUs shared with the driver, ` +
    `${CONNECTIONS} connections, ${PEOPLE} people, ${rounds} rounds of ${seconds} s`
  );
}

const NOTES = `CPU is the server process with all its threads. The ratios compare it within a round; the median is shown.
floor: one ES256 signature and one durable SQLite commit, in a loop without a server around it.
bare:  oidc-provider alone, ES256, everything in plain Maps, clients in its configuration; its sign-in
       pages have as many requests as the product's and check next to nothing.
`;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.exitCode = await main(process.argv.slice(2));
// A run that was ended may have requests under way that nobody waits for.
process.exit();
