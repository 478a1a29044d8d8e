/** `npm run bench -- --simulate`: a day of an organisation, and what became of those who asked. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { grouped } from '../../src/text/progress-bar.ts';
import { startProduct, type Site } from '../product.ts';
import { lay, type Column } from '../table.ts';
import { targetOf } from '../target.ts';
import type { KindRow, StretchRow } from './counted.ts';
import { dayOf } from './day.ts';
import { fasterFor, live, peopleLike, type Lived } from './live.ts';
import { parseSimulate, SIMULATE_HELP, type SimulateOptions } from './options.ts';

/** More than a proxy keeps open for one server, so that nobody waits here. */
const CONNECTIONS = 256;

export function asksToSimulate(argv: readonly string[]): boolean {
  return argv.includes('--simulate');
}

/** Answers the exit code: 0 done, 1 failed, 2 wrong arguments. */
export async function simulate(argv: readonly string[]): Promise<number> {
  const { MONGODB_URI } = process.env;
  let options: SimulateOptions | 'help';
  try {
    options = parseSimulate(argv, MONGODB_URI !== undefined);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${SIMULATE_HELP}`);
    return 2;
  }
  if (options === 'help') {
    process.stdout.write(SIMULATE_HELP);
    return 0;
  }
  try {
    const lived = await liveThrough(options, MONGODB_URI);
    process.stdout.write(told(options, lived));
    if (options.json) await writeFile(options.json, `${JSON.stringify(lived, null, 2)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`The simulation has failed: ${(error as Error).message}\n`);
    return 1;
  }
}

async function liveThrough(options: SimulateOptions, mongodb: string | undefined): Promise<Lived> {
  const { people, minutes, engine, workers, seed } = options;
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => ended.abort(new Error(signal)));
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const site: Site = { folder, people, mongodb, hashed: true, started: [] };
  try {
    progress(`starting ${engine} with ${grouped(people)} people`);
    const product = await startProduct('simulated', { engine, workers }, site);
    const target = await targetOf(engine, product, CONNECTIONS);
    site.started.push(target);
    const day = dayOf(people, seed);
    const faster = fasterFor(minutes);
    return await live({ target, product, day, faster, progress, stop: ended.signal });
  } finally {
    for (const one of site.started.splice(0).toReversed()) await one.stop().catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

const STRETCHES: readonly Column<StretchRow>[] = [
  ['stretch of the day', ({ name }) => name],
  ['seconds', ({ seconds }) => seconds.toFixed(1)],
  ['asked', ({ asked }) => grouped(asked)],
  ['again', ({ again }) => grouped(again)],
  ['a second', ({ a_second: rate }) => rate.toFixed(0)],
  ['cores', ({ cores }) => cores.toFixed(2)],
  ['waiting', ({ waiting }) => waiting.toFixed(1)],
  ['at most', ({ most_waiting: most }) => String(most)],
  ['p50 ms', ({ p50_ms: ms }) => ms.toFixed(1)],
  ['p99 ms', ({ p99_ms: ms }) => ms.toFixed(1)],
  ['refused', ({ refused }) => String(refused)],
  ['nobody', ({ unreachable }) => String(unreachable)],
  ['failed', ({ failed }) => String(failed)],
];

const KINDS: readonly Column<KindRow>[] = [
  ['what was asked for', ({ kind }) => kind],
  ['answered', ({ answered }) => grouped(answered)],
  ['p50 ms', ({ p50_ms: ms }) => ms.toFixed(1)],
  ['p99 ms', ({ p99_ms: ms }) => ms.toFixed(1)],
  ['failed', ({ failed }) => String(failed)],
];

function told({ people, minutes, engine, workers }: SimulateOptions, lived: Lived): string {
  const faster = fasterFor(minutes);
  const like = grouped(peopleLike(people, faster));
  const heading =
    `A day of 14 hours in ${minutes} minutes: ${grouped(people)} people on ${engine} ×${workers}, as many requests a second as of\n` +
    `${like} people in a day of its own length. Node ${process.version}, ${availableParallelism()} CPUs shared with the driver.`;
  const failures = lived.failures.map(
    ({ kind, what, count }) => `failed, ${count} times: ${kind}: ${what}`,
  );
  return `${[heading, lay(STRETCHES, lived.stretches), lay(KINDS, lived.kinds), ...failures, notes(lived)].join('\n\n')}\n`;
}

const notes = ({ outage }: Lived): string =>
  `The server was killed (SIGKILL) and served again after ${outage.toFixed(1)} s; apps that found nobody had asked again after 0.5 s,
1 s, 2 s and so on, up to 8 s. p50 and p99 count from when something was planned to when it was answered in the
end, and a sign-in is all of its pages, with real password hashes. waiting: under way or in a queue, on average.
refused: 429 or 503, each time; nobody: no connection, each time. cores: CPU of the server, as a share of one core.`;
