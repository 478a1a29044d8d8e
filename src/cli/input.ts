import { readInput, type InputSchema, type Taken, type Told } from '../operations/input.ts';
import { UsageError } from './usage-error.ts';

/** What an operation takes, from what a command was told. UsageError: it is nothing that an operation takes. */
export function inputFrom<S extends InputSchema>(schema: S, told: Told<S>): Taken<S> {
  const read = readInput(schema, told);
  if ('fault' in read) throw new UsageError(read.fault);
  return read.input;
}
