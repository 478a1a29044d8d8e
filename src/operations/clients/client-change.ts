/** What of a registered client can be changed, checked as at its registration. */
import { Problem } from '../../problem.ts';
import type { Change, Store } from '../../storage/store.ts';
import { checkBuiltInChange } from '../../oidc/clients/built-in-client.ts';
import { checkClientOptions } from '../../oidc/clients/client-options.ts';
import { checkAcr, checkHome, isClientId, readClient } from '../../oidc/clients/clients.ts';
import { clientCollection, type ClientRecord } from '../../records/client.ts';

/** What of a client can be changed later; what is undefined stays, null is none. */
export interface ClientChange {
  requireAcr?: string | null | undefined;
  acceptTrust?: boolean | undefined;
  firstParty?: boolean | undefined;
  requirePkce?: boolean | undefined;
  offlineAccess?: boolean | undefined;
  clientUri?: string | null | undefined;
  organisations?: readonly string[] | null | undefined;
}

/**
 * Problems: `client-unknown`, `client-option`, `client-built-in`, `acr-unknown`, `redirect-uri-invalid`.
 * Seen by every process within half a second. `also`: further fields for the same write, by what the
 * client was and will be.
 */
export async function changeClient(
  store: Pick<Store, 'update'>,
  id: string,
  change: ClientChange,
  also: (before: ClientRecord, after: ClientRecord) => Partial<ClientRecord> = () => ({}),
): Promise<ClientRecord> {
  const { requireAcr, organisations, clientUri, ...flags } = change;
  const set: Partial<ClientRecord> = {
    ...(Object.fromEntries(
      Object.entries(flags).filter(([, value]) => value !== undefined),
    ) as object),
    ...(clientUri === undefined ? {} : { clientUri: checkHome(clientUri) }),
    ...(requireAcr === undefined ? {} : { requireAcr: checkAcr(requireAcr ?? undefined) }),
    ...(organisations === undefined ? {} : { organisations: organisations && [...organisations] }),
  };
  const unknown = new Problem('client-unknown', { status: 404, values: { id } });
  if (!isClientId(id)) throw unknown;
  return store.update(clientCollection, id, (stored): Change<ClientRecord, ClientRecord> => {
    if (!stored || stored.gone) throw unknown;
    const before = readClient(stored);
    checkClientOptions(before, set);
    checkBuiltInChange(id, set);
    const after = { ...before, ...set };
    const put = { ...after, ...also(before, after) };
    return { put, result: put };
  });
}
