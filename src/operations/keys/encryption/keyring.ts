/** The document that says which encryption keys do what: one conditional write for every change. */
import type { MessageCarrier, OutboxMessage } from '../../../outbox/message.ts';
import { withMessages } from '../../../outbox/message.ts';
import { Problem } from '../../../problem.ts';
import { CHECK_ID, vaultCheckCollection, type VaultCheck } from '../../../secrets/keyring.ts';
import type { Ring } from '../../../secrets/vault.ts';
import type { Change, Collection } from '../../../storage/store.ts';
import type { KeyParts } from '../change-signing-keys.ts';
import { moveEvents } from '../move-events.ts';

/** With what a ring says, which an older version did not. */
export type Keyring = VaultCheck &
  Required<Pick<VaultCheck, 'active' | 'first' | 'retired' | 'used'>>;

const carrier = vaultCheckCollection as Collection<VaultCheck & MessageCarrier>;

export async function readKeyring({ store, vault }: Pick<KeyParts, 'store' | 'vault'>) {
  return complete(await store.get(vaultCheckCollection, CHECK_ID), vault.ring);
}

/** `change` may throw a Problem: nothing is changed then. Problem `keys-changed`: somebody else was faster. */
export async function changeKeyring(
  parts: KeyParts,
  seen: Keyring,
  change: (keyring: Keyring) => Keyring,
  ...events: OutboxMessage[]
): Promise<Keyring> {
  const { store, vault } = parts;
  const put = await store.update(
    carrier,
    CHECK_ID,
    (current): Change<VaultCheck & MessageCarrier, Keyring> => {
      const keyring = complete(current, vault.ring);
      if (keyring.active !== seen.active || keyring.retired.join() !== seen.retired.join())
        throw new Problem('keys-changed');
      const changed = { ...change(keyring), ...withMessages(current ?? {}, ...events) };
      return { put: changed, result: changed };
    },
  );
  const { active, first, retired } = put;
  vault.use({ keys: vault.ring.keys, active, first, retired });
  await settleKeyring(parts, put);
  return put;
}

/** What follows the write, and is done by whoever comes by after a crash. */
export async function settleKeyring(
  { store, auditRetention }: Pick<KeyParts, 'store' | 'auditRetention'>,
  { postings = [] }: Pick<VaultCheck, 'postings'>,
): Promise<void> {
  await moveEvents(store, carrier, CHECK_ID, postings as OutboxMessage[], auditRetention);
}

function complete(stored: VaultCheck | undefined, ring: Ring): Keyring {
  const { active = ring.active, first = ring.first, retired = [] } = stored ?? {};
  const used = stored?.used ?? [{ kid: active, since: 0 }];
  return { sealed: '', ...stored, active, first, retired, used };
}
