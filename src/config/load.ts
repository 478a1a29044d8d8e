/** Defaults ← file ← environment: the whole configuration, or every fault at once. */
import { resolve } from 'node:path';
import { CONFIG_VARIABLE, readEnvironment, type Environment } from './environment.ts';
import { contradictions, missing, type Machine } from './combinations.ts';
import { ConfigError, shown, type Fault } from './faults.ts';
import { thisMachine } from './machine.ts';
import { misplaced } from './places.ts';
import { configKeys, type Key } from './keys.ts';
import { schema, type Config } from './schema.ts';
import type { Given, Source } from './source.ts';
import { readYamlFile } from './yaml-file.ts';

/**
 * `file` (`--config`) goes before LATCHKEY_CONFIG; without either the defaults stand. Relative paths,
 * in the file too, are relative to `cwd`; the configuration has absolute ones. Throws a ConfigError.
 */
export function loadConfig(options: {
  file?: string;
  env: Environment;
  cwd: string;
  /** Told what the operator should know, though it is no fault. */
  warn?: ((warning: string) => void) | undefined;
  /** A server is to run with it: its files are looked at too. Nothing is made or changed. */
  serving?: boolean;
  /** This one, unless told. */
  machine?: Machine;
}): Config {
  const { env, cwd, file = env[CONFIG_VARIABLE], warn, serving = false } = options;
  const keys = configKeys();
  const sources = [fileSource(keys, file, cwd), readEnvironment(keys, env, cwd)];
  const given = sources.flatMap((source) => source.given);
  const faults = [...sources.flatMap((source) => source.faults), ...given.flatMap(check)];
  const wrong = (at: string): boolean => faults.some(({ path }) => path.split('[')[0] === at);
  if (!wrong('listen.port')) faults.push(...addIssuer(keys, given));
  const right = given.filter(({ key: { path } }) => !wrong(path));
  const config = schema.parse(nested(keys, right, cwd));
  const found = contradictions(
    config,
    (at) => right.some(({ key }) => key.path === at),
    options.machine ?? thisMachine(),
  );
  if (serving) found.push(...missing(config), ...misplaced(config));
  // What hangs on a value that is wrong anyway is said when that is right.
  const more = found.filter((one) => ![one.at, ...one.with].some(wrong));
  faults.push(...more.map(({ at, message }) => ({ path: at, message, ...placeOf(at, right) })));
  if (faults.length > 0) throw new ConfigError(faults);
  if (warn) sources.flatMap(({ warnings }) => warnings).forEach(warn);
  return freeze(config);
}

/** Where a key was given last; a default was given nowhere. */
function placeOf(at: string, given: readonly Given[]): Pick<Fault, 'from'> {
  const from = given.findLast(({ key }) => key.path === at)?.from;
  return from === undefined ? {} : { from };
}

/** Where only the port was given, the address of this machine follows it. */
function addIssuer(keys: readonly Key[], given: Given[]): Fault[] {
  const issuer = keys.find(({ path }) => path === 'issuer');
  const port = given.findLast(({ key }) => key.path === 'listen.port');
  if (!issuer || !port || given.some(({ key }) => key === issuer)) return [];
  if (port.value !== 0) {
    const { origin } = new URL(`http://localhost:${Number(port.value)}`);
    given.push({ key: issuer, value: origin, from: port.from });
    return [];
  }
  const message = 'It must be given where listen.port is 0, as nobody knows the port before.';
  return [{ path: issuer.path, message, allowed: issuer.allowed, from: port.from }];
}

function fileSource(keys: readonly Key[], file: string | undefined, cwd: string): Source {
  if (file === undefined) return { given: [], faults: [], warnings: [] };
  if (file !== '') return readYamlFile(keys, file, cwd);
  return {
    given: [],
    warnings: [],
    faults: [{ path: CONFIG_VARIABLE, message: 'The name of the configuration file is empty.' }],
  };
}

/** Each given value is checked, one that another source overrides too. */
function check({ key, value, from }: Given): Fault[] {
  const parsed = key.zod.safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues.map(({ path: [at] }) => {
    const item = typeof at === 'number' && Array.isArray(value);
    const wrong: unknown = item ? value[at] : value;
    const message = key.secret
      ? 'Its value (not shown here) is not allowed.'
      : `It is ${shown(wrong)}.`;
    return { path: item ? `${key.path}[${at}]` : key.path, message, allowed: key.allowed, from };
  });
}

function nested(keys: readonly Key[], given: readonly Given[], cwd: string): object {
  const values = new Map(given.map(({ key, value }) => [key.path, value]));
  const root: Section = {};
  for (const { path, zod, isPath } of keys) {
    const value = zod.parse(values.get(path));
    put(root, path.split('.'), isPath && typeof value === 'string' ? resolve(cwd, value) : value);
  }
  return root;
}

interface Section {
  [name: string]: unknown;
}

function put(section: Section, [name = '', ...below]: readonly string[], value: unknown): void {
  if (below.length > 0) put((section[name] ??= {}) as Section, below, value);
  else if (value !== undefined) section[name] = value;
}

function freeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object') freeze(part as object);
  return Object.freeze(value);
}
