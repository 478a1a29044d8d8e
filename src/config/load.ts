/** Defaults ← file ← environment: the whole configuration, or every fault at once. */
import { resolve } from 'node:path';
import { CONFIG_VARIABLE, readEnvironment, type Environment } from './environment.ts';
import { ConfigError, shown, type Fault } from './faults.ts';
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
}): Config {
  const { env, cwd, file = env[CONFIG_VARIABLE], warn } = options;
  const keys = configKeys();
  const sources = [fileSource(keys, file, cwd), readEnvironment(keys, env, cwd)];
  const given = sources.flatMap((source) => source.given);
  const faults = [...sources.flatMap((source) => source.faults), ...given.flatMap(check)];
  if (faults.length === 0) faults.push(...addIssuer(keys, given));
  if (faults.length > 0) throw new ConfigError(faults);
  if (warn) sources.flatMap(({ warnings }) => warnings).forEach(warn);
  return freeze(schema.parse(nested(keys, given, cwd)));
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
