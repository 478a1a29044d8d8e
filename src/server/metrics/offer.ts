/** Which process answers Prometheus: one by itself, or the first of several for all of them. */
import type { Logger } from 'pino';
import { startMetrics, type MetricsListener } from './listener.ts';
import { createMetrics, type LogMeter, type Metrics } from './metrics.ts';
import { gatherMetrics, shareMetrics, type Channel, type WorkerChannel } from './several.ts';

/** The part of the configuration that says where (config/schema.ts). */
export interface MetricsConfig {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface OfferedMetrics extends Metrics {
  close(): Promise<void>;
}

/**
 * Measures this process. One by itself listens; a worker answers its first process, at the other end
 * of the channel. `lines`: where the log goes. Rejects with a message for the operator when it cannot listen.
 */
export async function offerMetrics(
  place: MetricsConfig,
  log: Logger,
  first: Channel | undefined,
  lines: LogMeter,
): Promise<OfferedMetrics> {
  const metrics = createMetrics(lines);
  if (first) {
    shareMetrics(metrics, first);
    return { ...metrics, close: async () => {} };
  }
  const { close } = await listen(place, log, metrics.read);
  return { ...metrics, close };
}

/** Offers the metrics of the workers that there are, added up; the first process measures nothing itself. */
export function offerGathered(
  place: MetricsConfig,
  log: Logger,
  workers: () => readonly WorkerChannel[],
): Promise<MetricsListener> {
  return listen(place, log, gatherMetrics(workers));
}

async function listen(
  { host, port }: MetricsConfig,
  log: Logger,
  read: () => Promise<string>,
): Promise<MetricsListener> {
  const failed = (err: unknown): void => log.error({ err }, 'the metrics could not be read');
  const listener = await startMetrics({ host, port, read, failed });
  log.info({ host, port: listener.port }, 'the metrics are at /metrics');
  return listener;
}
