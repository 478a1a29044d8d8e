import { listClients } from '../../oidc/clients/clients.ts';
import { Problem } from '../../problem.ts';
import type { Store } from '../../storage/store.ts';

/** May no client ask for them? Else one of that name elsewhere would be theirs at once. Problem `scope-named`. */
export async function checkScopesUnused(
  store: Pick<Store, 'scan'>,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  for await (const { id, scopes } of listClients(store)) {
    const scope = scopes.find((name) => names.includes(name));
    if (scope !== undefined)
      throw new Problem('scope-named', { status: 409, values: { scope, client: id } });
  }
}

/** Does no client belong to it? Problem `resource-named`. */
export async function checkResourceUnused(store: Pick<Store, 'scan'>, id: string): Promise<void> {
  for await (const { id: client, resource } of listClients(store))
    if (resource === id)
      throw new Problem('resource-named', { status: 409, values: { id, client } });
}
