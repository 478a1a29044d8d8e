/** What the bench is asked to do. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { OPERATIONS, type Operation } from './operations.ts';

/** The product's storage engines, and the program that serves on each. */
export const ENGINES: Readonly<Record<string, string>> = { sqlite: './latchkey-server.ts' };

/** Seconds that a whole run may take. */
export const LIMIT = 600;
const MOST_ROUNDS = 100;
const MOST_SECONDS = 30;
/** Seconds for starting the servers and signing everybody in, generously. */
const PREPARATION = 30;

export interface Options {
  help: boolean;
  operations: readonly Operation[];
  engines: readonly string[];
  rounds: number;
  /** Of one slice. */
  seconds: number;
  json: string | undefined;
}

export const HELP = `Usage: npm run bench -- [--only OPERATION,…] [--rounds N] [--seconds S] [--engine NAME,…] [--json FILE]

Measures Latchkey next to bare oidc-provider in memory and to the floor (one signature and one durable
commit). They take turns in every round; the ratios are of the CPU in the same round.

  --only OPERATION,…  only these: ${OPERATIONS.map(({ name }) => name).join(', ')}
  --rounds N          rounds for each operation, 1 to ${MOST_ROUNDS} (default 7)
  --seconds S         how long one turn takes, 0.05 to ${MOST_SECONDS} (default 1)
  --engine NAME,…     storage engines to measure: ${Object.keys(ENGINES).join(', ')} (default sqlite);
                      none: bare oidc-provider and the floor only
  --json FILE         writes the results there as well
  --help              this text

The table goes to standard output, progress to standard error. A run never takes more than ${LIMIT / 60} minutes.
`;

/** Throws an error with a message for the person who typed the arguments. */
export function parseOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '1' },
      engine: { type: 'string', default: 'sqlite' },
      json: { type: 'string' },
    },
  });
  const options = {
    help: values.help,
    operations: chosenOperations(values.only),
    engines: chosenEngines(values.engine),
    rounds: number('--rounds', values.rounds, { least: 1, most: MOST_ROUNDS, whole: true }),
    seconds: number('--seconds', values.seconds, { least: 0.05, most: MOST_SECONDS, whole: false }),
    json: writable(values.json),
  };
  const planned = plannedSeconds(options);
  if (planned <= LIMIT) return options;
  throw new Error(
    `This would take about ${Math.ceil(planned / 60)} minutes; at most ${LIMIT / 60} are allowed. ` +
      'Take fewer rounds, shorter turns or fewer operations.',
  );
}

/** How long the servers' and the floor's turns are warmed up for, seconds. */
export function warmUpSeconds(seconds: number): number {
  return Math.min(0.5, seconds);
}

/** The floor varies little: its turns are half as long. */
export function floorSeconds(seconds: number): number {
  return seconds / 2;
}

function plannedSeconds({
  operations,
  engines,
  rounds,
  seconds,
}: Pick<Options, 'operations' | 'engines' | 'rounds' | 'seconds'>): number {
  const servers = engines.length + 1;
  const round = servers * seconds + floorSeconds(seconds);
  return PREPARATION + operations.length * (servers * warmUpSeconds(seconds) + rounds * round);
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

function chosenEngines(given: string): readonly string[] {
  if (given === 'none') return [];
  const names = [...new Set(given.split(','))];
  for (const name of names) {
    if (ENGINES[name] === undefined) {
      const known = [...Object.keys(ENGINES), 'none'].join(', ');
      throw new Error(`--engine: there is no engine "${name}". There are: ${known}.`);
    }
  }
  return names;
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
