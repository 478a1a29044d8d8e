import type { Subject } from '../../policy/assurance.ts';
import type { Organisation } from '../../records/organisation.ts';
import type { Person } from '../../records/person.ts';
import type { Store } from '../../storage/store.ts';
import { requestOrganisations } from '../request-reads.ts';
import { livingIn, withLivingGroups } from '../clients/known-organisations.ts';

/**
 * Somebody with their organisation and its groups as they are in the store now: for what a sign-in and its tokens
 * are judged by. What is asked with every answer is half a second old at most (clients/known-organisations.ts).
 * Throws where the organisation is gone, which cannot be while it has people. `read`: how it is read.
 */
export async function withOrganisation(
  store: Pick<Store, 'get' | 'getMany'>,
  person: Person,
  read = (id: string): Promise<Organisation | undefined> => requestOrganisations.of(store, id),
): Promise<Subject> {
  const organisation = await read(person.organisation);
  if (!organisation) throw new Error(`Organisation ${person.organisation} is gone.`);
  return withLivingGroups({ person, organisation }, livingIn(store));
}
