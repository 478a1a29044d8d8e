import type { Performed } from '../../audit/performed.ts';
import type { Operation } from '../../policy/access.ts';
import { Problem } from '../../problem.ts';
import { getGroup, groupUnknown, type Group } from '../../records/group.ts';
import type { Store } from '../../storage/store.ts';
import { permission, type Permission } from '../permission.ts';

/**
 * The group of that id, and what tells whether somebody may. Problem `group-unknown` for the operator; for
 * everybody else a group that is not there is no other than one of another organisation: `not-found`.
 */
export async function groupAndPermission(
  { store }: { store: Pick<Store, 'get'> },
  performed: Performed,
  operation: Operation,
  id: string,
): Promise<{ group: Group; may: Permission }> {
  const may = await permission(store, performed, operation);
  const group = await getGroup(store, id);
  if (group) return { group, may };
  // Whoever may nothing learns that first.
  may({});
  throw performed.actor.kind === 'operator'
    ? groupUnknown(id)
    : new Problem('not-found', { status: 404 });
}
