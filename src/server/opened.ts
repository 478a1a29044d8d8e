/** An installation that is open: its configuration, its store, and the vault that reads what is sealed in it. */
import type { Config } from '../config/schema.ts';
import { keyedStore } from '../secrets/keyed-store.ts';
import { openVault } from '../secrets/keyring.ts';
import type { Vault } from '../secrets/vault.ts';
import type { Store } from '../storage/store.ts';

export interface Installation {
  config: Config;
  store: Store;
  vault: Vault;
}

/** What is hashed in the store is found under whichever key it was hashed with. */
export async function unlocked(
  config: Config,
  store: Store,
  warn?: (warning: string) => void,
): Promise<Installation> {
  const vault = await vaultOf(config, store, warn);
  return { config, store: keyedStore(store, vault), vault };
}

/** Where the keys of that configuration are. */
export function keySource({ encryption }: Pick<Config, 'encryption'>) {
  return { key: encryption.key, keyFile: encryption.key_file };
}

export async function vaultOf(
  { encryption, store: { engine } }: Config,
  store: Store,
  warn?: (warning: string) => void,
): Promise<Vault> {
  // Several machines share a MongoDB store: a key that one of them made would be missing on the others.
  const mayMake = engine === 'sqlite';
  return openVault({ key: encryption.key, keyFile: encryption.key_file, mayMake, warn }, store);
}
