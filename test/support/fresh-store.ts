/** A real store and vault of their own, for tests below the HTTP door. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { createGroupNames } from '../../src/oidc/claims/group-names.ts';
import {
  cachedOrganisations,
  createKnownOrganisations,
} from '../../src/oidc/clients/known-organisations.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { createVault, vaultKey, type Vault } from '../../src/secrets/vault.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Store } from '../../src/storage/store.ts';
import type { RaceOrder } from './race.ts';
import { usedStore } from './stores.ts';

export interface FreshStore {
  store: Store;
  vault: Vault;
  /** As it is without a file or variables. */
  config: Config;
  folder: string;
  /** Milliseconds; set it to move time. */
  clock: { now: number };
  /** What racers on this store are told. */
  readonly race: RaceOrder;
  close(): Promise<void>;
}

export async function openFreshStore(now = 4_000_000_000_000): Promise<FreshStore> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  const clock = { now };
  const kept = usedStore(folder);
  const store = await openStore(kept.options, COLLECTIONS, { now: () => clock.now });
  const key = randomBytes(32);
  const vault = createVault([vaultKey(key)]);
  return {
    store,
    vault,
    config: loadConfig({ env: {}, cwd: folder }),
    folder,
    clock,
    get race() {
      return { store: kept.options, key: key.toString('base64url'), now: clock.now };
    },
    async close() {
      await store.close();
      await kept.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** As the server has them. */
export function knownOrganisations({ store, clock }: Pick<FreshStore, 'store' | 'clock'>) {
  const now = (): number => clock.now;
  const organisation = cachedOrganisations(store, now);
  return createKnownOrganisations({ organisation, groupNames: createGroupNames(store, now) });
}
