import { clientCollection, type ClientRecord } from '../../src/records/client.ts';
import type { Registration } from './relying-party.ts';
import type { TestServer } from './server.ts';

/** Makes the client's record say this too, as every process sees it half a second later. */
export async function setRecord(
  { store, clock }: Pick<TestServer, 'store' | 'clock'>,
  { clientId }: Pick<Registration, 'clientId'>,
  record: Partial<ClientRecord>,
): Promise<void> {
  await store.update(clientCollection, clientId, (stored) => {
    if (!stored) throw new Error(`There is no client ${clientId}.`);
    return { put: { ...stored, ...record }, result: undefined };
  });
  clock.ahead += 1000;
}
