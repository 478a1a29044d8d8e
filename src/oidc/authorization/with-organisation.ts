import type { Subject } from '../../policy/assurance.ts';
import { getOrganisation } from '../../records/organisation.ts';
import type { Person } from '../../records/person.ts';
import type { Store } from '../../storage/store.ts';
import { livingIn, withLivingGroups } from '../clients/known-organisations.ts';

export async function withOrganisation(
  store: Pick<Store, 'get' | 'getMany'>,
  person: Person,
): Promise<Subject> {
  const organisation = await getOrganisation(store, person.organisation);
  if (!organisation) throw new Error(`Organisation ${person.organisation} is gone.`);
  return withLivingGroups({ person, organisation }, livingIn(store));
}
