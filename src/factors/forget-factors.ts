/** What of a factor is kept outside of its owner's document goes with it. */
import type { FactorId } from '../records/factor-id.ts';
import type { Vault } from '../secrets/vault.ts';
import type { Store } from '../storage/store.ts';
import { VERIFY } from './verify.ts';

/** May be broken off, and run again. */
export async function forgetFactors(
  parts: { store: Pick<Store, 'delete'>; vault: Vault },
  gone: readonly { factor: FactorId; items: readonly { id: string }[] }[],
): Promise<void> {
  for (const { factor, items } of gone)
    for (const { id } of items) await VERIFY[factor].forget?.(parts, id);
}
