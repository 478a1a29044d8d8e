import type { Performed } from '../../audit/performed.ts';
import { signingKeySet } from '../../oidc/tokens/signing-keys.ts';
import { published, stateOf, type KeyState } from '../../policy/keys/signing-keys.ts';
import type { SigningKey } from '../../records/signing-key.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Store } from '../../storage/store.ts';
import { permission } from '../permission.ts';

export interface KeyInList {
  key: SigningKey;
  state: KeyState;
}

/** In the order of the JWKS. */
export function listSigningKeys(
  parts: { store: Pick<Store, 'get' | 'insert'>; vault: Vault },
  performed: Performed,
): Promise<Result<KeyInList[]>> {
  return resultOf(async () => {
    const may = await permission(parts.store, performed, 'keys.list');
    may({});
    const { now } = performed;
    const { keys } = await signingKeySet(parts, now);
    return published(keys, now).map((key) => ({ key, state: stateOf(keys, key, now) }));
  });
}
