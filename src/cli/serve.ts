/** `latchkey serve`: the server, from configuration to a clean stop, in one process or several. */
import cluster from 'node:cluster';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { hasAdministrator } from '../operations/people/administrators.ts';
import { makeSetUpLink } from '../operations/installation/set-up-link.ts';
import { valueOf } from '../result.ts';
import { operatorPerformed } from '../audit/performed.ts';
import type { Config } from '../config/schema.ts';
import { hearSignals, type HeardSignals, type World } from '../server/world.ts';
import { readConfig, wholeNumber, type Command, type Options } from './command.ts';
import { runWorkers } from '../server/cluster/cluster.ts';
import { leaveCluster, tellReady, whenReplaced, withoutFirst } from '../server/cluster/worker.ts';
import { createLog } from '../server/log/log.ts';
import { keepHeapSmall, letYoungGrow } from '../server/heap.ts';
import { requireHosts } from '../server/listen-hosts.ts';
import { openLogOutput } from '../server/log/log-output.ts';
import type { RunningServer } from '../server/server.ts';

const MOST_WORKERS = 256;

export const serve: Command = {
  usage: '[--workers N]',
  options: { workers: { type: 'string' } },
  async run(outside, { options }) {
    keepHeapSmall();
    await using output = logOutput(outside);
    const world = { ...outside, stdout: output.stdout };
    const warn = cluster.isPrimary ? (text: string) => world.stderr.write(`${text}\n`) : undefined;
    const read = (): Config => withWorkers(readConfig(world, options, { warn }), options);
    const config = read();
    if (cluster.isPrimary) await requireHosts(config);
    const signals = hearSignals(world);
    const tell = (): void => void (world.stdout.isTTY && tellAddress(config, world));
    if (config.workers > 1 && cluster.isPrimary)
      await runWorkers(config, world, { allReady: tell, read, signals });
    else await serveUntilStopped({ config, read, signals }, world).finally(leaveCluster);
    return undefined;
  },
};

/** What the server says must not hold it up. */
function logOutput({ stdout }: World): AsyncDisposable & Pick<World, 'stdout'> {
  if (stdout.fd === undefined) return { stdout, [Symbol.asyncDispose]: async () => {} };
  const output = openLogOutput(stdout.fd, stdout);
  return { stdout: output, [Symbol.asyncDispose]: () => output.settle() };
}

function withWorkers(config: Config, options: Options): Config {
  const workers = wholeNumber(options, 'workers', { least: 1, most: MOST_WORKERS });
  return workers === undefined ? config : { ...config, workers };
}

interface Served {
  config: Config;
  /** Again: throws with what is wrong in it. */
  read(): Config;
  signals: HeardSignals;
}

async function serveUntilStopped({ config, read, signals }: Served, outside: World): Promise<void> {
  const stop = AbortSignal.any([outside.stop, withoutFirst(config.listen.drain_ms)]);
  const world = { ...outside, stop };
  const worker = cluster.worker?.id;
  const replaced = whenReplaced();
  // Not loaded by the first process of several, which serves nothing itself.
  const { startServer } = await import('../server/server.ts');
  const options = { purpose: 'production', ...(worker === undefined ? {} : { worker }) } as const;
  const running = await startServer(config, world, options).catch((error: unknown) => {
    if (stop.aborted) return undefined;
    throw error;
  });
  if (!running) return;
  // The log is out by then: what is said next stands below it.
  await nextTurn();
  tellReady();
  using held = new DisposableStack();
  held.defer(letYoungGrow());
  // With workers, the first process replaces them instead.
  if (worker === undefined) signals.reload = () => void running.reload(read);
  signals.debug = () => running.toggleDebug();
  await greet(running, world, worker);
  const stopped = stop.aborted ? Promise.resolve() : once(stop, 'abort');
  await Promise.race([stopped, replaced]);
  if (!stop.aborted) await Promise.race([stopped, running.leave()]);
  await running.close();
}

/**
 * The link is for somebody who sits there; the last line is what they open. What a program reads is kept
 * (journals, logs of containers): it is told how the link is made. Of several workers, whoever was the
 * first on an empty store tells, and the process that started them has the last line.
 */
async function greet(running: RunningServer, world: World, worker?: number): Promise<void> {
  const tells = running.first || worker === undefined || worker === 1;
  const lacks = tells && !(await hasAdministrator(running.store));
  if (!world.stdout.isTTY) {
    if (lacks) logNoAdministrator(running, world, worker);
  } else if (lacks && running.first) await printSetUpLink(running, world);
  else {
    if (lacks) world.stdout.write(`\nThere is no administrator yet. ${WHAT_MAKES_ONE}`);
    if (worker === undefined) tellAddress(running.config, world);
  }
}

const IN_DOCKER = 'docker compose exec latchkey latchkey setup-link';
const IN_FOLDER = 'npm run -s latchkey -- setup-link';
const WHAT_MAKES_ONE = `This prints a link, good once, for the first one:
  in Docker:        ${IN_DOCKER}
  in this folder:   ${IN_FOLDER}
`;

function logNoAdministrator({ config }: RunningServer, { stdout }: World, worker?: number): void {
  const { log, flush } = createLog(config.log.level, stdout, worker);
  const ways = { in_docker: IN_DOCKER, in_this_folder: IN_FOLDER };
  log.warn(ways, 'there is no administrator yet: one of these prints a link for the first one');
  flush();
}

function tellAddress({ issuer }: Config, { stdout }: World): void {
  stdout.write(`\nLatchkey is running; Ctrl-C stops it. Open:\n\n  ${issuer}\n`);
}

async function printSetUpLink(
  { config, store, vault }: RunningServer,
  world: World,
): Promise<void> {
  const lifetime = config.lifetimes.set_up_link;
  const performed = operatorPerformed(config, world.now());
  const token = valueOf(await makeSetUpLink({ store, vault }, performed, lifetime));
  const hours = Math.round(lifetime / 3600);
  world.stdout.write(
    `\nWelcome to Latchkey. Make the first administrator here, once, within ${hours} h:\n\n  ${config.issuer}/setup?token=${token}\n`,
  );
}
