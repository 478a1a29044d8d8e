/**
 * Several server processes on one machine. The first process holds the store's lock and the port, and
 * serves nothing itself: it starts the workers, replaces one that dies and, when it is asked to, all of them one after
 * the other, stops them, and offers their metrics together. They share nothing but the store.
 */
import cluster, { type Worker } from 'node:cluster';
import { availableParallelism } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Config } from '../../config/schema.ts';
import { serveGathered } from '../metrics/serving.ts';
import { lockStore } from '../../storage/open.ts';
import { storeOptions } from '../../storage/options.ts';
import { threadsFor } from '../../throttling/hash-slots.ts';
import type { HeardSignals, World } from '../world.ts';
import { createLog, toggleDebug } from '../log/log.ts';
import { taken, tellNotTaken, tellRestart } from '../reload/taken.ts';
import { HandedOver } from './handed-over.ts';
import { STOP_WITHIN } from './worker.ts';

/**
 * No debugger on that signal, before a program has a word in it; and young objects get 8 MiB in each half of their
 * space: under load V8 would give them more room, and keep it (`npm run bench -- --only memory`).
 */
const WORKER_FLAGS = ['--disable-sigusr1', '--max-semi-space-size=8'];
/** Milliseconds before a worker that died is replaced. */
const REPLACE_AFTER = 1_000;
/** Milliseconds that one which was replaced may go on: longer than anybody keeps a connection that is not used. */
const LEAVE_WITHIN = 120_000;

export interface ClusterOptions {
  /** Told once, when all workers serve. */
  allReady(): void;
  /** The configuration, which each worker reads for itself. Throws with what is wrong in it. */
  read(): Config;
  signals: HeardSignals;
}

/** Runs `config.workers` workers until the world stops. Throws when the first one cannot serve. */
export async function runWorkers(
  config: Config,
  { stdout, stop, env }: World,
  { allReady, read, signals }: ClusterOptions,
): Promise<void> {
  await using running = new AsyncDisposableStack();
  const lock = lockStore(storeOptions(config.store));
  running.defer(() => lock.release());
  const { log, flush } = createLog(config.log.level, stdout, 0);
  running.defer(flush);
  const metrics = await serveGathered(config.metrics, log, presentWorkers);
  running.defer(() => metrics?.close());

  cluster.setupPrimary({ execArgv: [...process.execArgv, ...WORKER_FLAGS] });
  const stopWithin = STOP_WITHIN + config.listen.drain_ms;
  const handed = new HandedOver();
  const parts = { stop, log, stopWithin, handed, env: workerEnv(config.workers, env) };
  // One alone at first: what keeps it from serving is then told once.
  const first = startWorker(parts);
  if (!(await isReady(first, parts))) {
    if (stop.aborted) return;
    throw new Error('The server could not start; the reason is above.');
  }
  whenReady(config.workers - 1, allReady);
  const others = Array.from({ length: config.workers - 1 }, () => startWorker(parts));
  log.info({ workers: config.workers }, 'Latchkey is ready; its other workers are starting');
  const seats = [first, ...others].map((worker) => new Seat(worker));
  const rolling = createRolling(config, read, seats, parts);
  signals.reload = rolling.ask;
  signals.debug = () => {
    toggleDebug(log, config);
    for (const worker of presentWorkers()) worker.process.kill('SIGUSR2');
  };
  await Promise.all(seats.map((seat) => keepRunning(seat, parts)));
  await rolling.settle();
  log.info('all workers have stopped');
}

interface Parts {
  stop: AbortSignal;
  log: Logger;
  /** Milliseconds. */
  stopWithin: number;
  handed: HandedOver;
  /** Of a worker, besides the first process's own. */
  env: Record<string, string>;
}

/**
 * Of glibc: else each thread has an arena of its own, which gives little back. Of libuv: as many threads as a worker's
 * hashing takes, unless somebody has told another number than the launcher has.
 */
function workerEnv(workers: number, { UV_THREADPOOL_SIZE: told }: World['env']) {
  const processors = availableParallelism();
  const isTold = told !== undefined && told !== String(threadsFor(processors, 1));
  const threads = isTold ? told : String(threadsFor(processors, workers));
  return { MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: threads };
}

function startWorker({ env, handed }: Pick<Parts, 'env' | 'handed'>): Worker {
  const worker = cluster.fork(env);
  handed.watch(worker);
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

/** Where one worker runs, and after it another. */
class Seat {
  worker: Worker;
  #taken = Promise.withResolvers<void>();

  constructor(worker: Worker) {
    this.worker = worker;
  }

  /** Resolves when somebody else sits here. */
  get taken(): Promise<void> {
    return this.#taken.promise;
  }

  take(worker: Worker): void {
    this.worker = worker;
    this.#taken.resolve();
    this.#taken = Promise.withResolvers();
  }
}

/** Resolves when this seat is empty and stays so. */
async function keepRunning(seat: Seat, parts: Parts): Promise<void> {
  const { stop, log } = parts;
  while (!stop.aborted) {
    const { worker, taken } = seat;
    try {
      await Promise.race([exited(worker, stop), taken]);
      if (seat.worker !== worker) continue;
      const { exitCode, signalCode } = worker.process;
      log.error({ died: worker.id, exitCode, signalCode }, 'a worker has died; another one starts');
      await pause(REPLACE_AFTER, undefined, { signal: stop });
      if (seat.worker === worker) seat.take(startWorker(parts));
    } catch {
      // Asked to stop.
    }
  }
  await stopWorker(seat.worker, parts);
}

interface Rolling {
  /** Replaces all workers; asked while it does, it does so once more. */
  ask(): void;
  /** Resolves when nobody is left who was replaced. */
  settle(): Promise<void>;
}

function createRolling(config: Config, read: () => Config, seats: Seat[], parts: Parts): Rolling {
  const { stop, log } = parts;
  const leaving: Promise<void>[] = [];
  let rolling: Promise<void> | undefined;
  let isAsked = false;
  const roll = async (): Promise<void> => {
    while (isAsked && !stop.aborted) {
      isAsked = false;
      if (!isGood(config, read, log)) continue;
      for (const seat of seats) {
        const left = await replace(seat, parts);
        if (!left) break;
        leaving.push(left.gone);
      }
      log.info('all workers that could be replaced have been');
    }
  };
  return {
    ask() {
      isAsked = true;
      rolling ??= roll().finally(() => {
        rolling = undefined;
      });
    },
    async settle() {
      await rolling;
      await Promise.all(leaving);
    },
  };
}

/** Looked at before anybody is replaced: with a bad file nothing changes. */
function isGood(config: Config, read: () => Config, log: Logger): boolean {
  try {
    const { restart } = taken(config, read());
    tellRestart(log, restart);
    return true;
  } catch (error) {
    tellNotTaken(log, error);
    return false;
  }
}

/** Undefined when the new one does not serve, or everything is to stop: whoever was there stays. */
async function replace(seat: Seat, parts: Parts): Promise<{ gone: Promise<void> } | undefined> {
  const { stop, log } = parts;
  if (stop.aborted) return undefined;
  const next = startWorker(parts);
  if (!(await isReady(next, parts))) {
    if (!stop.aborted) log.error({ failed: next.id }, 'a worker cannot start: the others stay');
    return undefined;
  }
  const { worker } = seat;
  seat.take(next);
  log.info({ replaced: worker.id, by: next.id }, 'a worker has been replaced');
  return { gone: leave(worker, parts) };
}

/** It goes when its last connection has ended; at once when everything is to stop. */
async function leave(worker: Worker, parts: Parts): Promise<void> {
  parts.handed.leaves(worker);
  if (worker.isConnected()) worker.send({ replaced: true });
  const late = setTimeout(() => worker.process.kill('SIGTERM'), LEAVE_WITHIN);
  await exited(worker, parts.stop).catch(() => stopWorker(worker, parts));
  clearTimeout(late);
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
