/** Apps → the app: what it is, where it is found, when it was made and last used. */
import { needs } from '../../../../oidc/clients/needs.ts';
import { pkceOf } from '../../../../oidc/clients/client-pkce.ts';
import { secretUses } from '../../../../oidc/clients/secrets/secret-use.ts';
import { isUsable } from '../../../../oidc/clients/secrets/secrets.ts';
import type { SeenClient } from '../../../../operations/clients/seen/show-client.ts';
import type { ClientRecord } from '../../../../records/client.ts';
import { getOrganisation } from '../../../../records/organisation.ts';
import { APPS, appFrame, appOf, appPath } from '../../apps/app.ts';
import { mayDo, type AdminPage, type AdminVisit } from '../../page.ts';

/** Organisations that are named. */
const MOST_NAMED = 20;

export const appOverview: AdminPage = {
  path: `${APPS}/:client`,
  operation: 'client.show',
  section: 'apps',
  fresh: false,

  async show(visit) {
    const seen = await appOf(visit);
    const { client } = seen;
    const everything = mayDo(visit, 'client.change', {});
    const context = {
      ...appFrame(visit, seen, 'overview'),
      clientUri: client.clientUri,
      redirectUris: everything ? client.redirectUris : [],
      createdAt: client.createdAt,
      openTo: await openTo(visit, seen),
      ...(everything ? await forTheInstallation(visit, client) : { lastUsedAt: null, needs: [] }),
      everything,
      remove: mayDo(visit, 'client.remove', {}) ? appPath(client.id, 'remove') : null,
    };
    return { show: 'admin/app', context };
  },
};

/** Names; null: all of them. Of others nothing is told to whoever sees one organisation. */
async function openTo({ parts }: AdminVisit, { client, organisation }: SeenClient) {
  const { organisations } = client;
  if (organisations === null) return null;
  const ids = organisation === null ? organisations : [organisation];
  const named = ids.slice(0, MOST_NAMED).map(async (id) => {
    return (await getOrganisation(parts.store, id))?.name ?? id;
  });
  const more = Math.max(0, ids.length - MOST_NAMED);
  return { names: (await Promise.all(named)).join(', '), more };
}

async function forTheInstallation({ parts, now }: AdminVisit, client: ClientRecord) {
  const uses = await secretUses(parts.store, client.id, client.secrets);
  const times = [...uses.values()].map(({ at }) => at);
  const pkce = await pkceOf(parts.store, client);
  return {
    lastUsedAt: times.length === 0 ? null : Math.max(...times),
    ending: client.secrets.find((one) => isUsable(one, now) && one.expiresAt !== null)?.expiresAt,
    sendsPkce: pkce?.sends ?? null,
    needs: toldOf(client, parts.config.issuer),
  };
}

/** What the other side has to be told, by the names that the field's standards have for it. */
export function toldOf(client: ClientRecord, issuer: string): { name: string; value: string }[] {
  const { token_endpoint_auth_methods, sends_pkce: _, ...told } = needs({ client, issuer });
  const all = { client_id: client.id, ...told, token_endpoint_auth_methods };
  return Object.entries(all).flatMap(([name, value]) =>
    value === null || value.length === 0
      ? []
      : [{ name, value: Array.isArray(value) ? value.join(' ') : value }],
  );
}
