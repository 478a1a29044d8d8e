/**
 * Several server processes on one machine. The first process holds the store's lock and the port, and
 * serves nothing itself: it starts the workers, replaces one that dies, stops them, and offers their
 * metrics together. They share nothing but the store.
 */
import cluster, { type Worker } from 'node:cluster';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../config/schema.ts';
import { serveGathered } from './metrics/serving.ts';
import { lockStore } from '../storage/open.ts';
import { storeOptions } from '../storage/options.ts';
import type { World } from './world.ts';
import { createLog } from './log.ts';

/** Milliseconds before a worker that died is replaced. */
const REPLACE_AFTER = 1_000;
/** Milliseconds that a worker may take to stop once it has drained: longer than it gives its requests. */
const STOP_WITHIN = 15_000;

/** In a worker: it serves now. */
export function tellReady(): void {
  cluster.worker?.send({ ready: true });
}

/** In a worker: nothing more is to come. The channel to the first process would keep it from ending. */
export function leaveCluster(): void {
  cluster.worker?.disconnect();
}

/**
 * Runs `config.workers` workers until the world stops. Throws when the first one cannot serve. `allReady`:
 * told once, when all of them serve.
 */
export async function runWorkers(
  config: Config,
  { stdout, stop }: World,
  allReady: () => void = () => {},
): Promise<void> {
  await using running = new AsyncDisposableStack();
  const lock = lockStore(storeOptions(config.store));
  running.defer(() => lock.release());
  const { log, flush } = createLog(config.log.level, stdout, 0);
  running.defer(flush);
  const metrics = await serveGathered(config.metrics, log, presentWorkers);
  running.defer(() => metrics?.close());

  const parts = { stop, log, stopWithin: STOP_WITHIN + config.listen.drain_ms };
  // One alone at first: what keeps it from serving is then told once.
  const first = startWorker();
  if (!(await isReady(first, parts))) {
    if (stop.aborted) return;
    throw new Error('The server could not start; the reason is above.');
  }
  whenReady(config.workers - 1, allReady);
  const others = Array.from({ length: config.workers - 1 }, startWorker);
  log.info({ workers: config.workers }, 'Latchkey is ready; its other workers are starting');
  await Promise.all([first, ...others].map((worker) => keepRunning(worker, parts)));
  log.info('all workers have stopped');
}

interface Parts {
  stop: AbortSignal;
  log: Logger;
  /** Milliseconds. */
  stopWithin: number;
}

function startWorker(): Worker {
  const worker = cluster.fork();
  // A channel that breaks (EPIPE) is no end of it: that comes by itself.
  worker.on('error', () => {});
  return worker;
}

/** `tell`: once that many more have said that they serve. */
function whenReady(count: number, tell: () => void): void {
  let left = count;
  const listen = (_: Worker, message: { ready?: unknown }): void => {
    if (message.ready !== true || (left -= 1) > 0) return;
    cluster.off('message', listen);
    tell();
  };
  cluster.on('message', listen);
}

function presentWorkers(): Worker[] {
  return Object.values(cluster.workers ?? {}).flatMap((worker) =>
    worker?.isConnected() ? [worker] : [],
  );
}

/** False when it has ended instead, or is to stop; it is gone then. */
async function isReady(worker: Worker, parts: Parts): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const listen = (message: { ready?: unknown }): void => {
    if (message.ready === true) resolve(true);
  };
  const end = (): void => resolve(false);
  worker.on('message', listen).once('exit', end);
  parts.stop.addEventListener('abort', end);
  if (parts.stop.aborted) end();
  const ready = await promise;
  worker.off('message', listen).off('exit', end);
  parts.stop.removeEventListener('abort', end);
  if (!ready) await stopWorker(worker, parts);
  return ready;
}

/** Resolves when the place of this worker is empty and stays so. */
async function keepRunning(started: Worker, parts: Parts): Promise<void> {
  const { stop, log } = parts;
  let worker = started;
  while (!stop.aborted) {
    try {
      await exited(worker, stop);
      const { exitCode, signalCode } = worker.process;
      log.error({ died: worker.id, exitCode, signalCode }, 'a worker has died; another one starts');
      await pause(REPLACE_AFTER, undefined, { signal: stop });
      worker = startWorker();
    } catch {
      // Asked to stop.
    }
  }
  await stopWorker(worker, parts);
}

async function exited(worker: Worker, signal?: AbortSignal): Promise<void> {
  if (worker.isDead()) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const give = (): void => reject(signal?.reason);
  worker.once('exit', () => resolve());
  signal?.addEventListener('abort', give);
  if (signal?.aborted) give();
  await promise.finally(() => signal?.removeEventListener('abort', give));
}

async function stopWorker(worker: Worker, { stopWithin }: Parts): Promise<void> {
  if (worker.isDead()) return;
  const ended = exited(worker);
  worker.process.kill('SIGTERM');
  const late = setTimeout(() => worker.process.kill('SIGKILL'), stopWithin);
  await ended;
  clearTimeout(late);
}
