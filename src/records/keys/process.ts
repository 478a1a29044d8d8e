/** A process that serves, as it says of itself every two seconds: so that keys are not changed over its head. */
import { collection, type Entry, type Store } from '../../storage/store.ts';
import { entries } from '../../storage/pages.ts';

export interface ServingProcess {
  host: string;
  pid: number;
  /** Of the program; absent: one that does not tell the store which indexes it declares (storage/indexes). */
  version?: string;
  /** Ids of the encryption keys that it has. */
  kids: string[];
  /** The one that it makes new things with; absent: a version that did not say so. */
  active?: string;
  /** Milliseconds since the epoch, by its own clock. */
  at: number;
}

/** By a random id. */
export const processCollection = collection<ServingProcess>('process');

/** Milliseconds between two reports. */
export const REPORT_EVERY = 2_000;
/** Milliseconds after its last report that one is taken to serve, where clocks agree. */
export const FRESH_FOR = 10_000;
/** Milliseconds until the report of one that was killed goes by itself: long, as clocks may differ. */
export const KEPT_FOR = 86_400_000;

/** Those that may be gone too. */
export function reportedProcesses(store: Pick<Store, 'scan'>): Promise<Entry<ServingProcess>[]> {
  return Array.fromAsync(entries((after) => store.scan(processCollection, { after })));
}

export function isFresh({ at }: ServingProcess, now: number): boolean {
  return Math.abs(now - at) < FRESH_FOR;
}
