/**
 * The metrics of several processes as one. The first process asks its workers at each scrape and adds
 * up. What a worker has counted stays counted when it ends: a sum that falls would be read as growth.
 */
import { AggregatorRegistry } from 'prom-client';
import type { Metrics, Snapshot } from './metrics.ts';

/** The other end of a channel between the first process and a worker (node:cluster has it). */
export interface Channel {
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
  send(message: object, done: (error: Error | null) => void): unknown;
}

export interface WorkerChannel extends Channel {
  id: number;
}

/** Milliseconds that a scrape waits for a worker. */
const PATIENCE = 2_000;

/** In a worker: answers when the first process asks. */
export function shareMetrics({ snapshot }: Pick<Metrics, 'snapshot'>, first: Channel): void {
  first.on('message', (message) => {
    const asked = numberOf(message, 'metricsAsked');
    if (asked === undefined) return;
    const answer = async (): Promise<void> => {
      const metrics = await snapshot();
      // A channel that is closed meanwhile: nobody is waiting any more.
      first.send({ metricsAnswered: asked, metrics }, () => {});
    };
    answer().catch(() => {});
  });
}

/** In the first process: reads the metrics of the workers that there are at the time, added up. */
export function gatherMetrics(
  workers: () => readonly WorkerChannel[],
  patience = PATIENCE,
): () => Promise<string> {
  const last = new Map<number, Snapshot>();
  let past: Snapshot = [];
  let asked = 0;
  return async () => {
    const present = workers();
    const number = (asked += 1);
    const answers = await Promise.all(
      present.map(async (worker) => ({ worker, answer: await ask(worker, number, patience) })),
    );
    const answering = answers.flatMap(({ worker, answer }) => (answer ? [{ worker, answer }] : []));
    for (const { worker, answer } of answering) last.set(worker.id, answer);
    const silent: Snapshot[] = [];
    for (const [id, snapshot] of last) {
      if (answering.some(({ worker }) => worker.id === id)) continue;
      if (present.some((worker) => worker.id === id)) silent.push(cumulative(snapshot));
      else {
        past = await sum([past, cumulative(snapshot)]).getMetricsAsJSON();
        last.delete(id);
      }
    }
    const current = answering.map(({ answer }) => answer.map(forSeveral));
    return sum([past, ...silent, ...current, [answeringGauge(answering.length)]]).metrics();
  };
}

/** `undefined`: it does not answer in time, or is gone. */
async function ask(
  worker: Channel,
  number: number,
  patience: number,
): Promise<Snapshot | undefined> {
  const { promise, resolve } = Promise.withResolvers<Snapshot | undefined>();
  const listener = (message: unknown): void => {
    if (numberOf(message, 'metricsAnswered') === number)
      resolve((message as { metrics: Snapshot }).metrics);
  };
  const timer = setTimeout(() => resolve(undefined), patience);
  worker.on('message', listener);
  try {
    worker.send({ metricsAsked: number }, (error) => error && resolve(undefined));
    return await promise;
  } finally {
    clearTimeout(timer);
    worker.off('message', listener);
  }
}

function numberOf(message: unknown, key: string): number | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const value = (message as Record<string, unknown>)[key];
  return typeof value === 'number' ? value : undefined;
}

type OneMetric = Snapshot[number];

function sum(snapshots: readonly Snapshot[]) {
  return AggregatorRegistry.aggregate([...snapshots]);
}

/** What only ever grows. */
function cumulative(snapshot: Snapshot): Snapshot {
  return snapshot.filter(({ type }) => ['counter', 'histogram'].includes(String(type)));
}

/** The slowest event loop is the one that people wait for, not the mean of all. */
function forSeveral(metric: OneMetric): OneMetric {
  const isDelay = metric.name.startsWith('nodejs_eventloop_lag');
  if (!isDelay) return metric;
  const values = metric.values.filter(({ value }) => Number.isFinite(value));
  return { ...metric, aggregator: 'max', values };
}

function answeringGauge(value: number): OneMetric {
  return {
    name: 'latchkey_workers_answering',
    help: 'Workers whose metrics are in this answer.',
    type: 'gauge',
    aggregator: 'max',
    values: [{ value, labels: {} }],
  } as unknown as OneMetric;
}
