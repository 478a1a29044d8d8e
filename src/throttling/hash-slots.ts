/**
 * How many passwords a process hashes at once. Hashes run on the threads of libuv, some hundredths of a second each, and
 * whatever else waits for a thread waits behind them: a commit for the disk (storage/sqlite/disk/wal-sync.ts), a file, a
 * signature. So there is always a thread that no hash can have: not even while names are looked up, which may take
 * seconds and half of the threads (libuv gives that, rounded up, to what is slow).
 */

export interface Shared {
  /** Processors of the machine. */
  processors: number;
  /** Processes that share it. */
  workers: number;
  /** Of this process's libuv. */
  threads: number;
}

/** Of libuv, unless told by UV_THREADPOOL_SIZE. */
export const THREADS = 4;

/** One processor is left for everything else. */
export function hashSlots({ processors, workers, threads }: Shared): number {
  const free = threads - Math.floor((threads + 1) / 2) - 1;
  return Math.max(1, Math.min(Math.floor((processors - 1) / workers), free));
}

/** Of which no processor that could hash is left idle; bin/latchkey.js reckons the same for one process. */
export function threadsFor(processors: number, workers: number): number {
  const slots = Math.floor((processors - 1) / workers);
  return Math.max(THREADS, 2 * slots + 2);
}

/** `env`: what the process was started with; libuv has taken it at its first work. */
export function threadsOf(env: Readonly<Record<string, string | undefined>>): number {
  const told = Number.parseInt(env['UV_THREADPOOL_SIZE'] ?? '', 10);
  return Number.isNaN(told) ? THREADS : Math.min(Math.max(told, 1), 1024);
}
