/** What the bench is asked to do. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CONNECTIONS } from './browser.ts';
import { PEOPLE } from './messages.ts';
import { OPERATIONS, type Operation } from './operations.ts';
import { plannedSeconds } from './plan.ts';
import { ENGINES, type Engine, type Product } from './product.ts';

/** Seconds that a whole run may take, and one that loads a store with very much. */
const LIMIT = 600;
const FULL_LIMIT = 3600;
const MOST_ROUNDS = 100;
const MOST_SECONDS = 30;
const MOST_WORKERS = 16;
const MOST_PEOPLE = 65_536;
/** Sessions and tokens: every connection needs a browser of its own. */
const LEAST_LOADED = 50;
const MOST_LOADED = 10_000_000;
/** Sessions and tokens in the two stores of a full run. */
const FULL_GROWTH = { small: 1_000, large: 1_000_000 };
/** People of the group in a full run. */
const FULL_GROUP = 100_000;
const MOST_IN_GROUP = 1_000_000;
/** Requests a second. */
const RATES = [50, 500];
const MOST_RATE = 2_000;

/** How many sessions and tokens are in the two stores that are compared. */
export interface Growth {
  small: number;
  large: number;
}

export interface Options {
  help: boolean;
  operations: readonly Operation[];
  /** Measured side by side with bare oidc-provider and the floor; undefined: not at all. */
  compared: readonly Product[] | undefined;
  /** Undefined: growth is not measured. */
  growth: Growth | undefined;
  /** People of the group whose first page is read; undefined: it is not measured. */
  groups: number | undefined;
  /** Requests a second, at which what is asked for all day is measured as well; none: it is not. */
  rates: readonly number[];
  /** Those that growth, groups and rates are measured on. */
  engines: readonly Engine[];
  /** Engines that were asked for and cannot be measured. */
  leftOut: readonly Engine[];
  /** How many sign in. */
  people: number;
  rounds: number;
  /** Of one slice. */
  seconds: number;
  json: string | undefined;
  /** Seconds after which the run is given up. */
  limit: number;
}

export const HELP = `Usage: npm run bench -- [--only OPERATION,…] [--people N] [--rounds N] [--seconds S] [--engine NAME,…] [--workers N,…]
                       [--growth SMALL,LARGE | --groups N | --rate N,… | --full] [--json FILE]

Measures Latchkey next to bare oidc-provider in memory and to the floor (one signature and one durable
commit). They take turns in every round; the ratios are of the CPU in the same round.

  --only OPERATION,…  only these: ${OPERATIONS.map(({ name }) => name).join(', ')}
  --only start,memory instead: what a process costs to start and to hold (with --rounds, and --seconds of load)
                      admin, alone: lists and searches of 100,000 people and 1,000,000 events, and an import
                      hashing, alone: silent sign-ons while 8 passwords are hashed at once (with --rounds,
                      --seconds, --engine and --workers)
  --people N          how many sign in, a multiple of ${CONNECTIONS} (default ${PEOPLE})
  --rounds N          rounds for each operation, 1 to ${MOST_ROUNDS} (default 7)
  --seconds S         how long one turn takes, 0.05 to ${MOST_SECONDS} (default 1)
  --engine NAME,…     storage engines to measure: ${ENGINES.join(', ')} (default both); mongodb is left out
                      where MONGODB_URI names no server; none: bare oidc-provider and the floor only
  --workers N,…       each engine with so many workers, 1 to ${MOST_WORKERS} (default 1,2)
  --growth SMALL,LARGE
                      instead: what an operation costs more with LARGE sessions and tokens in the store
                      than with SMALL (${LEAST_LOADED} at least), on each engine
  --groups N          instead: how long the first page of a group of N people takes the server, on each engine
  --rate N,…          instead: how long ${paced(OPERATIONS).join(' and ')} take when so many are asked for a second, 1 to ${MOST_RATE}, on
                      each engine, with one worker; by itself beside the comparison, at ${RATES.join(' and ')}
  --simulate          instead: a day of an organisation, with its morning, its storms and an outage; --simulate --help
  --full              all of that, growth with ${FULL_GROWTH.small},${FULL_GROWTH.large}, and a group of ${FULL_GROUP}
  --json FILE         writes the results there as well
  --help              this text

MONGODB_URI: a MongoDB server for the bench, without a database (mongodb://127.0.0.1:27017/); databases are
made in it and dropped.
The table goes to standard output, progress to standard error. A run never takes more than ${LIMIT / 60} minutes,
with --growth, --groups, --rate or --full ${FULL_LIMIT / 60}.
`;

/**
 * `mongodb`: whether there is a server to measure on. Throws an error with a message for the person who
 * typed the arguments.
 */
export function parseOptions(argv: readonly string[], mongodb: boolean): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', default: false },
      only: { type: 'string' },
      people: { type: 'string', default: String(PEOPLE) },
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '1' },
      engine: { type: 'string', default: ENGINES.join(',') },
      workers: { type: 'string', default: '1,2' },
      growth: { type: 'string' },
      groups: { type: 'string' },
      rate: { type: 'string' },
      full: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const asked = chosenEngines(values.engine);
  const engines = asked.filter((engine) => mongodb || engine !== 'mongodb');
  const growth = values.full ? FULL_GROWTH : growthOf(values.growth);
  const groups = values.full ? FULL_GROUP : groupOf(values.groups);
  const rates = chosenRates(values.rate);
  const operations = chosenOperations(values.only);
  const workers = chosenWorkers(values.workers);
  const compared = engines.flatMap((engine) => workers.map((n) => ({ engine, workers: n })));
  const options: Options = {
    help: values.help,
    operations,
    compared: (growth ?? groups ?? rates) !== undefined && !values.full ? undefined : compared,
    growth,
    groups,
    rates: rates ?? ratesBeside({ growth, groups, full: values.full, operations, engines }),
    engines,
    leftOut: asked.filter((engine) => !engines.includes(engine)),
    people: chosenPeople(values.people),
    rounds: number('--rounds', values.rounds, { least: 1, most: MOST_ROUNDS, whole: true }),
    seconds: number('--seconds', values.seconds, { least: 0.05, most: MOST_SECONDS, whole: false }),
    json: writable(values.json),
    limit: (growth ?? groups ?? rates) === undefined ? LIMIT : FULL_LIMIT,
  };
  requireSense(options);
  return options;
}

function requireSense(options: Options): void {
  const { engines, growth, groups, rates, leftOut, limit } = options;
  if (leftOut.length > 0 && engines.length === 0) {
    throw new Error(`--engine: to measure ${leftOut.join(', ')}, set MONGODB_URI.`);
  }
  if (growth && engines.length === 0) throw new Error('Growth is measured on an engine: --engine.');
  if (groups !== undefined && engines.length === 0)
    throw new Error('Groups are measured on an engine: --engine.');
  if (rates.length > 0 && engines.length === 0)
    throw new Error('Rates are measured on an engine: --engine.');
  if (rates.length > 0 && paced(options.operations).length === 0)
    throw new Error(`Rates are measured of ${paced(OPERATIONS).join(' and ')}: --only.`);
  if (growth && !options.operations.some(({ users }) => users)) {
    throw new Error('Growth is measured of operations with people: choose others with --only.');
  }
  const planned = plannedSeconds({
    operations: options.operations.length,
    // Without a comparison that is too much by one server and the floor.
    compared: options.compared?.length ?? 0,
    engines: engines.length,
    loaded: growth?.large ?? 0,
    inGroup: groups ?? 0,
    paced: options.rates.length * paced(options.operations).length,
    rounds: options.rounds,
    seconds: options.seconds,
  });
  if (planned <= limit) return;
  throw new Error(
    `This would take about ${Math.ceil(planned / 60)} minutes; at most ${limit / 60} are allowed. ` +
      'Take fewer rounds, shorter turns or fewer operations.',
  );
}

function chosenOperations(only: string | undefined): readonly Operation[] {
  if (only === undefined) return OPERATIONS;
  const names = only.split(',');
  const known = OPERATIONS.map(({ name }) => name);
  for (const name of names) {
    if (!known.includes(name)) {
      throw new Error(`--only: there is no operation "${name}". There are: ${known.join(', ')}.`);
    }
  }
  return OPERATIONS.filter(({ name }) => names.includes(name));
}

/** Beside the comparison, where one of them is compared. */
function ratesBeside(run: {
  growth: Growth | undefined;
  groups: number | undefined;
  full: boolean;
  operations: readonly Operation[];
  engines: readonly Engine[];
}): readonly number[] {
  const isAlone = !run.full && (run.growth ?? run.groups) !== undefined;
  const isPossible = run.engines.length > 0 && paced(run.operations).length > 0;
  return isPossible && !isAlone ? RATES : [];
}

function chosenRates(given: string | undefined): number[] | undefined {
  const range = { least: 1, most: MOST_RATE, whole: true };
  return given?.split(',').map((one) => number('--rate', one, range));
}

/** Names. */
function paced(operations: readonly Operation[]): string[] {
  return operations.filter((one) => one.paced).map(({ name }) => name);
}

function chosenEngines(given: string): readonly Engine[] {
  if (given === 'none') return [];
  const names = given.split(',');
  for (const name of names) {
    if (!ENGINES.some((engine) => engine === name)) {
      const known = [...ENGINES, 'none'].join(', ');
      throw new Error(`--engine: there is no engine "${name}". There are: ${known}.`);
    }
  }
  return ENGINES.filter((engine) => names.includes(engine));
}

function chosenWorkers(given: string): number[] {
  const range = { least: 1, most: MOST_WORKERS, whole: true };
  return [...new Set(given.split(',').map((one) => number('--workers', one, range)))];
}

/** Each connection has as many of its own. */
function chosenPeople(given: string): number {
  const people = number('--people', given, { least: CONNECTIONS, most: MOST_PEOPLE, whole: true });
  if (people % CONNECTIONS === 0) return people;
  throw new Error(`--people must be a multiple of ${CONNECTIONS}. It is "${given}".`);
}

function growthOf(given: string | undefined): Growth | undefined {
  if (given === undefined) return undefined;
  const range = { least: LEAST_LOADED, most: MOST_LOADED, whole: true };
  const [small, large, ...more] = given.split(',').map((one) => number('--growth', one, range));
  if (small !== undefined && large !== undefined && more.length === 0 && small < large) {
    return { small, large };
  }
  throw new Error(`--growth must be two numbers, the smaller one first. It is "${given}".`);
}

function groupOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  return number('--groups', given, { least: 1, most: MOST_IN_GROUP, whole: true });
}

function number(
  flag: string,
  given: string,
  { least, most, whole }: { least: number; most: number; whole: boolean },
): number {
  const value = given.trim() === '' ? Number.NaN : Number(given);
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? 'a whole number' : 'a number';
  throw new Error(`${flag} must be ${kind} from ${least} to ${most}. It is "${given}".`);
}

/** Found out before the run, not after it. */
function writable(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const path = resolve(file);
  if (file !== '' && existsSync(dirname(path))) return path;
  throw new Error(`--json: there is no folder ${dirname(path)}.`);
}
