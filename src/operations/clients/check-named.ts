/** What a client's fields name besides the client: it has to be there. */
import type { ClientFields } from '../../oidc/clients/new-client.ts';
import type { ClientRecord } from '../../records/client.ts';
import { getGroups, groupCollection, groupUnknown } from '../../records/group.ts';
import { isUnreadable } from '../../storage/damage.ts';
import type { Store } from '../../storage/store.ts';
import { checkOrganisations } from '../organisations/check-organisations.ts';

/** Problems: `organisation-unknown`, `group-unknown`. */
export async function checkNamed(
  store: Pick<Store, 'get' | 'getMany'>,
  fields: Pick<ClientFields, 'organisations' | 'groups' | 'roles' | 'claims'>,
): Promise<void> {
  await checkOrganisations(store, fields.organisations);
  const named = groupsIn(fields);
  const found = await getGroups(store, named);
  // One that can't be read is there all the same.
  for (const id of named)
    if (!found.has(id) && !(await isUnreadable(store, groupCollection, id))) throw groupUnknown(id);
}

/** Ids, each once. */
export function groupsIn({
  groups,
  roles = [],
  claims = [],
}: Pick<ClientFields, 'groups' | 'roles' | 'claims'> | ClientRecord): string[] {
  const told = groups === undefined || groups === 'all' || groups === 'none' ? [] : groups;
  const named = claims.flatMap((claim) => ('group' in claim ? [claim.group] : []));
  return [...new Set([...told, ...roles.map(({ group }) => group), ...named])];
}
