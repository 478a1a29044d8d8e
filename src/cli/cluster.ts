/**
 * Several server processes on one machine. The first process holds the store's lock and the port, and
 * serves nothing itself: it starts the workers, replaces one that dies, and stops them. They share
 * nothing but the store.
 */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { lockStore, storeOptions } from '../storage/open.ts';
import type { World } from './command.ts';
import { createLog } from './log.ts';

/** Milliseconds before a worker that died is replaced. */
const REPLACE_AFTER = 1_000;
/** Milliseconds that a worker may take to stop: longer than it gives the requests in flight. */
const STOP_WITHIN = 15_000;

/** In a worker: it serves now. */
export function tellReady(): void {
  cluster.worker?.send({ ready: true });
}

/** Runs `config.workers` workers until the world stops. Throws when the first one cannot serve. */
export async function runWorkers(config: Config, { stdout, stop }: World): Promise<void> {
  const lock = lockStore(storeOptions(config.store));
  const { log, flush } = createLog(config.log.level, stdout, 0);
  try {
    // One alone at first: what keeps it from serving is then told once.
    const first = startWorker();
    if (!(await isReady(first, stop))) {
      if (stop.aborted) return;
      throw new Error('The server could not start; the reason is above.');
    }
    const others = Array.from({ length: config.workers - 1 }, startWorker);
    log.info({ workers: config.workers }, 'Latchkey is ready with all its workers');
    await Promise.all([first, ...others].map((worker) => keepRunning(worker, stop, log)));
    log.info('all workers have stopped');
  } finally {
    flush();
    lock.release();
  }
}

function startWorker(): Worker {
  return cluster.fork();
}

/** False when it has ended instead, or is to stop. */
async function isReady(worker: Worker, stop: AbortSignal): Promise<boolean> {
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, stop]);
  try {
    return await Promise.race([
      once(worker, 'message', { signal }).then(() => true),
      once(worker, 'exit', { signal }).then(() => false),
    ]);
  } catch {
    await stopWorker(worker);
    return false;
  } finally {
    done.abort();
  }
}

/** Resolves when the place of this worker is empty and stays so. */
async function keepRunning(started: Worker, stop: AbortSignal, log: Logger): Promise<void> {
  let worker = started;
  while (!stop.aborted) {
    try {
      await exited(worker, stop);
      const { exitCode, signalCode } = worker.process;
      log.error(
        { died: worker.id, exitCode, signalCode },
        'a worker has died; another one starts',
      );
      await pause(REPLACE_AFTER, undefined, { signal: stop });
      worker = startWorker();
    } catch {
      // Asked to stop.
    }
  }
  await stopWorker(worker);
}

async function exited(worker: Worker, signal?: AbortSignal): Promise<void> {
  if (worker.isDead()) return;
  await once(worker, 'exit', signal ? { signal } : {});
}

async function stopWorker(worker: Worker): Promise<void> {
  if (worker.isDead()) return;
  const ended = exited(worker);
  worker.process.kill('SIGTERM');
  const late = setTimeout(() => worker.process.kill('SIGKILL'), STOP_WITHIN);
  await ended;
  clearTimeout(late);
}
