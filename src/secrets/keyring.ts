/** Where the installation key comes from, and the check that it is the one this store was made with. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { collection, StoreUnavailable, type Store } from '../storage/store.ts';
import { readSecretFile, requireSafeFolder, UnsafeSecretFile } from './secret-file.ts';
import { createVault, ringOf, vaultKey, type Ring, type Vault, type VaultKey } from './vault.ts';

/** One document: a known text, sealed, so that opening it proves the key; and which keys do what. Keys by their ids. */
export interface VaultCheck extends Partial<Pick<Ring, 'active' | 'first' | 'retired'>> {
  sealed: string;
  /** Those that have been active, oldest first, with when they became it (milliseconds since the epoch; 0: from the start). */
  used?: { kid: string; since: number }[];
  /** How far sealing anew has come: which key it is for, what is done, and from where to go on. */
  resealing?: { to: string; done: string[]; after?: string };
  /** Messages that are to be moved (operations/keys). */
  postings?: readonly unknown[];
}
export const vaultCheckCollection = collection<VaultCheck>('vault_check');
export const CHECK_ID = 'vault';
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
  /** Told what the operator should know: of the file's rights, and of keys that it lacks. */
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
  const keys = await readKeys(source, !check);
  const ring = ringFrom(keys, check);
  if (!keys.some(({ kid }) => kid === ring.active))
    throw new Error(lacking(ring.active, source.keyFile));
  const vault = createVault(keys, ring);
  await prove(vault, check?.sealed, store, source.keyFile);
  for (const kid of ring.lacking ?? []) source.warn?.(lackingOlder(kid, source.keyFile));
  return vault;
}

/**
 * Takes over what the store says of the keys; the key file is read again for one that this process does not have.
 * Throws StoreUnavailable where it is not there either: nobody is to be answered without it.
 */
export async function followKeyring(
  vault: Vault,
  source: Omit<KeySource, 'mayMake'>,
  store: Pick<Store, 'get'>,
): Promise<void> {
  const check = await store.get(vaultCheckCollection, CHECK_ID);
  if (check?.active === undefined || isSame(vault.ring, check)) return;
  const has = (keys: readonly VaultKey[]): boolean => keys.some(({ kid }) => kid === check.active);
  const known = vault.ring.keys;
  const keys = has(known) ? known : await readKeys({ ...source, mayMake: false }, false);
  if (!has(keys)) throw new StoreUnavailable(lacking(check.active, source.keyFile));
  vault.use(ringFrom(keys, check));
}

function ringFrom(keys: readonly VaultKey[], check: VaultCheck | undefined): Ring {
  if (check?.active === undefined) return ringOf(keys);
  const { active, first = active, retired = [], used = [] } = check;
  const here = new Set(keys.map(({ kid }) => kid));
  const needed = used.map(({ kid }) => kid).filter((kid) => !retired.includes(kid));
  return { keys, active, first, retired, lacking: needed.filter((kid) => !here.has(kid)) };
}

function isSame(ring: Ring, { active, first, retired = [] }: VaultCheck): boolean {
  return (
    ring.active === active &&
    ring.first === (first ?? active) &&
    ring.retired.join() === retired.join()
  );
}

function lacking(kid: string, keyFile: string): string {
  return `The encryption key ${kid} is the active one of this store, and is not among the keys here. Copy the key file of the machine where the keys were rotated (configured: ${keyFile}).`;
}

function lackingOlder(kid: string, keyFile: string): string {
  return `The encryption key ${kid} was the active one of this store before and is not retired, but is not among the keys here: what was made with it is neither found nor opened, and /readyz says “not ready”. Copy the key file of a machine that has it (configured: ${keyFile}) and send a SIGHUP. Where nobody has it any more: latchkey keys retire ${kid} --lost.`;
}

/** What proves that key, sealed with it. */
export function sealedCheck(vault: Pick<Vault, 'seal'>): Promise<string> {
  return vault.seal('check', CHECK_ID, CHECK_TEXT);
}

/** Has anything been sealed in this store, or is it empty? */
export async function isSealed(store: Pick<Store, 'get'>): Promise<boolean> {
  return (await store.get(vaultCheckCollection, CHECK_ID)) !== undefined;
}

/** The vault of keys that must be there, before there is a store to prove them on. */
export async function readVault({ key, keyFile }: Omit<KeySource, 'mayMake'>): Promise<Vault> {
  return createVault(await readKeys({ key, keyFile, mayMake: false }, false));
}

export async function readKeys(source: KeySource, isNew: boolean): Promise<VaultKey[]> {
  return source.key ? parseKeys(source.key) : readKeyFile(source, isNew);
}

async function prove(
  vault: Vault,
  sealed: string | undefined,
  store: Pick<Store, 'get' | 'insert'>,
  keyFile: string,
): Promise<void> {
  if (sealed === undefined) {
    const made = { sealed: await sealedCheck(vault) };
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

export function parseKeys(text: string): VaultKey[] {
  return text
    .split(/\s+/u)
    .filter((line) => line !== '')
    .map((line) => vaultKey(Buffer.from(line, 'base64url')));
}
