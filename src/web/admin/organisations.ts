/** Whose organisations a page of the console is about: all of them, or the visitor's own. */
import { ACCESS, type Operation } from '../../policy/access.ts';
import type { AccessRow } from '../../policy/access-row.ts';
import { listOrganisations } from '../../records/organisation.ts';
import type { Person } from '../../records/person.ts';
import type { Fields } from '../forms.ts';
import type { AdminVisit } from './page.ts';

/** Does the visitor's role do that in every organisation? */
export function isEverywhere({ role }: Pick<Person, 'role'>, operation: Operation): boolean {
  const { roles }: AccessRow = ACCESS[operation];
  return roles[role] === 'all';
}

/** Id of the one that a form says, for whoever may choose; their own for everybody else. */
export function chosenOrganisation(
  { person }: AdminVisit,
  operation: Operation,
  fields: Fields,
): string {
  const chosen = isEverywhere(person, operation) ? fields['organisation'] : undefined;
  return chosen ?? person.organisation;
}

/** To choose from. */
export async function organisationChoices({
  parts,
}: AdminVisit): Promise<{ id: string; label: string }[]> {
  const all = await Array.fromAsync(listOrganisations(parts.store));
  return all.map(({ id, name }) => ({ id, label: name }));
}
