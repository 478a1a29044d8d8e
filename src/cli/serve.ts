/** `latchkey serve`: the server, from configuration to a clean stop. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type Router from '@koa/router';
import { makeSetUpLink } from '../accounts/first-administrator.ts';
import { hasAdministrator } from '../accounts/administrators.ts';
import { createApp } from '../app.ts';
import type { Config } from '../config/schema.ts';
import { claimInstallation, type Purpose } from '../installation.ts';
import { KINDS } from '../kinds.ts';
import { lockStore, openStore, storeOptions } from '../storage/open.ts';
import { startBackground } from './background.ts';
import { createLog } from './log.ts';
import { configOf, vaultOf, type Command, type Installation, type World } from './command.ts';

export const serve: Command = {
  name: 'serve',
  usage: '',
  summary: 'Runs the server (npm start).',
  options: {},
  async run(world, { options }) {
    const config = configOf(world, options);
    const running = await startServer(config, world, 'production');
    if (running.first) await printSetUpLink(running, world);
    else if (!(await hasAdministrator(running.store))) {
      world.stdout.write('There is no administrator yet. A new link: npx latchkey setup-link\n');
    }
    if (!world.stop.aborted) await once(world.stop, 'abort');
    await running.close();
    return undefined;
  },
};

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

/** Milliseconds that requests in flight may take at the end. */
const GRACE = 10_000;

/**
 * Starts the server and answers when it listens. Throws with a message for the operator, and leaves
 * nothing half open.
 */
export async function startServer(
  config: Config,
  world: Pick<World, 'stdout' | 'now'>,
  purpose: Purpose,
): Promise<RunningServer> {
  const { now } = world;
  await using starting = new AsyncDisposableStack();
  const options = storeOptions(config.store);
  const lock = lockStore(options);
  starting.defer(() => lock.release());
  const store = await openStore(options, KINDS, { now });
  starting.defer(() => store.close());
  const { first } = await claimInstallation(store, purpose, now());
  const vault = await vaultOf(config, store);
  const { log, flush } = createLog(config.log.level, world.stdout);
  starting.defer(flush);
  const background = startBackground({ config, store, vault }, log, now);
  starting.defer(() => background.close());
  const { poster, outbox } = background;
  const app = await createApp({ config, store, vault, log, poster, outbox, now });

  const server = createServer(app.handler);
  // Above the 60 s for which Dovecot keeps its idle connections (it does not retry on a closed one).
  server.keepAliveTimeout = 75_000;
  await listen(server, config);
  starting.defer(() => stopServer(server));
  log.info({ issuer: config.issuer, port: config.listen.port }, 'Latchkey is ready');

  const running = starting.move();
  return {
    config,
    store,
    vault,
    first,
    routers: app.routers,
    settle: () => background.settle(),
    async close() {
      await running.disposeAsync();
      log.info('Latchkey has stopped');
      flush();
    },
  };
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

async function printSetUpLink(
  { config, store, vault }: RunningServer,
  world: World,
): Promise<void> {
  const token = await makeSetUpLink({ store, vault }, config.lifetimes.set_up_link, world.now());
  const hours = Math.round(config.lifetimes.set_up_link / 3600);
  world.stdout.write(
    `\nWelcome to Latchkey. Make the first administrator here, once, within ${hours} h:\n\n  ${config.issuer}/setup?token=${token}\n\n`,
  );
}
