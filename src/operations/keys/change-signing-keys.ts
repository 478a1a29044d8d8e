/** The frame of every change of the signing keys: one conditional write of the one document that has them all. */
import type { Performed } from '../../audit/performed.ts';
import { moveEvents } from './move-events.ts';
import { withMessages, type OutboxMessage } from '../../outbox/message.ts';
import { signingKeySet } from '../../oidc/tokens/signing-keys.ts';
import {
  firstSigningKey,
  firstSigningKeyCollection,
  SIGNING_ALGS,
  SIGNING_KEYS,
  signingKeyCollection,
  type SigningKey,
  type SigningKeySet,
} from '../../records/signing-key.ts';
import type { Vault } from '../../secrets/vault.ts';
import type { Change, Store } from '../../storage/store.ts';

export interface KeyParts {
  store: Pick<Store, 'get' | 'insert' | 'update' | 'delete' | 'scan'>;
  vault: Vault;
  /** How long events are kept, in seconds. */
  auditRetention: number;
}

/** What a change says: the keys from now on, and what is told of it; undefined: it changes nothing. */
export type KeysChange = { keys: SigningKey[]; events?: OutboxMessage[] } | undefined;

/** Answers the keys afterwards. `change` may throw a Problem: nothing is changed then. */
export async function changeSigningKeys(
  parts: KeyParts,
  now: Performed['now'],
  change: (keys: readonly SigningKey[]) => KeysChange,
): Promise<SigningKeySet> {
  const { store } = parts;
  // Made, or taken over from an older version, where it is not there.
  await signingKeySet(parts, now);
  const set = await store.update(
    signingKeyCollection,
    SIGNING_KEYS,
    (current = { keys: [] }): Change<SigningKeySet, SigningKeySet> => {
      const changed = change(current.keys);
      if (!changed) return { result: current };
      const told = changed.events ? withMessages(current, ...changed.events) : {};
      const put = { ...current, ...told, keys: changed.keys };
      return { put, result: put };
    },
  );
  await settleSigningKeys(parts, set);
  return set;
}

/**
 * What follows the write, and is done by whoever comes by after a crash: the documents of an older version go with
 * their keys, and events go into the log, each once by its id.
 */
export async function settleSigningKeys(
  { store, auditRetention }: Pick<KeyParts, 'store' | 'auditRetention'>,
  { keys, postings = [] }: SigningKeySet,
): Promise<void> {
  for (const first of SIGNING_ALGS.map(firstSigningKey))
    if (!keys.some(({ sealed, sealedAs }) => sealed !== undefined && sealedAs === first))
      await store.delete(firstSigningKeyCollection, first);
  await moveEvents(store, signingKeyCollection, SIGNING_KEYS, postings, auditRetention);
}
