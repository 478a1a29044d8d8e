/** Reaches the file: its rights, and what is told when it cannot be opened. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '../store.ts';
import { isSqliteError, primaryCode } from './busy.ts';

/** Opens a file, making it and its folder for this user alone when they are not there. */
export function connect(path: string): DatabaseSync {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    makeFile(path);
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw explained(path, error);
  }
}

/**
 * Only ever makes a new file. Opening and closing a database that is in use in this process, other
 * than through SQLite, would drop SQLite's locks on it (POSIX frees them at any close) and ruin it.
 */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** An error with a message for the operator. */
export function explained(path: string, error: unknown): unknown {
  const cause = error instanceof StoreUnavailable ? error.cause : error;
  if (isSqliteError(cause) && primaryCode(cause) === 26) {
    return new Error(`${path} is not a SQLite database.`, { cause });
  }
  if (isSqliteError(cause) || (cause instanceof Error && 'syscall' in cause)) {
    return new Error(`${path} cannot be opened as a database: ${cause.message}.`, { cause });
  }
  return error;
}
