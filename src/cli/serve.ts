/** `latchkey serve`: the server, from configuration to a clean stop, in one process or several. */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { hasAdministrator } from '../operations/people/administrators.ts';
import { makeSetUpLink } from '../operations/installation/set-up-link.ts';
import { valueOf } from '../result.ts';
import { operatorPerformed } from '../audit/performed.ts';
import type { Config } from '../config/schema.ts';
import type { World } from '../server/world.ts';
import { UsageError } from './usage-error.ts';
import { readConfig, string, type Command, type Options } from './command.ts';
import { leaveCluster, runWorkers, tellReady } from '../server/cluster.ts';
import { startServer, type RunningServer } from '../server/server.ts';

const MOST_WORKERS = 256;

export const serve: Command = {
  usage: '[--workers N]',
  options: { workers: { type: 'string' } },
  async run(world, { options }) {
    const warn = cluster.isPrimary ? (text: string) => world.stderr.write(`${text}\n`) : undefined;
    const config = withWorkers(readConfig(world, options, warn), options);
    if (config.workers > 1 && cluster.isPrimary) await runWorkers(config, world);
    else await serveUntilStopped(config, world, cluster.worker?.id).finally(leaveCluster);
    return undefined;
  },
};

function withWorkers(config: Config, options: Options): Config {
  const given = string(options, 'workers');
  if (given === undefined) return config;
  const workers = /^\d{1,3}$/u.test(given) ? Number(given) : 0;
  if (workers >= 1 && workers <= MOST_WORKERS) return { ...config, workers };
  throw new UsageError(
    `--workers must be a whole number from 1 to ${MOST_WORKERS}. It is "${given}".`,
  );
}

async function serveUntilStopped(config: Config, world: World, worker?: number): Promise<void> {
  const { stop } = world;
  const options = { purpose: 'production', ...(worker === undefined ? {} : { worker }) } as const;
  const running = await startServer(config, world, options).catch((error: unknown) => {
    if (stop.aborted) return undefined;
    throw error;
  });
  if (!running) return;
  tellReady();
  await greet(running, world, worker ?? 1);
  if (!stop.aborted) await once(stop, 'abort');
  await running.close();
}

/**
 * The link is for somebody who sits there. What a program reads is kept (journals, logs of containers):
 * it is told how the link is made. Of several workers, whoever was the first on an empty store tells.
 */
async function greet(running: RunningServer, world: World, worker: number): Promise<void> {
  if (running.first && world.stdout.isTTY) await printSetUpLink(running, world);
  else if ((running.first || worker === 1) && !(await hasAdministrator(running.store)))
    world.stdout.write(NO_ADMINISTRATOR);
}

const NO_ADMINISTRATOR = `There is no administrator yet. This prints a link, good once, for the first one:
  in Docker:        docker compose exec latchkey latchkey setup-link
  in this folder:   npm run -s latchkey -- setup-link
`;

async function printSetUpLink(
  { config, store, vault }: RunningServer,
  world: World,
): Promise<void> {
  const lifetime = config.lifetimes.set_up_link;
  const performed = operatorPerformed(config, world.now());
  const token = valueOf(await makeSetUpLink({ store, vault }, performed, lifetime));
  const hours = Math.round(lifetime / 3600);
  world.stdout.write(
    `\nWelcome to Latchkey. Make the first administrator here, once, within ${hours} h:\n\n  ${config.issuer}/setup?token=${token}\n\n`,
  );
}
