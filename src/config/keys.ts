/** The keys as a flat list, and the environment variables that set them. */
import { z } from 'zod';
import { keyFacts, schema, type KeyFacts } from './schema.ts';

export interface Key extends KeyFacts {
  /** As in the file, joined by points: `listen.port`. */
  path: string;
  /** `LATCHKEY_LISTEN_PORT` */
  variable: string;
  zod: z.ZodType;
}

/** An environment variable: sets its key to its own text, or to that of the file that it names. */
export interface Variable {
  name: string;
  key: Key;
  holds: 'value' | 'file name';
}

export const PREFIX = 'LATCHKEY_';

/** Every key, in the order of the schema. */
export function configKeys(): Key[] {
  return keysOf(schema, []);
}

/**
 * Every variable. A secret can also be given as a file (`…_FILE`); where there is a key of that very
 * name (`encryption.key_file`), that key is it.
 */
export function configVariables(keys: readonly Key[]): Map<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const key of keys) variables.set(key.variable, { name: key.variable, key, holds: 'value' });
  for (const key of keys) {
    const name = `${key.variable}_FILE`;
    if (key.secret && !variables.has(name)) variables.set(name, { name, key, holds: 'file name' });
  }
  return variables;
}

function keysOf(section: z.ZodObject, above: readonly string[]): Key[] {
  return Object.entries(section.shape).flatMap(([name, zod]) => {
    const names = [...above, name];
    if (zod instanceof z.ZodObject) return keysOf(zod, names);
    return [keyOf(zod as z.ZodType, names)];
  });
}

function keyOf(zod: z.ZodType, names: readonly string[]): Key {
  const facts = keyFacts.get(zod);
  const path = names.join('.');
  if (!facts) throw new Error(`The key ${path} says nothing about itself.`);
  return { ...facts, path, variable: PREFIX + names.join('_').toUpperCase(), zod };
}
