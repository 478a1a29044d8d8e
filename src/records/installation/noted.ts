/**
 * What the installation notes of itself for whoever looks after it: one document each. Nothing is decided by it.
 */
import { collection, type Change, type Store } from '../../storage/store.ts';

export interface BackupMade {
  /** Milliseconds since the epoch. */
  at: number;
  bytes: number;
  documents: number;
}

/** Days and organisations in which something failed; a day is in UTC, `YYYY-MM-DD`. */
export interface FailedSignIns {
  /** Milliseconds since the epoch: what came into the log before then is counted. */
  until: number;
  /** By day, then by organisation; of names that nobody has: ''. */
  days: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface Noted {
  /** Newest first. */
  backups: { made: readonly BackupMade[] };
  'failed-sign-ins': FailedSignIns;
  /** The list of what to do first, put away by whom; milliseconds since the epoch. */
  'first-steps': { putAwayAt: number; by: string };
}
type Kind = keyof Noted;

/** By its kind. */
export const notedCollection = collection<Noted[Kind]>('noted');

export async function getNoted<K extends Kind>(
  store: Pick<Store, 'get'>,
  kind: K,
): Promise<Noted[K] | undefined> {
  return (await store.get(notedCollection, kind)) as Noted[K] | undefined;
}

/** `change` gives what is noted from now on, or nothing where it stays; answers whether it was changed. */
export function note<K extends Kind>(
  store: Pick<Store, 'update'>,
  kind: K,
  change: (before: Noted[K] | undefined) => Noted[K] | undefined,
): Promise<boolean> {
  return store.update(notedCollection, kind, (before): Change<Noted[Kind], boolean> => {
    const put = change(before as Noted[K] | undefined);
    return put === undefined ? { result: false } : { put, result: true };
  });
}

/** Backups that are noted. */
const MOST_BACKUPS = 10;

export async function noteBackup(store: Pick<Store, 'update'>, made: BackupMade): Promise<void> {
  await note(store, 'backups', (before) => ({
    made: [made, ...(before?.made ?? [])].slice(0, MOST_BACKUPS),
  }));
}
