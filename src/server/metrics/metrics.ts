/**
 * What one process measures, in the form that Prometheus reads. This folder owns the metrics: their
 * names, the listener that offers them, and the putting together of several processes'. Labels have
 * values out of short lists only: a series is never made by what somebody sends.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { HashMeter } from '../../throttling/hash-turns.ts';
import type { AuditEvent } from '../../audit/event.ts';
import type { RetryReason } from '../../storage/options.ts';
import type { RequestMeter } from '../../web/requests/measure-requests.ts';
import type { StoreMeter } from './measured-store.ts';
import { outboxGauges, type OutboxGauges } from './outbox-gauges.ts';
import { sizeGauges, type SizeGauges } from './size-gauges.ts';
import { countedOf } from './sign-ins.ts';

export interface Metrics {
  requests: RequestMeter;
  store: StoreMeter & {
    retry(reason: RetryReason): void;
    swept(count: number): void;
    damaged(kind: string): void;
  };
  hashes: HashMeter;
  outbox: OutboxGauges;
  size: SizeGauges;
  /** The clock was set, by so many seconds. */
  clockJumped(seconds: number): void;
  /** An audit event that is recorded now, and told by nobody else. */
  recorded(event: AuditEvent): void;
  /** In the text format of Prometheus. */
  read(): Promise<string>;
  /** The same as values, to be put together with other processes'. */
  snapshot(): Promise<Snapshot>;
}

export type Snapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** Media type of the text format. */
export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** What counts the lines of the log that found no room. */
export interface LogMeter {
  readonly dropped?: number;
}

type Registers = { registers: [Registry] };

/** Seconds. An embedded store answers in less than a millisecond, a password hash takes a tenth of a second. */
const STORE_BUCKETS = [0.000_25, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5];
const REQUEST_BUCKETS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const HASH_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5];

/** `log`: where the lines of the log go. */
export function createMetrics(log: LogMeter = {}): Metrics {
  const registry = new Registry();
  const registers: [Registry] = [registry];
  collectDefaultMetrics({ register: registry });
  registry.registerMetric(droppedLines(log));
  return {
    requests: requestMeter({ registers }),
    store: storeMeter({ registers }),
    hashes: hashMeter({ registers }),
    outbox: outboxGauges(registry),
    size: sizeGauges(registry),
    clockJumped: clockMeter({ registers }),
    recorded: signInCounters({ registers }),
    read: () => registry.metrics(),
    snapshot: () => registry.getMetricsAsJSON(),
  };
}

function droppedLines(log: LogMeter): Counter {
  let told = 0;
  return new Counter({
    registers: [],
    name: 'latchkey_log_lines_dropped_total',
    help: 'Lines of the log that were dropped, as nothing took them: a full disk, a reader that stands still.',
    collect() {
      const { dropped = 0 } = log;
      this.inc(dropped - told);
      told = dropped;
    },
  });
}

function clockMeter(common: Registers): (seconds: number) => void {
  const jumps = new Counter({
    ...common,
    name: 'latchkey_clock_jumps_total',
    help: 'Times that the clock of the machine was set, or the machine slept, by direction.',
    labelNames: ['direction'],
  });
  for (const direction of ['forward', 'back']) jumps.inc({ direction }, 0);
  return (seconds) => jumps.inc({ direction: seconds < 0 ? 'back' : 'forward' });
}

function requestMeter(common: Registers): RequestMeter {
  const duration = new Histogram({
    ...common,
    name: 'latchkey_http_request_duration_seconds',
    help: 'Time from a request to its answer, by method, route (never the path) and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_BUCKETS,
  });
  return {
    request: ({ method, route, status }, seconds) =>
      duration.observe({ method, route, status }, seconds),
  };
}

function storeMeter(common: Registers): Metrics['store'] {
  const duration = new Histogram({
    ...common,
    name: 'latchkey_store_operation_duration_seconds',
    help: 'Time that an operation of the store takes, by operation and kind of document.',
    labelNames: ['operation', 'kind'],
    buckets: STORE_BUCKETS,
  });
  const errors = new Counter({
    ...common,
    name: 'latchkey_store_errors_total',
    help: 'Operations that the store could not do.',
    labelNames: ['operation'],
  });
  const retries = new Counter({
    ...common,
    name: 'latchkey_store_retries_total',
    help: 'Operations of the store that were tried again, by reason (contention, connection).',
    labelNames: ['reason'],
  });
  const swept = new Counter({
    ...common,
    name: 'latchkey_store_swept_documents_total',
    help: 'Expired documents that were removed.',
  });
  const damaged = new Counter({
    ...common,
    name: 'latchkey_store_damaged_documents_total',
    help: 'Documents that were met and cannot be read, each once, by kind.',
    labelNames: ['kind'],
  });
  return {
    operation(operation, kind, seconds, ok) {
      duration.observe({ operation, kind }, seconds);
      if (!ok) errors.inc({ operation });
    },
    retry: (reason) => retries.inc({ reason }),
    swept: (count) => swept.inc(count),
    damaged: (kind) => damaged.inc({ kind }),
  };
}

function hashMeter(common: Registers): HashMeter {
  const running = new Gauge({
    ...common,
    name: 'latchkey_password_hashes_running',
    help: 'Passwords that are being hashed.',
  });
  const waiting = new Gauge({
    ...common,
    name: 'latchkey_password_hashes_waiting',
    help: 'Passwords that wait for their turn to be hashed.',
  });
  const refused = new Counter({
    ...common,
    name: 'latchkey_password_hashes_refused_total',
    help: 'Passwords that were not looked at because too many were waiting.',
  });
  const duration = new Histogram({
    ...common,
    name: 'latchkey_password_hash_duration_seconds',
    help: 'Time that hashing one password takes, without the waiting.',
    buckets: HASH_BUCKETS,
  });
  return {
    queue(nowRunning, nowWaiting) {
      running.set(nowRunning);
      waiting.set(nowWaiting);
    },
    refused: () => refused.inc(),
    start: () => duration.startTimer(),
  };
}

function signInCounters(common: Registers): (event: AuditEvent) => void {
  const signIns = new Counter({
    ...common,
    name: 'latchkey_sign_ins_total',
    help: 'Sign-ins that have ended, by outcome and by what was shown beside the password.',
    labelNames: ['outcome', 'factor'],
  });
  const checks = new Counter({
    ...common,
    name: 'latchkey_sign_in_checks_total',
    help: 'Passwords and factors shown at sign-ins, by outcome (accepted, wrong, delayed).',
    labelNames: ['outcome', 'factor'],
  });
  return (event) => {
    const counted = countedOf(event);
    if (!counted) return;
    const { what, outcome, factor } = counted;
    (what === 'sign-in' ? signIns : checks).inc({ outcome, factor });
  };
}
