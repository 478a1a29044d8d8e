import type { Performed } from '../../../audit/performed.ts';
import { isOwnClient } from '../../../oidc/clients/own/own-clients.ts';
import { getClient } from '../../../oidc/clients/clients.ts';
import type { Operation } from '../../../policy/access.ts';
import { Problem } from '../../../problem.ts';
import { hasPeople, type ClientRecord } from '../../../records/client.ts';
import { resultOf, type Result } from '../../../result.ts';
import type { Store } from '../../../storage/store.ts';
import { reach } from '../../permission.ts';
import { clientUnknown } from '../client-named.ts';

export interface SeenClient {
  client: ClientRecord;
  /** The organisation that alone is seen of it; null: all of it is. */
  organisation: string | null;
}

/** What of a client is looked at: each has its row. */
export type Look = Extract<Operation, 'client.show' | 'client.preview'>;

/**
 * A client, as far as it concerns whoever asks. For those who see one organisation alone it is there when it is
 * open to that one. Problems: `client-unknown`, `not-found`, and those of who may.
 */
export function showClient(
  { store }: { store: Pick<Store, 'get'> },
  performed: Performed,
  id: string,
  look: Look = 'client.show',
): Promise<Result<SeenClient>> {
  return resultOf(async () => {
    const organisation = await reach(store, performed, look, undefined);
    const client = await getClient(store, id);
    if (client && concerns(client, organisation)) return { client, organisation };
    if (organisation === null) throw clientUnknown(id);
    throw new Problem('not-found', { status: 404 });
  });
}

/** Its own ones are everybody's, and what nobody signs in to is nobody's but the installation's. */
export function concerns(
  { id, kind, organisations }: Pick<ClientRecord, 'id' | 'kind' | 'organisations'>,
  organisation: string | null,
): boolean {
  if (organisation === null) return true;
  const isTheirs = hasPeople(kind) || kind === 'mail';
  return isTheirs && !isOwnClient(id) && (organisations?.includes(organisation) ?? true);
}
