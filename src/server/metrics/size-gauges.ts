/** How large the store is, and what in it waits to be swept: looked at when somebody asks. */
import { stat } from 'node:fs/promises';
import { Gauge, type Registry } from 'prom-client';
import type { Store } from '../../storage/store.ts';
import { expiredLeft } from '../sweep-lease.ts';
import { remembered } from './outbox-gauges.ts';

export interface SizeGauges {
  /** From now on this store is asked. `files`: names of its files by what they are. */
  watch(store: Pick<Store, 'get'>, files: Readonly<Record<string, string>>): void;
}

/** Both are the same in each process. */
export function sizeGauges(
  registry: Registry,
  clock = (): number => performance.now(),
): SizeGauges {
  let left: (() => Promise<number | undefined>) | undefined;
  let watched: Readonly<Record<string, string>> = {};
  const common = { registers: [], aggregator: 'max' as const };
  const expired: Gauge = new Gauge({
    ...common,
    name: 'latchkey_store_expired_documents',
    help: 'Expired documents that are still to be removed, as the sweep that was last counted them.',
    async collect() {
      const known = await left?.();
      if (known === undefined) this.remove();
      else this.set(known);
    },
  });
  expired.remove();
  const bytes = new Gauge({
    ...common,
    name: 'latchkey_store_file_bytes',
    help: 'Size of the files of a SQLite store: the database, and its write-ahead log.',
    labelNames: ['file'],
    async collect() {
      for (const [file, path] of Object.entries(watched)) this.set({ file }, await bytesOf(path));
    },
  });
  for (const gauge of [expired, bytes]) registry.registerMetric(gauge);
  return {
    watch(store, files) {
      left = remembered(async () => (await expiredLeft(store)) ?? 0, clock);
      watched = files;
    },
  };
}

/** 0: there is none, as when all of the log is in the database. */
async function bytesOf(path: string): Promise<number> {
  return (await stat(path).catch(() => ({ size: 0 }))).size;
}
