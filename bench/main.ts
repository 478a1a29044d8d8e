/**
 * `npm run bench`. This folder measures what an operation costs the server's CPU: the product on each
 * storage engine (product.ts), bare oidc-provider in memory (bare-server.ts) and the floor (floor.ts),
 * in processes of their own, driven from this one, taking turns (comparison.ts); how the cost grows with
 * what is stored (growth.ts); how long a page of very many people takes (groups.ts); how long what machines ask
 * all day takes when so many of it are asked for a second (rates.ts); by `--only` alone: lists, searches
 * and imports (`admin`, admin.ts), and silent sign-ons while passwords are hashed (`hashing`, hashing.ts); and, by
 * `--simulate`, what becomes of a whole day of an organisation (simulate/).
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { asksForHashing, measureHashing } from './hashing.ts';
import { describeServer } from './mongodb.ts';
import { notes, type Told } from './notes.ts';
import { HELP, parseOptions, type Options } from './options.ts';
import { progressBar } from '../src/text/progress-bar.ts';
import { asksForProcesses, measureProcesses } from './processes.ts';
import { runBench, type Results } from './run.ts';
import { asksToSimulate, simulate } from './simulate/main.ts';

const { MONGODB_URI } = process.env;

/** Answers the exit code: 0 done, 1 failed, 2 wrong arguments. */
async function main(argv: readonly string[]): Promise<number> {
  if (asksForProcesses(argv)) return measureProcesses(argv).then(() => 0);
  if (asksForHashing(argv)) return measureHashing(argv, MONGODB_URI).then(() => 0);
  if (asksToSimulate(argv)) return simulate(argv);
  if (argv.join(' ') === '--only admin') {
    await (await import('./admin.ts')).measureAdmin();
    return 0;
  }
  let options: Options;
  try {
    options = parseOptions(argv, MONGODB_URI !== undefined);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  try {
    const told: Told = { options, mongodb: await mongodbServer(options) };
    const results = await bounded(options);
    process.stdout.write(notes(told, results));
    if (options.json)
      await writeFile(options.json, `${JSON.stringify(report(told, results), null, 2)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`The bench has failed: ${messageOf(error)}\n`);
    return 1;
  }
}

/** What is measured on, if anything is. */
async function mongodbServer({ engines }: Options): Promise<string | null> {
  if (MONGODB_URI === undefined || !engines.includes('mongodb')) return null;
  return describeServer(MONGODB_URI);
}

async function bounded(options: Options): Promise<Results> {
  const ended = new AbortController();
  const end = (why: string): void => ended.abort(new Error(why));
  const minutes = options.limit / 60;
  const late = `it was not done after ${minutes} minutes. Is the machine busy with something else?`;
  const watchdog = setTimeout(() => end(late), options.limit * 1000);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(signal));
  const out = process.stderr;
  try {
    return await runBench(options, {
      mongodb: MONGODB_URI,
      progress: (line) => void out.write(`${line}\n`),
      bar: (what) => progressBar(out, what, 'documents', () => performance.now()),
      stop: ended.signal,
    });
  } finally {
    clearTimeout(watchdog);
  }
}

function report({ mongodb }: Told, results: Results): object {
  return { node: process.version, cpus: availableParallelism(), mongodb, ...results };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.exitCode = await main(process.argv.slice(2));
// A run that was ended may have requests under way that nobody waits for.
process.exit();
