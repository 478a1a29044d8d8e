/**
 * Sweeps what has expired: soon after the start, as much may have expired while nobody served, and
 * every few minutes after that. Each time goes through everything, in small slices with a rest after
 * each, so that requests are served meanwhile, however much there is.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Store } from '../storage/store.ts';
import { createLoop } from '../timing/loop.ts';

/** Milliseconds after the start: not at the same moment in all processes. */
const FIRST = [3_000, 25_000] as const;
/** Milliseconds between two slices. */
export const REST = 20;

export interface Sweeper {
  /** Nothing is begun any more; a sweep that runs ends with its store. */
  close(): void;
}

/** `every`: milliseconds from the end of one sweep to the next. */
export function startSweeper(
  store: Pick<Store, 'sweep'>,
  log: Pick<Logger, 'warn'>,
  every: number,
): Sweeper {
  const rest = (): Promise<void> => pause(REST, undefined, { ref: false });
  const loop = createLoop(
    async () => {
      await store.sweep(Infinity, rest);
    },
    { every, failed: (err) => log.warn({ err }, 'sweeping failed') },
  );
  loop.start(randomInt(...FIRST));
  return { close: () => void loop.close() };
}
