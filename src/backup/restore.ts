/** From a backup to a store: everything is done on a copy beside the store's place, then it is moved there. */
import { openVault } from '../secrets/keyring.ts';
import type { Vault } from '../secrets/vault.ts';
import type { Collection, Store } from '../storage/store.ts';
import type { BackupParts, Contents } from './backup.ts';
import { decryptFile } from './encryption.ts';

/** A backup that was found whole; disposing of it leaves nothing behind. */
export interface Unpacked extends AsyncDisposable {
  contents: Contents;
  /**
   * Opens it as a store for `prepare`, then puts it in the store's place. Nobody may serve the store
   * (`lockStore`). Answers where the store is that was there before.
   */
  install(
    collections: readonly Collection<any>[],
    prepare: (installation: { store: Store; vault: Vault }) => Promise<void>,
  ): Promise<string | undefined>;
}

/** Throws with a message for the operator when it is damaged, of another key, or of a newer version. */
export async function unpackBackup(parts: BackupParts, file: string): Promise<Unpacked> {
  const { store, vault, stop, now, onStage } = parts;
  const copy = await store.temporary(now());
  await using made = new AsyncDisposableStack();
  made.defer(() => store.remove(copy));
  onStage?.('decrypting');
  await decryptFile(file, copy, vault, stop);
  onStage?.('checking');
  const contents = inspected(parts, copy, file);
  stop.throwIfAborted();
  const kept = made.move();
  return {
    contents,
    async install(collections, prepare) {
      await prepareCopy(parts, copy, collections, prepare);
      stop.throwIfAborted();
      return store.replaceBy(copy, now());
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function inspected({ store }: BackupParts, copy: string, file: string): Contents {
  try {
    return store.inspect(copy, file);
  } catch (error) {
    const isSqlite = error instanceof Error && 'errcode' in error;
    if (!isSqlite) throw error;
    throw new Error(`${file} has no whole database in it: ${error.message}.`, { cause: error });
  }
}

async function prepareCopy(
  { store, keys, now }: BackupParts,
  copy: string,
  collections: readonly Collection<any>[],
  prepare: (installation: { store: Store; vault: Vault }) => Promise<void>,
): Promise<void> {
  const opened = await store.open(copy, collections, now);
  try {
    const vault = await openVault({ ...keys, mayMake: false }, opened);
    await prepare({ store: opened, vault });
  } finally {
    await opened.close();
  }
}
