import { getClient } from '../../oidc/clients/clients.ts';
import { Problem } from '../../problem.ts';
import type { ClientRecord } from '../../records/client.ts';
import type { Store } from '../../storage/store.ts';

/** Problem `client-unknown`. */
export async function clientNamed(store: Pick<Store, 'get'>, id: string): Promise<ClientRecord> {
  const client = await getClient(store, id);
  if (!client) throw clientUnknown(id);
  return client;
}

export function clientUnknown(id: string): Problem {
  return new Problem('client-unknown', { status: 404, values: { id } });
}
