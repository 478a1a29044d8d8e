import assert from 'node:assert/strict';
import type { Context } from 'koa';
import pino from 'pino';
import { createClientSecrets } from '../../src/oidc/clients/secrets/client-secrets.ts';
import { readClient } from '../../src/oidc/clients/clients.ts';
import { clientCollection, type ClientRecord } from '../../src/records/client.ts';
import type { Store } from '../../src/storage/store.ts';
import type { FreshStore } from './fresh-store.ts';

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

/** As the token endpoint judges it. */
export function isSecretOf(
  { store, vault, clock }: Pick<FreshStore, 'store' | 'vault' | 'clock'>,
  client: Pick<ClientRecord, 'id' | 'secrets'> | undefined,
  given: string,
): boolean {
  assert.ok(client);
  const relay = { refuse: () => Promise.resolve(), later: () => undefined };
  const parts = { store, vault, relay, log: pino({ enabled: false }), now: () => clock.now };
  const ctx = { ip: '127.0.0.1' } as Context;
  const { verdict } = createClientSecrets(parts).judge(ctx, client.id, client.secrets, given);
  return verdict === 'right';
}
