/** What the operator does at the command line, done at once: the operations themselves, as commands call them. */
import { type Performed, operatorPerformed } from '../../src/audit/performed.ts';
import { addClient, type AddedClient } from '../../src/operations/clients/add-client.ts';
import { changeClient, type ClientChange } from '../../src/operations/clients/change-client.ts';
import { removeClient } from '../../src/operations/clients/remove-client.ts';
import { rotateSecret } from '../../src/operations/clients/rotate-secret.ts';
import { addOrganisation } from '../../src/operations/organisations/add-organisation.ts';
import type { NewClient } from '../../src/oidc/clients/new-client.ts';
import type { ClientRecord } from '../../src/records/client.ts';
import type { NewOrganisation, Organisation } from '../../src/records/organisation.ts';
import { valueOf } from '../../src/result.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import type { Vault } from '../../src/secrets/vault.ts';
import type { Store } from '../../src/storage/store.ts';

interface Parts {
  store: Store;
  vault: Vault;
  /** Absent: as it is without a file or variables. */
  config?: Pick<Config, 'lifetimes'>;
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface ByOperator {
  addOrganisation(input: NewOrganisation): Promise<Organisation>;
  addClient(input: NewClient): Promise<AddedClient>;
  changeClient(id: string, change: ClientChange): Promise<ClientRecord>;
  removeClient(id: string): Promise<void>;
  /** `overlap`: milliseconds; none unless told. */
  rotateSecret(id: string, leaked: boolean, overlap?: number): Promise<string>;
}

/** Each throws the Problem for which nothing was changed. */
export function byOperator(given: Parts): ByOperator {
  const parts = { ...given, config: given.config ?? loadConfig({ env: {}, cwd: '/' }) };
  const performed = (): Performed => performedByOperator(parts.now());
  return {
    addOrganisation: async (input) => valueOf(await addOrganisation(parts, performed(), input)),
    // Open to all, unless a test says otherwise.
    addClient: async (input) =>
      valueOf(await addClient(parts, performed(), { organisations: null, ...input })),
    changeClient: async (id, change) =>
      valueOf(await changeClient(parts, performed(), id, change)).client,
    removeClient: async (id) => valueOf(await removeClient(parts, performed(), id)),
    rotateSecret: async (id, leaked, overlap = 0) =>
      valueOf(await rotateSecret(parts, performed(), id, { leaked, overlap })).secret ?? '',
  };
}

/** `now`: milliseconds since the epoch. */
export function performedByOperator(now: number): Performed {
  return operatorPerformed({ default_language: 'en' }, now);
}
