/** Where the installation key comes from, and the check that it is the one this store was made with. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { collection, type Store } from '../storage/store.ts';
import { readSecretFile, requireSafeFolder, UnsafeSecretFile } from './secret-file.ts';
import { createVault, vaultKey, type Vault, type VaultKey } from './vault.ts';

/** One document: a known text, sealed. Opening it proves the key. */
export const vaultCheckCollection = collection<{ sealed: string }>('vault_check');
const CHECK_ID = 'vault';
const CHECK_TEXT = 'latchkey';

export interface KeySource {
  /** The key itself (base64url of 32 bytes; several lines: newest first), from configuration. */
  key?: string | undefined;
  /**
   * The file that holds it, mode 0600; made here only for a store that is empty. It is refused while
   * others can change or read it (secret-file.ts).
   */
  keyFile: string;
  /** Whether a missing file may be made at all; it never is for a store that has data. */
  mayMake: boolean;
  /** Told what the operator should know of the file's rights. */
  warn?: ((warning: string) => void) | undefined;
}

/**
 * Reads the key and proves it on the store. Throws with a message for the operator when the key is
 * missing or wrong for a store that has data: starting with another key would lock everybody out.
 */
export async function openVault(
  source: KeySource,
  store: Pick<Store, 'get' | 'insert'>,
): Promise<Vault> {
  const check = await store.get(vaultCheckCollection, CHECK_ID);
  const vault = createVault(await readKeys(source, !check));
  await prove(vault, check?.sealed, store, source.keyFile);
  return vault;
}

/** Has anything been sealed in this store, or is it empty? */
export async function isSealed(store: Pick<Store, 'get'>): Promise<boolean> {
  return (await store.get(vaultCheckCollection, CHECK_ID)) !== undefined;
}

/** The vault of keys that must be there, before there is a store to prove them on. */
export async function readVault({ key, keyFile }: Omit<KeySource, 'mayMake'>): Promise<Vault> {
  return createVault(await readKeys({ key, keyFile, mayMake: false }, false));
}

async function readKeys(source: KeySource, isNew: boolean): Promise<VaultKey[]> {
  return source.key ? parseKeys(source.key) : readKeyFile(source, isNew);
}

async function prove(
  vault: Vault,
  sealed: string | undefined,
  store: Pick<Store, 'get' | 'insert'>,
  keyFile: string,
): Promise<void> {
  if (sealed === undefined) {
    const made = { sealed: await vault.seal('check', CHECK_ID, CHECK_TEXT) };
    if (await store.insert(vaultCheckCollection, CHECK_ID, made)) return;
    const theirs = await store.get(vaultCheckCollection, CHECK_ID);
    return prove(vault, theirs?.sealed ?? '', store, keyFile);
  }
  try {
    await vault.open('check', CHECK_ID, sealed);
  } catch (cause) {
    throw new Error(
      `The encryption key does not belong to this store. Put back the key file that was used with it (configured: ${keyFile}).`,
      { cause },
    );
  }
}

async function readKeyFile(
  { keyFile: path, mayMake, warn }: Pick<KeySource, 'keyFile' | 'mayMake' | 'warn'>,
  isNew: boolean,
): Promise<VaultKey[]> {
  const found = keyFileAt(path);
  for (const warning of found?.warnings ?? []) warn?.(warning);
  if (found) return parseKeys(found.text);
  if (!isNew) {
    throw new Error(
      `The encryption key file ${path} is missing, but the store has data that was encrypted with it. Put the file back, or set encryption.key_file to where it is.`,
    );
  }
  if (!mayMake) {
    throw new Error(
      `The encryption key file ${path} is missing. Make one for all machines that share this store: openssl rand 32 | basenc --base64url | tr -d '=\\n'`,
    );
  }
  return makeKeyFile(path);
}

function keyFileAt(path: string): ReturnType<typeof readSecretFile> | undefined {
  try {
    return readSecretFile(path, 'key');
  } catch (error) {
    if (error instanceof UnsafeSecretFile) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new Error(`The encryption key file ${path} cannot be read: ${message}`, { cause: error });
  }
}

async function makeKeyFile(path: string): Promise<VaultKey[]> {
  const bytes = randomBytes(32);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  requireSafeFolder(dirname(path));
  // Written beside it and linked: nobody ever reads half a key.
  const beside = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    await writeFile(beside, `${bytes.toString('base64url')}\n`, {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    });
    await link(beside, path);
  } catch (error) {
    // Another process of the same first start was faster: its key is the key.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      return await readKeyFile({ keyFile: path, mayMake: false }, false);
    throw error;
  } finally {
    await rm(beside, { force: true });
  }
  return [vaultKey(bytes)];
}

function parseKeys(text: string): VaultKey[] {
  return text
    .split(/\s+/u)
    .filter((line) => line !== '')
    .map((line) => vaultKey(Buffer.from(line, 'base64url')));
}
