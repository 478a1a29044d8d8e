/** What a running process takes of its configuration when that is read again, and what needs a restart. */
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Config } from '../../config/schema.ts';

/** Taken when a process starts, as others rely on it or as it is held open. */
const FROM_THE_START = ['issuer', 'listen', 'store', 'workers', 'metrics'] as const;

/** `restart`: the keys that differ and are not taken, as `listen.port`. */
export function taken(before: Config, read: Config): { config: Config; restart: string[] } {
  const kept = Object.fromEntries(FROM_THE_START.map((key) => [key, before[key]]));
  const restart = FROM_THE_START.flatMap((key) => differing(key, before[key], read[key]));
  return { config: { ...read, ...kept }, restart };
}

/** `keys`: as `taken` gives them. */
export function tellRestart(log: Pick<Logger, 'warn'>, keys: readonly string[]): void {
  if (keys.length > 0) log.warn({ keys }, 'these keys need a restart');
}

/** `error`: what has kept it from being taken. */
export function tellNotTaken(log: Pick<Logger, 'error'>, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  log.error({ reason }, 'the configuration was not taken: everything is as before');
}

function differing(path: string, before: unknown, now: unknown): string[] {
  if (isDeepStrictEqual(before, now)) return [];
  if (!isSection(before) || !isSection(now)) return [path];
  return Object.keys({ ...before, ...now }).flatMap((key) =>
    differing(`${path}.${key}`, before[key], now[key]),
  );
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
