/** What an operation costs on a store that has much in it, as a multiple of one that has little. */
import { figures, median, rounded, sliceOf, type Measured } from './rows.ts';
import type { Slice } from './messages.ts';

/** The names of the two in the rounds. */
export const SMALL = 'small';
export const LARGE = 'large';

export interface Side {
  /** Sessions and tokens in the store. */
  loaded: number;
  n: number;
  ops_per_s: number;
  /** CPU of all the server's processes for each operation, milliseconds. */
  cpu_ms: number;
  p50_ms: number;
  p99_ms: number;
}

export interface GrowthRow {
  operation: string;
  engine: string;
  small: Side;
  large: Side;
  /** CPU for an operation on the large store as a multiple of the small one's, in the same round; the median. */
  ratio_cpu: number;
  /** The same of the time that it takes, which has what the database and the disk do as well. */
  ratio_time: number;
}

export interface Sizes {
  small: number;
  large: number;
}

export function growthRow(
  { operation, rounds }: Measured,
  engine: string,
  sizes: Sizes,
): GrowthRow {
  const side = (name: typeof SMALL | typeof LARGE): Side => ({
    loaded: sizes[name],
    ...figures(rounds.map((round) => sliceOf(round, name))),
  });
  const ratio = (cost: (slice: Slice) => number): number => {
    const ofRound = (round: Map<string, Slice>): number =>
      cost(sliceOf(round, LARGE)) / cost(sliceOf(round, SMALL));
    return rounded(median(rounds.map(ofRound)));
  };
  return {
    operation,
    engine,
    small: side(SMALL),
    large: side(LARGE),
    ratio_cpu: ratio(({ cpuMs, n }) => cpuMs / n),
    ratio_time: ratio(({ ms, n }) => ms / n),
  };
}
