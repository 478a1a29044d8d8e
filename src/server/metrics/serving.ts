/** What the server needs of the metrics. Where they are off, nothing of them is even loaded. */
import type { Logger } from 'pino';
import type { MetricsConfig, OfferedMetrics } from './offer.ts';
import type { LogMeter } from './metrics.ts';
import type { MetricsListener } from './listener.ts';
import type { Channel, WorkerChannel } from './several.ts';

export type { OfferedMetrics };

/**
 * `undefined`: nothing is to be measured. `first`: the channel to the first process, in a worker.
 * `lines`: where the log goes.
 * Rejects with a message for the operator when it cannot listen.
 */
export async function serveMetrics(
  config: MetricsConfig & { readonly enabled: boolean },
  log: Logger,
  first: Channel | undefined,
  lines: LogMeter,
): Promise<OfferedMetrics | undefined> {
  if (!config.enabled) return undefined;
  const { offerMetrics } = await import('./offer.ts');
  return offerMetrics(config, log, first, lines);
}

/** In the first of several processes: offers what its workers measure, added up. */
export async function serveGathered(
  config: MetricsConfig & { readonly enabled: boolean },
  log: Logger,
  workers: () => readonly WorkerChannel[],
): Promise<MetricsListener | undefined> {
  if (!config.enabled) return undefined;
  const { offerGathered } = await import('./offer.ts');
  return offerGathered(config, log, workers);
}
