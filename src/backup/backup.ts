/**
 * Backups of a store that is a file: made while a server writes, encrypted, and read back before they
 * are called one. This folder owns the file of a backup, and the way from it back to a store.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { openVault, vaultCheckCollection, type KeySource } from '../secrets/keyring.ts';
import type { Vault } from '../secrets/vault.ts';
import type { storeFile } from '../storage/open.ts';
import type { Collection, DamagedDocument, Store } from '../storage/store.ts';
import { decryptFile, encryptFile, isEncrypted } from './encryption.ts';

export type StoreFile = ReturnType<typeof storeFile>;
export type Contents = ReturnType<StoreFile['inspect']>;

export interface BackupParts {
  store: StoreFile;
  /** Not proven on the store yet. */
  vault: Vault;
  keys: Omit<KeySource, 'mayMake'>;
  /** All that a store has. */
  collections: readonly Collection<any>[];
  /** Goes through them. */
  findDamaged(store: Store): Promise<readonly DamagedDocument[]>;
  /** Gives up, and leaves nothing behind. */
  stop: AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Told what is begun: each may take as long as the store is large. */
  onStage?: (stage: Stage) => void;
}

export type Stage = 'copying' | 'encrypting' | 'reading-back' | 'decrypting' | 'checking';

export interface Backup {
  /** Absolute. */
  file: string;
  bytes: number;
  contents: Contents;
  /** What can't be read: it is in the backup as it is. */
  damaged: readonly DamagedDocument[];
}

/**
 * Writes the file `target`, or throws with a message for the operator and leaves nothing new behind.
 * Blocks the event loop for a while: not for a process that serves.
 */
export async function makeBackup(
  parts: BackupParts,
  target: string,
  { force }: { force: boolean },
): Promise<Backup> {
  const file = resolve(target);
  await checkTarget(file, force);
  const partial = `${file}.partial-${randomBytes(6).toString('hex')}`;
  await using made = new AsyncDisposableStack();
  made.defer(() => rm(partial, { force: true }));
  const contents = await encryptStore(parts, partial);
  const { contents: read, damaged } = await readBack(parts, partial);
  if (!isDeepStrictEqual(read, contents)) {
    throw new Error(
      `What was read back of ${partial} is not what was written. No backup was made.`,
    );
  }
  const { size: bytes } = await stat(partial);
  await place(partial, file, force);
  return { file, bytes, contents, damaged };
}

/** The plain copy stays beside the store: nothing that is not encrypted gets where backups are kept. */
async function encryptStore({ store, vault, stop, now, onStage }: BackupParts, to: string) {
  const copy = await store.temporary(now());
  try {
    onStage?.('copying');
    const contents = await store.copyTo(copy, now());
    stop.throwIfAborted();
    onStage?.('encrypting');
    await encryptFile(copy, to, vault, stop);
    return contents;
  } finally {
    await store.remove(copy);
  }
}

/** Decrypts it as a restore does, goes through all of it, and proves the key on it. */
async function readBack(
  parts: BackupParts,
  file: string,
): Promise<{ contents: Contents; damaged: readonly DamagedDocument[] }> {
  const { store, vault, keys, stop, now, onStage } = parts;
  const copy = await store.temporary(now());
  try {
    onStage?.('reading-back');
    await decryptFile(file, copy, vault, stop);
    const contents = store.inspect(copy, file);
    stop.throwIfAborted();
    await proveKey(await store.open(copy, [vaultCheckCollection], now), keys);
    return { contents, damaged: await damagedIn(parts, copy) };
  } finally {
    await store.remove(copy);
  }
}

/** In what was read back, which is thrown away. */
async function damagedIn(
  { store, collections, findDamaged, now }: BackupParts,
  copy: string,
): Promise<readonly DamagedDocument[]> {
  const opened = await store.open(copy, collections, now);
  try {
    return await findDamaged(opened);
  } finally {
    await opened.close();
  }
}

/** Throws when the store's secrets are of another key than the backup's. */
async function proveKey(
  opened: Awaited<ReturnType<StoreFile['open']>>,
  keys: BackupParts['keys'],
): Promise<void> {
  try {
    await openVault({ ...keys, mayMake: false }, opened);
  } finally {
    await opened.close();
  }
}

/** Before the work is done, and never anything but another backup is replaced: the store is a file too. */
async function checkTarget(file: string, force: boolean): Promise<void> {
  if (!existsSync(dirname(file))) throw new Error(`There is no folder ${dirname(file)}.`);
  if (!existsSync(file)) return;
  if (!force) throw new Error(`${file} is there already. --force replaces it.`);
  if (!(await isEncrypted(file)))
    throw new Error(`${file} is no backup, and is not replaced by one.`);
}

async function place(partial: string, file: string, force: boolean): Promise<void> {
  if (force) await rename(partial, file);
  else await linkOrRename(partial, file);
  await using folder = await open(dirname(file), 'r');
  await folder.sync();
}

/** A link never replaces what somebody else has put there meanwhile; not every file system has them. */
async function linkOrRename(partial: string, file: string): Promise<void> {
  try {
    await link(partial, file);
  } catch (error) {
    if (existsSync(file)) throw new Error(`${file} is there already.`, { cause: error });
    await rename(partial, file);
  }
}
