import { Problem } from '../../problem.ts';
import { getOrganisation } from '../../records/organisation.ts';
import type { Store } from '../../storage/store.ts';

/** Is each of them there? `ids`: null and undefined name none. Problem `organisation-unknown`. */
export async function checkOrganisations(
  store: Pick<Store, 'get'>,
  ids: readonly string[] | null | undefined,
): Promise<void> {
  for (const id of ids ?? [])
    if (!(await getOrganisation(store, id)))
      throw new Problem('organisation-unknown', { values: { id } });
}
