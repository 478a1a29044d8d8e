/** Keys that come back with a backup: the store in whose place it is put has retired them since, or no longer has them. */
import { stateOf } from '../../policy/keys/signing-keys.ts';
import { SIGNING_KEYS, signingKeyCollection } from '../../records/signing-key.ts';
import { CHECK_ID, vaultCheckCollection } from '../../secrets/keyring.ts';
import { openStore } from '../../storage/open.ts';
import type { StoreOptions } from '../../storage/options.ts';
import type { Store } from '../../storage/store.ts';

export interface KeyBack {
  kind: 'signing' | 'encryption';
  kid: string;
}

/** What a store says of its keys. */
interface Known {
  signing: ReadonlySet<string>;
  retired: ReadonlySet<string>;
}

/** Undefined: it can't be read. */
export async function knownKeys(
  chosen: StoreOptions,
  now: () => number,
): Promise<Known | undefined> {
  const kinds = [signingKeyCollection, vaultCheckCollection];
  const parts = { now, mayBeServed: true, mustExist: true, fill: 'never' } as const;
  try {
    const store = await openStore(chosen, kinds, parts);
    try {
      const set = await store.get(signingKeyCollection, SIGNING_KEYS);
      const keyring = await store.get(vaultCheckCollection, CHECK_ID);
      const signing = new Set(set?.keys.map(({ kid }) => kid));
      return { signing, retired: new Set(keyring?.retired) };
    } finally {
      await store.close();
    }
  } catch {
    return undefined;
  }
}

/** `restored`: from the backup. */
export async function keysBack(
  restored: Pick<Store, 'get'>,
  { signing, retired }: Known,
  now: number,
): Promise<KeyBack[]> {
  const { keys = [] } = (await restored.get(signingKeyCollection, SIGNING_KEYS)) ?? {};
  const keyring = await restored.get(vaultCheckCollection, CHECK_ID);
  const { used = [], retired: still = [] } = keyring ?? {};
  const ofSigning = keys.filter(
    (key) => stateOf(keys, key, now) !== 'over' && !signing.has(key.kid),
  );
  const ofEncryption = [...new Set([...used.map(({ kid }) => kid), keyring?.active ?? ''])].filter(
    (kid) => retired.has(kid) && !still.includes(kid),
  );
  return [
    ...ofSigning.map(({ kid }): KeyBack => ({ kind: 'signing', kid })),
    ...ofEncryption.map((kid): KeyBack => ({ kind: 'encryption', kid })),
  ];
}

/** Lines. `back` undefined: the store before could not be read. */
export function tellKeysBack(back: readonly KeyBack[] | undefined): string[] {
  if (back === undefined)
    return [
      'The store that was there cannot be read, so nobody knows which keys it had retired: latchkey keys list shows those that are back. If one of them has leaked, latchkey keys retire KID --leaked, before a server is started.',
    ];
  if (back.length === 0) return [];
  const names = back.map(({ kind, kid }) => `  ${kind} ${kid}`);
  return [
    'These keys come back, which the store that was there had retired, or had no more:',
    ...names,
    'Each that has leaked has to be retired again before a server is started: latchkey keys retire KID --leaked (an encryption key: keys rotate encryption, keys reseal, and then retire).',
  ];
}
