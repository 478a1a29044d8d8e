/** What tests do as the operator, by the operations themselves. */
import { OPERATOR } from '../../src/audit/actor.ts';
import type { Performed } from '../../src/audit/performed.ts';
import { OPERATOR_ORIGIN } from '../../src/net/request-origin.ts';
import {
  addPerson as addPersonBy,
  type Credentials,
  type NewPerson,
} from '../../src/operations/people/add-person.ts';
import { addOrganisation, getOrganisation } from '../../src/records/organisation.ts';
import type { Person } from '../../src/records/person.ts';
import { valueOf } from '../../src/result.ts';
import type { Store } from '../../src/storage/store.ts';

/** `now`: milliseconds since the epoch. */
export const asOperator = (now: number): Performed => ({
  actor: OPERATOR,
  origin: OPERATOR_ORIGIN,
  language: 'en',
  fresh: true,
  now,
});

/** What is to be told stays where it is, or is found by the server whose store it is. */
export const NO_RELAY = { soon: (): void => {} };

export type AddedPerson = NewPerson & Credentials;

/** With the organisation, where there is none of that id. */
export async function addPerson(
  store: Store,
  { organisation, login, email, name, role, mfa, language, ...credentials }: AddedPerson,
  now: number,
): Promise<Person> {
  if (!(await getOrganisation(store, organisation)))
    await addOrganisation(store, { name: organisation, id: organisation, mfa: 'required' }, now);
  const input = { organisation, login, email, name, role, mfa, language };
  const parts = { store, relay: NO_RELAY };
  return valueOf(await addPersonBy(parts, asOperator(now), input, { credentials }));
}
