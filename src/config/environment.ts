/** The source `LATCHKEY_…`: variables that set keys, or name files with their values. */
import { resolve } from 'node:path';
import { readSecretFile, readSecretLine, UnsafeSecretFile } from '../secrets/secret-file.ts';
import type { Fault } from './faults.ts';
import { configVariables, PREFIX, type Key, type Variable } from './keys.ts';
import { didYouMean } from './nearest.ts';
import { readingFailed, type Given, type Source } from './source.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names the file of the configuration. */
export const CONFIG_VARIABLE = `${PREFIX}CONFIG`;

/** Relative file names are relative to `cwd`. */
export function readEnvironment(keys: readonly Key[], env: Environment, cwd: string): Source {
  const variables = configVariables(keys);
  const source: Source = { given: [], faults: bothGiven(keys, env), warnings: [] };
  for (const [name, text] of Object.entries(env)) {
    if (text === undefined || !isOurs(name, text)) continue;
    const variable = variables.get(name);
    if (!variable) source.faults.push(unknown(name, [...variables.keys(), CONFIG_VARIABLE]));
    else add(source, variable, text, cwd);
  }
  return source;
}

function isOurs(name: string, text: string): boolean {
  return name.startsWith(PREFIX) && name !== CONFIG_VARIABLE && !isServiceLink(name, text);
}

/** Kubernetes gives these to every container beside a Service that is called `latchkey`. */
function isServiceLink(name: string, text: string): boolean {
  const rest = name.slice(PREFIX.length);
  if (/^PORT(?:_\d+_(?:TCP|UDP))?$/u.test(rest)) return /^(?:tcp|udp):\/\//u.test(text);
  return /^(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP)_(?:PROTO|PORT|ADDR))$/u.test(
    rest,
  );
}

function unknown(name: string, known: readonly string[]): Fault {
  return { path: name, message: `There is no such variable.${didYouMean(name, known)}` };
}

function bothGiven(keys: readonly Key[], env: Environment): Fault[] {
  return keys
    .filter(
      ({ secret, variable }) =>
        secret && env[variable] !== undefined && env[`${variable}_FILE`] !== undefined,
    )
    .map(({ path, variable }) => ({
      path,
      message: `Both ${variable} and ${variable}_FILE are set; only one of them can be.`,
    }));
}

function add(source: Source, { name, key, holds }: Variable, text: string, cwd: string): void {
  if (holds === 'value') {
    source.given.push({ key, value: typed(key, text), from: name });
    return;
  }
  try {
    const path = resolve(cwd, text);
    const { text: held, warnings } = key.lines
      ? readSecretFile(path, 'password')
      : readSecretLine(path);
    source.warnings.push(...warnings);
    source.given.push({ key, value: typed(key, held), from: name });
  } catch (error) {
    const message =
      error instanceof UnsafeSecretFile
        ? error.message
        : `The file ${text} cannot be read: ${readingFailed(error)}.`;
    source.faults.push({ path: key.path, message, from: name });
  }
}

/** Text that is not of the key's type stays text, for the check to refuse. */
function typed({ reads }: Key, text: string): Given['value'] {
  switch (reads) {
    case 'number':
      return /^-?\d+$/u.test(text) ? Number(text) : text;
    case 'flag':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'list':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    case 'text':
      return text;
  }
}
