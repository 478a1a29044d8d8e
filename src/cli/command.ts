/** What a command is, and the parts it works with. One file a command; run.ts picks it. */
import type { Operation } from '../policy/access.ts';
import { didYouMean } from '../config/nearest.ts';
import { loadConfig } from '../config/load.ts';
import { version } from '../config/version.ts';
import type { Config } from '../config/schema.ts';
import { COLLECTIONS } from '../server/collections.ts';
import { Problem, type ProblemCode } from '../problem.ts';
import { holdChanges } from '../operations/held-changes.ts';
import { clientCollection } from '../records/client.ts';
import { resourceCollection } from '../records/resource.ts';
import { groupCollection, writtenGroup } from '../records/group.ts';
import { organisationCollection } from '../records/organisation.ts';
import type { Collection, DamagedDocument, Store } from '../storage/store.ts';
import { printable } from '../text/printable.ts';
import { requireSettled } from '../migration/marker.ts';
import { openStore } from '../storage/open.ts';
import { NoStore, storeOptions } from '../storage/options.ts';
import { isSealed } from '../secrets/keyring.ts';
import { requireSameFacts, tellInstallation } from './running.ts';
import { unlocked, type Installation } from '../server/opened.ts';
import type { World } from '../server/world.ts';
import { UsageError } from './usage-error.ts';
import { createLog } from '../server/log/log.ts';
import { relayMessages } from '../server/outbox.ts';

export type Options = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

export interface Command {
  /** What follows the name: `LOGIN --org ID …`. */
  usage: string;
  options: Readonly<Record<string, OptionSpec>>;
  /** Answers what to print: `text` for people, `json` for `--json`. Undefined: the command has printed itself. */
  run(world: World, args: Arguments): Promise<Outcome | undefined>;
}

/** As `util.parseArgs` takes it. */
export interface OptionSpec {
  type: 'string' | 'boolean';
  multiple?: boolean;
  /** All that its value can be; absent: anything. */
  values?: readonly string[];
  /** What an older version had: it works, and nothing speaks of it. */
  former?: true;
}

/** A line of the table of commands (commands.ts). */
export interface CommandRow {
  /** As it is typed after `latchkey`: `user add`. */
  name: string;
  /** Of the table of who may do what; the first, of a command that does several. */
  operation: Operation;
  /** One sentence. */
  summary: string;
  /** As it is typed. */
  example: string;
  load(): Promise<Command>;
}

export interface Arguments {
  options: Options;
  positionals: readonly string[];
  /** THE TABLE, for what tells of it. */
  commands: readonly CommandRow[];
}

export interface Outcome {
  /** Lines; a name in them goes through `printable`, as a line break in it would be taken for ours. */
  text: string;
  json: unknown;
  /** It has been done, and the exit code says that something is wrong. */
  failed?: true;
}

/**
 * Opens the installation for one piece of work, and closes it whatever happens; what was changed holds on every
 * process of a server when it is answered. There has to be one, made
 * by a server or by a command that says `mayMake`; and the server has to be configured as this command is.
 */
export async function withInstallation<T>(
  world: World,
  options: Options,
  work: (installation: Installation) => Promise<T>,
  { mayMake = false }: { mayMake?: boolean } = {},
): Promise<T> {
  const config = configOf(world, options);
  const chosen = storeOptions(config.store);
  const onDamaged = tellDamaged(world);
  const { now } = world;
  const parts = { now, version: version(), mayBeServed: true, mustExist: !mayMake, onDamaged };
  const store = await openStore(chosen, COLLECTIONS, parts);
  try {
    await requireSettled(store);
    if (!mayMake && !(await isSealed(store))) throw new NoStore(chosen);
    if (options['force'] !== true) await requireSameFacts(store, config);
    const installation = await unlocked(config, store);
    const held = holdChanges(installation.store, world.pause);
    const outcome = await work({ ...installation, store: held.store }).catch(
      async (error: unknown) => {
        throw await withHint(store, error);
      },
    );
    await relayTold({ config, store }, world);
    await held.settled();
    return outcome;
  } finally {
    await store.close();
  }
}

/** Each once, on standard error: the others are as ever. */
function tellDamaged({ stderr }: World): (damaged: DamagedDocument) => void {
  const told = new Set<string>();
  return ({ message }) => {
    if (told.has(message)) return;
    told.add(message);
    stderr.write(`${printable(message)} It is left out; latchkey verify lists all of them.\n`);
  };
}

/** What has been told a moment ago is moved to where it is read; what fails is said on standard error. */
export async function relayTold(
  { config, store }: Pick<Installation, 'config' | 'store'>,
  { stderr, now }: World,
): Promise<void> {
  const { log, flush } = createLog('warn', stderr);
  await relayMessages(config, store, log, now);
  flush();
}

/** For the id of an organisation or client, or a group, that is not there: the nearest that is. */
async function withHint(store: Pick<Store, 'scan' | 'find'>, error: unknown): Promise<unknown> {
  if (error instanceof Problem && error.code === 'group-unknown')
    return Object.assign(error, {
      hint: didYouMean(String(error.values['group']), await someGroups(store)),
    });
  const kind = error instanceof Problem ? NAMED[error.code] : undefined;
  if (!kind || !(error instanceof Problem)) return error;
  const { items } = await store.scan(kind, { limit: 1_000 });
  const ids = items.flatMap(({ id, value }) => ((value as { gone?: true }).gone ? [] : [id]));
  return Object.assign(error, { hint: didYouMean(String(error.values['id']), ids) });
}

async function someGroups(store: Pick<Store, 'find'>): Promise<string[]> {
  const { items } = await store.find(groupCollection, { index: 'organisation', limit: 1_000 });
  return items.map(({ value }) => writtenGroup(value));
}

const NAMED: Readonly<Partial<Record<ProblemCode, Collection<any>>>> = {
  'organisation-unknown': organisationCollection,
  'client-unknown': clientCollection,
  'resource-unknown': resourceCollection,
};

/** Says which installation that is, unless it is the one of this folder. */
export function configOf(world: World, options: Options): Config {
  const config = readConfig(world, options);
  tellInstallation(world, config);
  return config;
}

/** `serving`: for a command that stays; the others say what they were asked for alone. */
export function readConfig(
  { env, cwd }: World,
  options: Options,
  serving?: { warn: ((warning: string) => void) | undefined },
): Config {
  const file = string(options, 'config');
  const how = serving ? { ...serving, serving: true } : {};
  return loadConfig({ env, cwd, ...how, ...(file === undefined ? {} : { file }) });
}

export function string(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

export function strings(options: Options, name: string): string[] {
  const value = options[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** A value that must be given. */
export function required(options: Options, name: string): string {
  const value = string(options, name);
  if (value === undefined || value === '') throw new UsageError(`--${name} is missing.`);
  return value;
}

/** A value out of a list, or undefined when it was not given. */
export function oneOf<T extends string>(
  options: Options,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const value = string(options, name);
  if (value === undefined) return undefined;
  const found = allowed.find((candidate) => candidate === value);
  if (!found)
    throw new UsageError(
      `--${name} must be one of: ${allowed.join(', ')}. It is "${value}".${didYouMean(value, allowed)}`,
    );
  return found;
}

/** Undefined when it was not given. Without a `most` there is none. */
export function wholeNumber(
  options: Options,
  name: string,
  { least, most }: { least: number; most?: number },
): number | undefined {
  const value = string(options, name);
  if (value === undefined) return undefined;
  const number = /^\d{1,15}$/u.test(value) ? Number(value) : NaN;
  if (number >= least && number <= (most ?? Infinity)) return number;
  const range = most === undefined ? `above ${least - 1}` : `from ${least} to ${most}`;
  throw new UsageError(`--${name} must be a whole number ${range}. It is "${value}".`);
}

/** The one positional argument that a command wants. */
export function onlyPositional({ positionals }: Arguments, what: string): string {
  const [first, ...more] = positionals;
  if (first === undefined) throw new UsageError(`${what} is missing.`);
  if (more.length > 0)
    throw new UsageError(`Only one ${what} is expected; put quotes around one with spaces.`);
  return first;
}
