import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readInput, type InputSchema, type Taken, type Told } from '../operations/input.ts';
import type { World } from '../server/world.ts';
import { UsageError } from './usage-error.ts';

/** What an operation takes, from what a command was told. UsageError: it is nothing that an operation takes. */
export function inputFrom<S extends InputSchema>(schema: S, told: Told<S>): Taken<S> {
  const read = readInput(schema, told);
  if ('fault' in read) throw new UsageError(read.fault);
  return read.input;
}

/** All of it, until whoever writes it ends. */
export async function wholeInput({ stdin }: Pick<World, 'stdin'>): Promise<string> {
  let text = '';
  for await (const chunk of stdin) text += chunk.toString();
  return text;
}

/** `file`: a path, from the folder that the command runs in, or `-` for standard input. */
export async function textIn(world: Pick<World, 'cwd' | 'stdin'>, file: string): Promise<string> {
  return file === '-' ? wholeInput(world) : readFile(resolve(world.cwd, file), 'utf8');
}
