import assert from 'node:assert/strict';
import { readClient } from '../../src/oidc/clients/clients.ts';
import { clientCollection, type ClientRecord } from '../../src/records/client.ts';
import type { Store } from '../../src/storage/store.ts';

/** Writes into a client's record, and moves the clock on until every cache has seen it. */
export async function setClient(
  { store, clock }: { store: Pick<Store, 'update'>; clock: { ahead: number } },
  clientId: string,
  change: Partial<ClientRecord>,
): Promise<void> {
  await store.update(clientCollection, clientId, (stored) => {
    assert.ok(stored);
    return { put: { ...readClient(stored), ...change }, result: undefined };
  });
  clock.ahead += 1000;
}
