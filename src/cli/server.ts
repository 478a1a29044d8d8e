/** One server process: listens, reaches the store, serves, and stops cleanly. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type Router from '@koa/router';
import type { Logger } from 'pino';
import { createApp } from '../app.ts';
import type { Config } from '../config/schema.ts';
import { claimInstallation, type Purpose } from '../installation.ts';
import { KINDS } from '../kinds.ts';
import { lockStore, openStore, storeOptions } from '../storage/open.ts';
import { StoreUnavailable } from '../storage/store.ts';
import { startingHandler } from '../web/health.ts';
import { startBackground } from './background.ts';
import { createLog } from './log.ts';
import { vaultOf, type Installation, type World } from './command.ts';

export interface RunningServer extends Installation {
  /** Is this the first start on this store? */
  first: boolean;
  /** The routes of our own pages. */
  routers: readonly Router[];
  /** Resolves when what has happened is recorded, and every due mail has had its try. */
  settle(): Promise<void>;
  /** Finishes the requests in flight, then closes the store. */
  close(): Promise<void>;
}

export type ServerWorld = Pick<World, 'stdout' | 'now'> & Partial<Pick<World, 'stop'>>;

export interface ServerOptions {
  purpose: Purpose;
  /** The number of this process among several on this machine, whose first one has locked the store. */
  worker?: number;
}

/** Milliseconds that requests in flight may take at the end. */
const GRACE = 10_000;
/** Milliseconds between two tries to reach the store at the start. */
const TRY_AGAIN = 1_000;

/**
 * Starts the server and answers when it serves. While the store cannot be reached it listens, answers
 * 503 and tries again. Throws with a message for the operator when it cannot serve at all, or has
 * been stopped meanwhile, and leaves nothing half open.
 */
export async function startServer(
  config: Config,
  world: ServerWorld,
  { purpose, worker }: ServerOptions,
): Promise<RunningServer> {
  await using starting = new AsyncDisposableStack();
  if (worker === undefined) {
    const lock = lockStore(storeOptions(config.store));
    starting.defer(() => lock.release());
  }
  const { log, flush } = createLog(config.log.level, world.stdout, worker);
  starting.defer(flush);
  let handler = startingHandler();
  const server = createServer((request, response) => handler(request, response));
  // Above the 60 s for which Dovecot keeps its idle connections (it does not retry on a closed one).
  server.keepAliveTimeout = 75_000;
  await listen(server, config);
  const stack = starting.use(new AsyncDisposableStack());
  starting.defer(() => stopServer(server));
  const serving = await whenReached(() => serve(config, world, log, purpose), world.stop, log);
  stack.defer(() => serving.close());
  ({ handler } = serving);
  log.info({ issuer: config.issuer, port: config.listen.port }, 'Latchkey is ready');

  const running = starting.move();
  return {
    ...serving,
    async close() {
      await running.disposeAsync();
      log.info('Latchkey has stopped');
      flush();
    },
  };
}

interface Serving extends Omit<RunningServer, 'close'> {
  handler: RequestListener;
  close(): Promise<void>;
}

/** Everything behind the listener. */
async function serve(
  config: Config,
  { now }: ServerWorld,
  log: Logger,
  purpose: Purpose,
): Promise<Serving> {
  await using opening = new AsyncDisposableStack();
  const store = await openStore(storeOptions(config.store), KINDS, { now });
  opening.defer(() => store.close());
  const { first } = await claimInstallation(store, purpose, now());
  const vault = await vaultOf(config, store);
  const background = startBackground({ config, store, vault }, log, now);
  opening.defer(() => background.close());
  const { poster, outbox } = background;
  const { handler, routers } = await createApp({ config, store, vault, log, poster, outbox, now });
  const opened = opening.move();
  return {
    ...{ config, store, vault, first, routers, handler },
    settle: () => background.settle(),
    close: () => opened.disposeAsync(),
  };
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

async function listen(server: Server, { listen: { host, port } }: Config): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE') throw error;
    throw new Error(
      `Port ${port} on ${host} is in use. Stop what uses it, or choose another with listen.port (LATCHKEY_LISTEN_PORT) and set issuer to match.`,
      { cause: error },
    );
  }
}

async function stopServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const deadline = setTimeout(() => server.closeAllConnections(), GRACE);
  await closed;
  clearTimeout(deadline);
}
