import { getResource } from '../../oidc/resources/resources.ts';
import { Problem } from '../../problem.ts';
import type { ResourceRecord } from '../../records/resource.ts';
import type { Store } from '../../storage/store.ts';

/** Problem `resource-unknown`. */
export async function resourceNamed(
  store: Pick<Store, 'get'>,
  id: string,
): Promise<ResourceRecord> {
  const resource = await getResource(store, id);
  if (!resource) throw resourceUnknown(id);
  return resource;
}

export function resourceUnknown(id: string): Problem {
  return new Problem('resource-unknown', { status: 404, values: { id } });
}
