/** What mail servers and APIs ask all day, at a fixed rate: how long an answer takes, and the server for it. */
import { atRate } from './paced.ts';
import type { Operation } from './operations.ts';
import type { Options } from './options.ts';
import { warmUpSeconds } from './plan.ts';
import { startProduct, type Engine } from './product.ts';
import { median, percentile, rounded } from './rows.ts';
import type { Running } from './running.ts';
import { signInUsers, targetOf, type Server, type Target } from './target.ts';

export interface RateRow {
  operation: string;
  engine: string;
  /** Requests a second. */
  rate: number;
  n: number;
  /** CPU of the server for each request, milliseconds; the median of the rounds. */
  cpu_ms: number;
  /** From the time that a request was planned for to its answer. */
  p50_ms: number;
  p99_ms: number;
  /** In the server, from a request's headers to the last byte of its answer. */
  server_p50_ms: number;
  server_p99_ms: number;
}

/** Enough for a stall of a tenth of a second at 500 a second. */
const PACED_CONNECTIONS = 64;
/** Requests a second. */
const WARM_UP_RATE = 500;
/** Milliseconds, where rounds are as long as usual; shorter ones promise nothing. */
const WARM_UP_MS = 8000;

export async function measureRates(
  options: Options,
  engine: Engine,
  rates: readonly number[],
  running: Running,
): Promise<RateRow[]> {
  running.progress(`starting ${engine}`);
  const server = await startProduct(`${engine}-rates`, { engine, workers: 1 }, running);
  const target = await signedInTarget(engine, server, running);
  await server.program.ask({ timing: true }, 'times');
  const rows: RateRow[] = [];
  for (const operation of options.operations.filter((one) => one.paced))
    for (const rate of rates) {
      running.progress(`measuring ${operation.name} on ${engine} at ${rate} a second`);
      rows.push(await measureRate({ target, server, operation, rate }, options, running.stop));
    }
  return rows;
}

async function signedInTarget(
  engine: Engine,
  server: Server,
  { started, progress }: Running,
): Promise<Target> {
  const target = await targetOf(engine, server, PACED_CONNECTIONS);
  started.push(target);
  progress(`signing ${target.ready.people.length} people in to ${engine}`);
  await signInUsers(target);
  return target;
}

interface Measuring {
  target: Target;
  server: Server;
  operation: Operation;
  rate: number;
}

async function measureRate(
  { target, server, operation, rate }: Measuring,
  { rounds, seconds }: Options,
  stop: AbortSignal,
): Promise<RateRow> {
  const { users } = target;
  const run = async (turn: number): Promise<void> => {
    stop.throwIfAborted();
    const user = users[turn % users.length];
    if (user) await operation.run(target, user);
  };
  const times = (): Promise<number[]> => server.program.ask<number[]>({ timing: true }, 'times');
  // A server that has been asked for a while: at the rate itself it would take minutes until its code is compiled.
  await atRate({ rate: WARM_UP_RATE, ms: WARM_UP_MS * Math.min(1, seconds) }, run);
  await atRate({ rate, ms: warmUpSeconds(seconds) * 1000 }, run);
  await times();
  const cpu: number[] = [];
  const latencies: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = await target.cpuMs();
    const those = await atRate({ rate, ms: seconds * 1000 }, run);
    cpu.push(((await target.cpuMs()) - before) / those.length);
    latencies.push(...those);
  }
  const all = Float64Array.from(latencies).toSorted();
  const inServer = Float64Array.from(await times()).toSorted();
  return {
    operation: operation.name,
    engine: target.name,
    rate,
    n: all.length,
    cpu_ms: rounded(median(cpu)),
    p50_ms: rounded(percentile(all, 0.5)),
    p99_ms: rounded(percentile(all, 0.99)),
    server_p50_ms: rounded(percentile(inServer, 0.5)),
    server_p99_ms: rounded(percentile(inServer, 0.99)),
  };
}
