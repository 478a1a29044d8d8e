import type { Performed } from '../../audit/performed.ts';
import type { ClientRefusal } from '../../oidc/clients/refusals/client-refusal.ts';
import { refusalsOf } from '../../oidc/clients/refusals/client-refusals.ts';
import type { ClientRecord } from '../../records/client.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { permission } from '../permission.ts';
import { clientNamed } from './client-named.ts';
import { whyNotAccepted } from './accept-redirect.ts';

export interface ListedRefusals {
  client: ClientRecord;
  /** Newest first. `acceptable`: a redirect URI that could be registered as it came (accept-redirect.ts). */
  refusals: (ClientRefusal & { acceptable: boolean })[];
}

/** What requests of a client were refused for in the last 30 days. Anybody can cause them. Problem `client-unknown`. */
export function listRefusals(
  { store }: { store: Pick<Store, 'get'> },
  performed: Performed,
  id: string,
): Promise<Result<ListedRefusals>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'client.list-refusals');
    may({});
    const client = await clientNamed(store, id);
    const refusals = (await refusalsOf(store, client, performed.now)).map((refusal) => ({
      ...refusal,
      acceptable:
        refusal.reason === 'redirect_uri' && whyNotAccepted(client, refusal.value) === undefined,
    }));
    return { client, refusals };
  });
}
