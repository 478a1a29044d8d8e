/**
 * SQLite's errors, and waiting for other processes. Nothing waits inside SQLite (`busy_timeout` is
 * 0): its own waiting blocks the event loop.
 */
import { randomInt } from 'node:crypto';
import { StoreUnavailable } from '../store.ts';

/** How long a call waits for other processes before it is refused, in milliseconds. */
export const defaultPatience = 5_000;

interface SqliteError extends Error {
  errcode: number;
}

export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

/** The result code without the details in its upper bits. */
export function primaryCode(error: SqliteError): number {
  return error.errcode & 0xff;
}

/** SQLITE_BUSY, or SQLITE_PROTOCOL, which is a lost race for the locks of the WAL. */
export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && (primaryCode(error) === 5 || primaryCode(error) === 15);
}

/** What callers see of an error: those of SQLite mean that the store cannot serve now. */
export function asUnavailable(error: unknown): unknown {
  if (!isSqliteError(error)) return error;
  return new StoreUnavailable(`The database cannot serve: ${error.message}`, { cause: error });
}

/** The time until the next try, in milliseconds: random, so that processes don't keep in step. */
export function pauseLength(): number {
  return randomInt(1, 11);
}

/** Runs `work` now, and again while another process is in the way. */
export async function whenFree<R>(work: () => R, patience = defaultPatience): Promise<R> {
  let giveUpAt: number | undefined;
  for (;;) {
    try {
      return work();
    } catch (error) {
      giveUpAt ??= performance.now() + patience;
      if (!isBusy(error) || performance.now() > giveUpAt) throw asUnavailable(error);
    }
    await new Promise((resolve) => setTimeout(resolve, pauseLength()));
  }
}
