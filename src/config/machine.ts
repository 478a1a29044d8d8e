/** What this machine has, or the container that this process is in. */
import { availableParallelism, totalmem } from 'node:os';
import type { Machine } from './combinations.ts';

export function thisMachine(): Machine {
  const limit = process.constrainedMemory();
  // Without a limit it is a number beyond all machines, or 0.
  const memory = limit > 0 && limit < totalmem() ? limit : totalmem();
  return { memory, processors: availableParallelism() };
}
