import { given } from '../input.ts';
import { z } from 'zod';
import type { Performed } from '../../audit/performed.ts';
import { checkBuiltInChange } from '../../oidc/clients/built-in-client.ts';
import { checkClientOptions } from '../../oidc/clients/client-options.ts';
import { checkAcr, checkHome } from '../../oidc/clients/clients.ts';
import { withMessages } from '../../outbox/message.ts';
import { shutsOut } from '../../policy/policy-change.ts';
import type { Admitted, ClientRecord } from '../../records/client.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { changes, type Changes } from '../changes.ts';
import { checkOrganisations } from '../organisations/check-organisations.ts';
import { permission } from '../permission.ts';
import { clientEvent } from './client-event.ts';
import { acrInput, organisationsInput, uriInput } from './client-input.ts';
import { updateClient } from './update-client.ts';

/** What is undefined stays, null is none. */
export const changeClientInput = z.object({
  requireAcr: acrInput.nullable().optional(),
  acceptTrust: z.boolean().optional(),
  firstParty: z.boolean().optional(),
  requirePkce: z.boolean().optional(),
  offlineAccess: z.boolean().optional(),
  clientUri: uriInput.nullable().optional(),
  organisations: organisationsInput.optional(),
});
export type ClientChange = z.output<typeof changeClientInput>;

export interface ChangedClient {
  client: ClientRecord;
  /** Empty: it was like that already, and nothing was written. */
  changed: Changes;
}

/**
 * Checked as at the registration. Problems: `client-unknown`, `client-option`, `client-built-in`, `acr-unknown`,
 * `redirect-uri-invalid`, `organisation-unknown`.
 */
export function changeClient(
  { store }: { store: Pick<Store, 'get' | 'update'> },
  performed: Performed,
  id: string,
  change: ClientChange,
): Promise<Result<ChangedClient>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'client.change');
    may({});
    const set = checkedFields(change);
    await checkOrganisations(store, change.organisations);
    checkBuiltInChange(id, set);
    return updateClient(store, id, (client) => {
      checkClientOptions(client, set);
      const changed = changes(client, set);
      if (Object.keys(changed).length === 0) return { result: { client, changed } };
      const after = {
        ...client,
        ...set,
        ...admissions(client, { ...client, ...set }, performed.now),
        ...withMessages(
          client,
          clientEvent(performed, id, { type: 'client.changed', details: changed }),
        ),
      };
      return { set: after, result: { client: after, changed } };
    });
  });
}

function checkedFields({
  requireAcr,
  organisations,
  clientUri,
  ...flags
}: ClientChange): Partial<ClientRecord> {
  return {
    ...given(flags),
    ...(clientUri === undefined ? {} : { clientUri: checkHome(clientUri) }),
    ...(requireAcr === undefined ? {} : { requireAcr: checkAcr(requireAcr ?? undefined) }),
    ...(organisations === undefined ? {} : { organisations: organisations && [...organisations] }),
  };
}

/**
 * The field that says since when each organisation is let in: what was issued before an organisation was
 * shut out stays dead when it is let in again. Empty when nobody's access changes.
 */
export function admissions(
  before: ClientRecord,
  { organisations }: Pick<ClientRecord, 'organisations'>,
  now: number,
): { admitted?: Admitted } {
  const { admitted = {}, organisations: open } = before;
  if (!shutsOut(open, organisations) && !shutsOut(organisations, open)) return {};
  const since = (id: string): number =>
    open === null || open.includes(id) ? (admitted[id] ?? admitted['*'] ?? 0) : now;
  const named = organisations ?? open ?? [];
  return { admitted: { ...Object.fromEntries(named.map((id) => [id, since(id)])), '*': now } };
}
