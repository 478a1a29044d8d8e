/** The operator in a process of its own, who is killed at a commit of an act (kill-at-commit.ts). */
import { claimCollection } from '../../src/records/person.ts';
import { COLLECTIONS } from '../../src/server/collections.ts';
import { createVault, vaultKey } from '../../src/secrets/vault.ts';
import { openStore } from '../../src/storage/open.ts';
import { byOperator, type ByOperator } from '../support/by-operator.ts';
import type { RaceOrder } from '../support/race.ts';

/** What is done to the client or organisation of that id, by the event that tells of it. */
const ACTS = {
  'client.added': (operator: ByOperator, id: string) =>
    operator.addClient({ id, name: id, kind: 'web', redirectUris: ['https://app.test/'] }),
  'client.changed': (operator: ByOperator, id: string) =>
    operator.changeClient(id, { requireAcr: 'urn:latchkey:acr:mfa', organisations: ['acme'] }),
  'client.removed': (operator: ByOperator, id: string) => operator.removeClient(id),
  'organisation.added': (operator: ByOperator, id: string) =>
    operator.addOrganisation({ id, name: id, mfa: 'optional', trustedDays: 7 }),
};
export type Act = keyof typeof ACTS;

export interface ActOrder {
  act: Act;
  id: string;
}

async function serve({ store: options, key, now }: RaceOrder): Promise<void> {
  const store = await openStore(options, COLLECTIONS, { now: () => now });
  // Known to the others before: its first write says who it is, in commits of its own (storage/indexes).
  await store.delete(claimCollection, 'nobody');
  const vault = createVault([vaultKey(Buffer.from(key, 'base64url'))]);
  const operator = byOperator({ store, vault, now: () => now });
  process.on('message', (message: object) => {
    if (!('act' in message)) return;
    const { act, id } = message as ActOrder;
    void ACTS[act](operator, id).then(() => process.send?.({ done: act }));
  });
  process.send?.({ ready: true });
}

if (process.send) process.once('message', (order: RaceOrder) => void serve(order));
