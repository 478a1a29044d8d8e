/** From slices to the rows that are reported. */
import type { Slice } from './messages.ts';

export interface Row {
  operation: string;
  engine: string;
  workers: number;
  n: number;
  ops_per_s: number;
  /** CPU of all the server's processes for each operation, milliseconds. */
  cpu_ms: number;
  p50_ms: number;
  p99_ms: number;
  /** CPU as a multiple of the floor's and of bare oidc-provider's, in the same round; the medians. */
  ratio_floor: number;
  /** Null where nothing compares. */
  ratio_bare: number | null;
}

/** What one operation needed in each round; the slices of one round were measured next to one another. */
export interface Measured {
  operation: string;
  /** By name of the subject; `floor` among them. */
  rounds: Map<string, Slice>[];
}

export const FLOOR = 'floor';
export const BARE = 'bare';

/** One that takes turns. */
export interface Subject {
  /** Its name in the rounds. */
  name: string;
  engine: string;
  workers: number;
}

export function subjectOf({ engine, workers }: { engine: string; workers: number }): Subject {
  return { name: `${engine} ×${workers}`, engine, workers };
}

export function rowsOf({ operation, rounds }: Measured, subjects: readonly Subject[]): Row[] {
  return subjects.map(({ name, engine, workers }) => ({
    operation,
    engine,
    workers,
    ...figures(rounds.map((round) => sliceOf(round, name))),
    ratio_floor: rounded(median(rounds.map((round) => ratio(round, name, FLOOR)))),
    ratio_bare: rounded(median(rounds.map((round) => ratio(round, name, BARE)))),
  }));
}

/** One row for the floor, over the whole run. */
export function floorRow(measured: readonly Measured[]): Row {
  const slices = measured.flatMap(({ rounds }) => rounds.map((round) => sliceOf(round, FLOOR)));
  const figured = figures(slices);
  return {
    operation: FLOOR,
    engine: FLOOR,
    workers: 1,
    ...figured,
    ratio_floor: 1,
    ratio_bare: null,
  };
}

export function figures(slices: readonly Slice[]) {
  const latencies = Float64Array.from(slices.flatMap((slice) => slice.latencies)).toSorted();
  return {
    n: latencies.length,
    ops_per_s: rounded(median(slices.map(({ n, ms }) => (n / ms) * 1000))),
    cpu_ms: rounded(median(slices.map(cpuOf))),
    p50_ms: rounded(percentile(latencies, 0.5)),
    p99_ms: rounded(percentile(latencies, 0.99)),
  };
}

const cpuOf = ({ cpuMs, n }: Slice): number => cpuMs / n;

/** CPU as a multiple of another's in the same round. */
export function ratio(round: Map<string, Slice>, name: string, base: string): number {
  return cpuOf(sliceOf(round, name)) / cpuOf(sliceOf(round, base));
}

export function sliceOf(round: Map<string, Slice>, name: string): Slice {
  const slice = round.get(name);
  if (!slice) throw new Error(`${name} was not measured.`);
  return slice;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The nearest rank; `sorted` in ascending order. */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** To four significant digits, which is more than the machine's noise leaves. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
