/**
 * From an older schema to this version's: a copy of the file first, then every step, in one
 * transaction. Several processes that open the file at once copy and upgrade it once: they wait for
 * the one that has the write lock.
 */
import type { DatabaseSync } from 'node:sqlite';
import { isBusy, whenFree } from './busy.ts';
import { copyDatabase, stampOf } from './copy.ts';
import { schemaVersion, transaction, versionOf } from './schema.ts';
import { lockForServing } from './serve-lock.ts';

export interface Upgrade {
  /** The schema afterwards. */
  to: number;
  /** Runs inside a transaction. */
  run(db: DatabaseSync): void;
}

/** In order; the last one leads to `schemaVersion`. */
export const upgrades: readonly Upgrade[] = [];

export interface UpgradePlan {
  version: number;
  upgrades: readonly Upgrade[];
}
export const presentPlan: UpgradePlan = { version: schemaVersion, upgrades };

export interface Upgrading {
  plan: UpgradePlan;
  /** Milliseconds since the epoch. */
  now(): number;
  /** False where the file itself is a copy. */
  copyFirst: boolean;
  /** Another process may be serving the file: then it is not upgraded under its feet. */
  mayBeServed: boolean;
}

/** Milliseconds to wait for another process that is copying and upgrading. */
const patience = 600_000;

/** Does nothing to a file of this schema, or with nothing in it yet. */
export async function upgrade(db: DatabaseSync, path: string, upgrading: Upgrading): Promise<void> {
  const isOlder = (): boolean => versionOf(db) !== 0 && versionOf(db) < upgrading.plan.version;
  if (!isOlder()) return;
  await whenFree(() => {
    transaction(db, 'BEGIN IMMEDIATE', () => {
      // Another process was faster.
      if (isOlder()) runUpgrades(db, path, upgrading);
    });
  }, patience);
}

function runUpgrades(db: DatabaseSync, path: string, upgrading: Upgrading): void {
  const { plan, mayBeServed, copyFirst } = upgrading;
  using locked = new DisposableStack();
  if (mayBeServed) locked.defer(keepServersAway(path));
  if (copyFirst) copyBefore(path, upgrading);
  const from = versionOf(db);
  for (const { to, run } of plan.upgrades) if (to > from) run(db);
  db.exec(`PRAGMA user_version = ${plan.version}`);
}

/** Answers what ends it. */
function keepServersAway(path: string): () => void {
  try {
    return lockForServing(path).release;
  } catch (cause) {
    throw new Error(
      `${path} is of an older version and has to be upgraded, but a server is running on it. Stop the server first.`,
      { cause },
    );
  }
}

/** Reads through a connection of its own, as the one with the write lock is in a transaction. */
function copyBefore(path: string, { plan, now }: Upgrading): void {
  const target = `${path}.before-v${plan.version}-${stampOf(now())}`;
  try {
    copyDatabase(path, target);
  } catch (cause) {
    if (isBusy(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `${path} is of an older version and was not upgraded, as the copy of it that is made first ` +
        `(${target}) could not be made: ${reason}.`,
      { cause },
    );
  }
}
