/** What the acts on a registered client share: the one conditional write, and what ends by it. */
import { randomBytes } from 'node:crypto';
import { isClientId, readClient } from '../../oidc/clients/clients.ts';
import { endsForApp, type ClientCause } from '../../policy/revocation.ts';
import { clientCollection, type ClientRecord } from '../../records/client.ts';
import type { Change, Store } from '../../storage/store.ts';
import { clientUnknown } from './client-named.ts';

/**
 * `change` gives the new fields and what to answer, or only an answer to leave the client as it is. Seen by
 * every process within half a second. Problem `client-unknown`.
 */
export async function updateClient<R>(
  store: Pick<Store, 'update'>,
  id: string,
  change: (client: ClientRecord) => { set?: Partial<ClientRecord>; result: R },
): Promise<R> {
  if (!isClientId(id)) throw clientUnknown(id);
  return store.update(clientCollection, id, (stored): Change<ClientRecord, R> => {
    if (!stored || stored.gone) throw clientUnknown(id);
    const client = readClient(stored);
    const { set, result } = change(client);
    return set ? { put: { ...client, ...set }, result } : { result };
  });
}

/** The fields that end what the client holds, everybody's; all of it carries the registration. */
export function endedAtClient(cause: ClientCause): Pick<ClientRecord, 'registration'> {
  return endsForApp(cause, 'access') ? { registration: newRegistration() } : {};
}

export function newRegistration(): string {
  return randomBytes(12).toString('base64url');
}
