/** What `npm run bench -- --simulate` is asked to do. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PEOPLE } from '../messages.ts';
import { ENGINES, type Engine } from '../product.ts';

export interface SimulateOptions {
  people: number;
  minutes: number;
  engine: Engine;
  workers: number;
  seed: number;
  json: string | undefined;
}

const MOST_PEOPLE = 65_536;
const MOST_MINUTES = 60;
const MOST_WORKERS = 16;

export const SIMULATE_HELP = `Usage: npm run bench -- --simulate [--people N] [--minutes M] [--engine sqlite|mongodb] [--workers N] [--seed N] [--json FILE]

Starts a server and lives through a working day of an organisation against it, faster than it is: people
come in the morning, open apps, refresh tokens, read mail; after lunch all apps refresh at once; in the
afternoon the server is killed and started again. Whoever is refused, or finds nobody, asks again.

  --people N     how many there are, 1 to ${MOST_PEOPLE} (default ${PEOPLE})
  --minutes M    how long the day takes, 0.1 to ${MOST_MINUTES} (default 3): 14 hours, so that fewer minutes are more load
  --engine NAME  ${ENGINES.join(' or ')} (default sqlite); mongodb wants MONGODB_URI
  --workers N    of the server, 1 to ${MOST_WORKERS} (default 1)
  --seed N       another day (default 1)
  --json FILE    writes the results there as well
  --help         this text
`;

/** Throws an error with a message for the person who typed the arguments. */
export function parseSimulate(argv: readonly string[], mongodb: boolean): SimulateOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      simulate: { type: 'boolean' },
      help: { type: 'boolean', default: false },
      people: { type: 'string', default: String(PEOPLE) },
      minutes: { type: 'string', default: '3' },
      engine: { type: 'string', default: 'sqlite' },
      workers: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
    },
  });
  if (values.help) return 'help';
  return {
    people: number('--people', values.people, 1, MOST_PEOPLE, true),
    minutes: number('--minutes', values.minutes, 0.1, MOST_MINUTES, false),
    engine: engineOf(values.engine, mongodb),
    workers: number('--workers', values.workers, 1, MOST_WORKERS, true),
    seed: number('--seed', values.seed, 0, 2 ** 32 - 1, true),
    json: writable(values.json),
  };
}

function engineOf(given: string, mongodb: boolean): Engine {
  const engine = ENGINES.find((one) => one === given);
  if (!engine) throw new Error(`--engine must be ${ENGINES.join(' or ')}. It is "${given}".`);
  if (engine === 'mongodb' && !mongodb)
    throw new Error('--engine: to live through it on mongodb, set MONGODB_URI.');
  return engine;
}

function number(flag: string, given: string, least: number, most: number, whole: boolean): number {
  const value = given.trim() === '' ? Number.NaN : Number(given);
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? 'a whole number' : 'a number';
  throw new Error(`${flag} must be ${kind} from ${least} to ${most}. It is "${given}".`);
}

function writable(file: string | undefined): string | undefined {
  if (file === undefined || existsSync(dirname(resolve(file)))) return file;
  throw new Error(`--json: there is no folder ${dirname(resolve(file))}.`);
}
