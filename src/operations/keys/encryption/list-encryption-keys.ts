import type { Performed } from '../../../audit/performed.ts';
import { isFresh, reportedProcesses, type ServingProcess } from '../../../records/keys/process.ts';
import { resultOf, type Result } from '../../../result.ts';
import type { Vault } from '../../../secrets/vault.ts';
import type { Store } from '../../../storage/store.ts';
import { permission } from '../../permission.ts';
import type { KeyParts } from '../change-signing-keys.ts';
import { readKeyring } from './keyring.ts';

export interface EncryptionKeyInList {
  kid: string;
  /** `waiting`: it has never been active. */
  state: 'active' | 'older' | 'waiting' | 'retired';
  /** When it became active (milliseconds since the epoch); null: from the start, or never. */
  since: number | null;
}

export interface EncryptionKeys {
  keys: EncryptionKeyInList[];
  serving: ServingProcess[];
}

/** Those that are here, newest first, and the processes that serve with what they have. */
export function listEncryptionKeys(
  parts: Pick<KeyParts, 'vault'> & { store: Store; vault: Vault },
  performed: Performed,
): Promise<Result<EncryptionKeys>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'keys.list');
    may({});
    const { active, retired, used } = await readKeyring(parts);
    const stateOf = (kid: string): EncryptionKeyInList['state'] => {
      if (kid === active) return 'active';
      if (retired.includes(kid)) return 'retired';
      return used.some((one) => one.kid === kid) ? 'older' : 'waiting';
    };
    const keys = parts.vault.ring.keys.map(({ kid }) => {
      const since = used.find((one) => one.kid === kid)?.since ?? 0;
      return { kid, state: stateOf(kid), since: since === 0 ? null : since };
    });
    const reported = (await reportedProcesses(parts.store)).map(({ value }) => value);
    return { keys, serving: reported.filter((one) => isFresh(one, performed.now)) };
  });
}
