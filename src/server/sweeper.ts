/**
 * Sweeps what has expired: soon after the start, as much may have expired while nobody served, and
 * every few minutes after that. Each time goes through everything, in small slices with a rest after
 * each, so that requests are served meanwhile, however much there is.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Store } from '../storage/store.ts';
import { createLoop } from '../timing/loop.ts';
import { claimSweep, endSweep, LEASE, renewSweep } from './sweep-lease.ts';

/** Milliseconds after the start: not at the same moment in all processes. */
const FIRST = [3_000, 10_000] as const;
/** Milliseconds between two looks whether a sweep is due that nobody else does. */
const LOOK_EVERY = 9_000;
/** Milliseconds between two slices, at least. */
export const REST = 20;
/** The rest after a slice, in lengths of the slice: a slow disk is for the requests first. */
const REST_PART = 2;
/** Milliseconds between two marks of how far it is. */
const RENEW_EVERY = LEASE / 4;

export interface SweeperParts {
  store: Pick<Store, 'sweep' | 'update'>;
  log: Pick<Logger, 'warn'>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Told after a sweep how many expired documents have gone. */
  swept?: ((count: number) => void) | undefined;
}

export interface Sweeper {
  /** Nothing is begun any more; a sweep that runs ends with its store. */
  close(): void;
}

/** `every`: milliseconds from the end of one sweep to the next, whichever process does it. */
export function startSweeper(parts: SweeperParts, every: number): Sweeper {
  const { log, now } = parts;
  const by = randomUUID();
  const started = now();
  const work = async (): Promise<void> => {
    const since = Math.max(started - 1, now() - every);
    if (await claimSweep(parts.store, { by, now: now(), since })) await sweep(parts, by);
  };
  const loop = createLoop(work, {
    every: LOOK_EVERY,
    failed: (err) => log.warn({ err }, 'sweeping failed'),
  });
  loop.start(randomInt(...FIRST));
  return { close: () => void loop.close() };
}

async function sweep({ store, now, swept }: SweeperParts, by: string): Promise<void> {
  const rest = restBetween();
  // The first slice says how much there is.
  let told = -Infinity;
  const removed = await store.sweep(Infinity, async (left) => {
    await rest();
    if (now() - told < RENEW_EVERY && now() >= told) return;
    told = now();
    if (!(await renewSweep(store, { by, now: told, left }))) throw new Error(TAKEN_OVER);
  });
  swept?.(removed);
  await endSweep(store, { by, now: now() });
}

const TAKEN_OVER = 'Another process sweeps, as this one has stood still for a while.';

/** Answers what is waited for after each slice: in proportion to how long the slice took. */
export function restBetween(): () => Promise<void> {
  let begun = performance.now();
  return async () => {
    const took = performance.now() - begun;
    await pause(Math.max(REST, REST_PART * took), undefined, { ref: false });
    begun = performance.now();
  };
}
