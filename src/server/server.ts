/** One server process: listens, reaches the store, serves, and stops cleanly. */
import cluster from 'node:cluster';
import type { RequestListener } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type Router from '@koa/router';
import type { Logger } from 'pino';
import { readBrand } from '../branding/brand.ts';
import { createApp } from './app.ts';
import type { Config } from '../config/schema.ts';
import { version } from '../config/version.ts';
import { claimInstallation, configuredFacts, type Purpose } from '../migration/installation.ts';
import { COLLECTIONS } from './collections.ts';
import { followKeyring } from '../secrets/keyring.ts';
import { measuredStore } from './metrics/measured-store.ts';
import { serveMetrics, type OfferedMetrics } from './metrics/serving.ts';
import { lockStore, openStore, storeFiles } from '../storage/open.ts';
import { storeOptions, type StoreParts } from '../storage/options.ts';
import { StoreUnavailable, type Store } from '../storage/store.ts';
import { watchMark } from '../migration/left-store.ts';
import { absentHandler } from '../web/requests/starting.ts';
import { startBackground } from './background.ts';
import { tellDamagedOnce, tellingVault } from './damage/tell.ts';
import { keepFollowing } from './watch/moved-store.ts';
import { openListener, type Listener } from './listener.ts';
import { brandedViews, loadViews, type Views } from './load-views.ts';
import { watchKeys } from './watch/keys.ts';
import { watchClock } from './watch/clock.ts';
import { watchedProcess } from './watch/health.ts';
import { tellIndexes } from './watch/indexes.ts';
import { createLog, toggleDebug, type Log } from './log/log.ts';
import { createPlace, type Place } from './reload/place.ts';
import { taken, tellNotTaken, tellRestart } from './reload/taken.ts';
import { threadsOf } from '../throttling/hash-slots.ts';
import type { World } from './world.ts';
import { keySource, unlocked, type Installation } from './opened.ts';

export interface RunningServer extends Installation {
  /** Is this the first start on this store? */
  first: boolean;
  /** The routes of our own pages. */
  routers: readonly Router[];
  /** Resolves when what has happened is recorded, and every due mail has had its try. */
  settle(): Promise<void>;
  /**
   * Serves from now on as the configuration says that is read; what was begun is finished as before. Where it can't,
   * nothing has changed; the log says why, and what needs a restart. Resolves when either is done.
   */
  reload(read: () => Config): Promise<void>;
  /** The log says more, or no longer. */
  toggleDebug(): void;
  /** Another process has taken its place: resolves when nobody is left here (listener.ts). */
  leave(): Promise<void>;
  /** Finishes the requests in flight, then closes the store. */
  close(): Promise<void>;
}

export type ServerWorld = Pick<World, 'stdout' | 'now'> &
  Partial<Pick<World, 'env' | 'stop' | 'pause'>>;

export interface ServerOptions {
  purpose: Purpose;
  /** The number of this process among several on this machine, whose first one has locked the store. */
  worker?: number;
  /** For several servers in one process, which have them loaded once; absent: they are loaded. */
  views?: Views;
}

/** Milliseconds between two tries to reach the store at the start. */
const TRY_AGAIN = 1_000;

/**
 * Starts the server and answers when it serves. While the store cannot be reached it listens, answers
 * 503 and tries again; a worker that has others beside it listens when it serves. Throws with a message for
 * the operator when it cannot serve at all, or has been stopped meanwhile, and leaves nothing half open.
 */
export async function startServer(
  config: Config,
  world: ServerWorld,
  options: ServerOptions,
): Promise<RunningServer> {
  const { worker } = options;
  const ownViews = options.views ?? (await loadViews());
  const viewsOf = async ({ branding, issuer }: Config): Promise<Views> =>
    brandedViews(ownViews, await readBrand(branding), issuer);
  const views = await viewsOf(config);
  await using starting = new AsyncDisposableStack();
  const { log, flush, metrics } = await openOutside(config, world, worker, starting);
  const stack = new AsyncDisposableStack();
  const listen = (handler: RequestListener): Promise<Listener> =>
    openListener(config, handler, world.stop);
  let listener = isAlone(worker)
    ? await listen(absentHandler('starting', views, config))
    : undefined;
  starting.use(stack);
  starting.defer(() => listener?.close());
  const start = async (chosen: Config, shown?: Views): Promise<Serving> =>
    serve(chosen, world, log, { ...options, views: shown ?? (await viewsOf(chosen)) }, metrics);
  const serving = await whenReached(() => start(config, views), world.stop, log);
  const place = createPlace(serving);
  stack.defer(() => place.close());
  const turns = inTurn();
  const put = keepFollowing({ place, views, log, now: world.now, inTurn: turns.run, start });
  put(serving);
  listener ??= await listen(place.handler);
  listener.handler = place.handler;
  log.info({ issuer: config.issuer, port: config.listen.port }, 'Latchkey is ready');
  const running = starting.move();
  return {
    ...serving,
    reload: (read) => turns.run(() => reload(read, { place, log, start, put })),
    toggleDebug: () => toggleDebug(log, place.current.config),
    leave: () => listener.leave(),
    close: () => stopped(turns, running, { log, flush }),
  };
}

async function stopped(
  turns: { settle(): Promise<void> },
  running: AsyncDisposableStack,
  { log, flush }: Log,
): Promise<void> {
  await turns.settle();
  await running.disposeAsync();
  log.info('Latchkey has stopped');
  flush();
}

/**
 * What is there before the port and is the process's, whatever configuration it serves by: the store's lock, the
 * log, what is measured, and the watch over the clock.
 */
async function openOutside(
  config: Config,
  { stdout, now }: ServerWorld,
  worker: number | undefined,
  stack: AsyncDisposableStack,
): Promise<Log & { metrics: OfferedMetrics | undefined }> {
  if (worker === undefined) {
    const lock = lockStore(storeOptions(config.store));
    stack.defer(() => lock.release());
  }
  const { log, flush } = createLog(config.log.level, stdout, worker);
  stack.defer(flush);
  const metrics = await serveMetrics(config.metrics, log, cluster.worker, stdout);
  if (metrics) stack.defer(() => metrics.close());
  const jumped = metrics?.clockJumped;
  const clock = { now, steady: () => performance.now(), log };
  stack.defer(watchClock(jumped ? { ...clock, jumped } : clock).close);
  return { log, flush, metrics };
}

interface Reloaded {
  place: Place<Serving>;
  log: Logger;
  start(config: Config): Promise<Serving>;
  put(next: Serving): void;
}

async function reload(read: () => Config, { place, log, start, put }: Reloaded): Promise<void> {
  try {
    const { config, restart } = taken(place.current.config, read());
    put(await start(config));
    log.level = config.log.level;
    log.info('the configuration has been read again');
    tellRestart(log, restart);
  } catch (error) {
    tellNotTaken(log, error);
  }
}

/** One run after the other. */
function inTurn() {
  let last = Promise.resolve();
  return {
    /** Rejects as the work does; the next one comes all the same. */
    run(work: () => Promise<void>): Promise<void> {
      const run = last.then(work);
      last = run.catch(() => {});
      return run;
    },
    settle: () => last,
  };
}

/** Is there no other process that could answer while this one cannot? */
const isAlone = (worker: number | undefined): boolean => worker === undefined || worker === 1;

interface Serving extends Omit<RunningServer, 'reload' | 'toggleDebug' | 'leave'> {
  handler: RequestListener;
  /** Resolves, with the reason for the operator, when the store is on its way to another one. */
  left: Promise<string>;
}

/** Everything behind the listener. */
async function serve(
  config: Config,
  { env = {}, now, stop, stdout, pause: pauseFor }: ServerWorld,
  log: Logger,
  { purpose, worker = 1, views }: ServerOptions & { views: Views },
  metrics: OfferedMetrics | undefined,
): Promise<Serving> {
  await using opening = new AsyncDisposableStack();
  const world = { now, log, purpose, worker };
  const { engine, first, left, installation } = await claim(config, world, metrics, opening);
  const { store, vault } = installation;
  const background = startBackground({ ...installation, views }, log, now, metrics);
  opening.defer(() => background.close());
  const { relay, mailQueue } = background;
  const state = () => (stop?.aborted ? 'stopping' : 'ready');
  const followVault = () => followKeyring(vault, keySource(config), engine);
  const watched = watchedProcess(config, engine, stdout);
  const seen = { meters: metrics, followVault, watched } as const;
  const outside = { log, now, pause: pauseFor, threads: threadsOf(env), ...seen } as const;
  const parts = { ...installation, ...outside, views, relay, mailQueue } as const;
  const { handler, tellApp, routers, signingKeys } = await createApp({ ...parts, state });
  const keyWatch = await watchKeys(installation, signingKeys, log, now);
  opening.defer(() => keyWatch.close());
  background.tellApps(tellApp);
  const all = opening.move();
  return {
    config,
    store,
    vault,
    first,
    routers,
    handler,
    left,
    settle: () => keyWatch.settle().then(() => background.settle()),
    close: () => all.disposeAsync(),
  };
}

interface ClaimWorld extends Required<Pick<ServerOptions, 'purpose' | 'worker'>> {
  now(): number;
  log: Logger;
}

/** The store as this process's, with the keys that open it. `opening`: what closes it. */
async function claim(
  config: Config,
  { now, log, purpose, worker }: ClaimWorld,
  metrics: OfferedMetrics | undefined,
  opening: AsyncDisposableStack,
) {
  const onDamaged = tellDamagedOnce(log, metrics?.store.damaged);
  const told = { onDamaged, onIndexes: tellIndexes(log) };
  const serving = { now, version: version(), fill: 'later', ...told } as const;
  const engine = await reachStore(config, serving, metrics);
  opening.defer(() => engine.close());
  const facts = configuredFacts(config);
  const { first, before } = await claimInstallation(engine, purpose, now(), facts);
  if (before) log.warn({ before, now: facts }, 'the installation is configured otherwise');
  const { left, close } = watchMark(engine);
  opening.defer(close);
  const warn = worker === 1 ? (text: string): void => log.warn(text) : undefined;
  const opened = await unlocked(config, engine, warn);
  const vault = tellingVault(opened.vault, onDamaged);
  return { engine, first, left, installation: { ...opened, vault } };
}

async function reachStore(
  { store }: Config,
  parts: StoreParts,
  metrics: OfferedMetrics | undefined,
): Promise<Store> {
  const options = storeOptions(store);
  if (!metrics) return openStore(options, COLLECTIONS, parts);
  const { store: meter } = metrics;
  const reached = await openStore(options, COLLECTIONS, { ...parts, onRetry: meter.retry });
  const engine = measuredStore(reached, meter, () => performance.now());
  metrics.outbox.watch(engine, parts.now);
  metrics.size.watch(engine, storeFiles(options));
  return engine;
}

/** Runs `work`, again and again while the store cannot be reached. */
async function whenReached<T>(
  work: () => Promise<T>,
  stop: AbortSignal | undefined,
  log: Logger,
): Promise<T> {
  for (;;) {
    stop?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      log.warn({ reason: error.message }, 'the store cannot be reached; trying again');
    }
    await pause(TRY_AGAIN, undefined, stop ? { signal: stop } : {});
  }
}
