import type { Performed } from '../../audit/performed.ts';
import { checkBuiltInAct } from '../../oidc/clients/built-in-client.ts';
import { clientRefusalsCollection } from '../../oidc/clients/refusals/client-refusals.ts';
import { clientPkceCollection } from '../../oidc/clients/client-pkce.ts';
import { isClientId } from '../../oidc/clients/clients.ts';
import { withMessages } from '../../outbox/message.ts';
import { listOrganisations, updateOrganisation } from '../../records/organisation.ts';
import { resultOf, type Result } from '../../result.ts';
import type { Store } from '../../storage/store.ts';
import { withoutApp } from '../organisations/organisation-apps.ts';
import { permission } from '../permission.ts';
import { clientEvent } from './client-event.ts';
import { closedMailboxes } from './closed-mailboxes.ts';
import { endedAtClient, updateClient } from './update-client.ts';

/**
 * Removed and nobody's at once, and its id is free. The document stays, hidden, until its event is
 * recorded. Problems: `client-unknown`, `client-built-in`.
 */
export function removeClient(
  { store }: { store: Pick<Store, 'get' | 'scan' | 'update' | 'delete'> },
  performed: Performed,
  id: string,
): Promise<Result<void>> {
  return resultOf(async () => {
    const may = await permission(store, performed, 'client.remove');
    may({});
    checkBuiltInAct(id, 'remove');
    // Before: broken off in between, nothing is left over, and a client that stays is noted again when it signs somebody in.
    if (isClientId(id))
      await Promise.all([
        store.delete(clientPkceCollection, id),
        store.delete(clientRefusalsCollection, id),
      ]);
    await updateClient(store, id, (client) => {
      const ended = { ...endedAtClient('client-removed'), gone: true as const };
      const event = clientEvent(performed, id, { type: 'client.removed' });
      const closed = closedMailboxes(client, ended, performed.now);
      return { set: { ...ended, ...withMessages(client, event, ...closed) }, result: undefined };
    });
    await forgetInOrganisations(store, id);
  });
}

/** Who of an organisation might use it. What is left over when that breaks off lets nobody in. */
async function forgetInOrganisations(
  store: Pick<Store, 'scan' | 'update'>,
  client: string,
): Promise<void> {
  for await (const { id, apps, appsAdmitted } of listOrganisations(store)) {
    if (!Object.hasOwn(apps, client) && !Object.hasOwn(appsAdmitted ?? {}, client)) continue;
    await updateOrganisation(store, id, (there) => ({
      set: withoutApp(there, client),
      result: undefined,
    }));
  }
}
